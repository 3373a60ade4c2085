"""The table of ways fits the guides and the causes it is used with."""

import pytest

from diagnosis.vocabulary import all_causes
from handover import looking, ways
from handover.forms import FORMS
from handover.ways import WAYS
from mailsettings import catalog
from portal.guides.catalogue import GUIDES
from portal.guides.handed import handed

STEP_PROOFS = {step.proof for guide in GUIDES.values() for step in guide.steps if step.proof}


def test_every_guide_and_form_of_a_way_exists():
    for way in WAYS.values():
        assert set(way.guides) <= set(GUIDES), way.slug
        assert set(way.methods) <= set(catalog.METHODS), way.slug
        assert not way.brings or way.brings in FORMS, way.slug
        assert len({proof.slug for proof in way.proofs}) == len(way.proofs), way.slug


@pytest.mark.parametrize("way", WAYS.values(), ids=lambda way: way.slug)
def test_what_can_be_seen_stands_at_a_step_that_brings_it_about(world, way):
    shown = {step.proof for one in handed(way.guides, world.company, way.skips) for step in one.steps}
    assert {proof.slug for proof in way.proofs} <= shown
    assert bool(way.proofs) == (way.slug in looking._LOOKERS)


def test_every_mark_of_a_guide_is_a_proof_of_some_way():
    assert {proof.slug for way in WAYS.values() for proof in way.proofs} == STEP_PROOFS


def test_a_step_of_the_portals_own_people_is_not_handed_over(world):
    for way in WAYS.values():
        for one in handed(way.guides, world.company, way.skips):
            assert one.steps
            for step in one.steps:
                assert "Check the approval" not in str(step.text)
                assert "Send yourself a test" not in str(step.text)


def test_nobodys_own_address_is_in_the_scripts(world):
    for way in WAYS.values():
        for one in handed(way.guides, world.company, way.skips):
            assert "@people.example" not in repr(one.steps)


@pytest.mark.parametrize(
    ("cause", "method", "way"),
    [
        ("smtp_auth_disabled_mailbox", "smtp_password", "authenticated-smtp"),
        ("admin_consent_required", "microsoft_graph", "consent"),
        ("app_access_policy_blocked", "graph_app", "app-graph"),
        ("graph_permission_missing", "graph_app", "app-graph"),
        ("client_secret_invalid", "smtp_app", "app-smtp"),
        ("client_secret_invalid", "microsoft_graph", "connect"),
        ("send_as_denied", "microsoft_graph", "send-as"),
        ("smtp_host_not_found", "company_smtp", "server"),
    ],
)
def test_a_cause_that_it_mends_leads_to_the_link_that_mends_it(world, cause, method, way):
    guide = next(row.guide for row in all_causes() if row.slug == cause)
    assert ways.of_guide(guide, world.company, method).slug == way


def test_each_card_of_the_mail_settings_leads_to_a_way_for_its_own_method():
    found = {method: ways.of_method(method) for method in catalog.METHODS}
    assert all(method in way.methods for method, way in found.items() if way)
    assert {way.slug for way in found.values() if way} >= {
        "connect",
        "app-graph",
        "app-smtp",
        "google",
        "server",
    }


def test_what_the_operator_does_not_allow_is_not_handed_over(world):
    world.company.allowed_methods = ["gmail_app_password"]
    assert ways.of_company(world.company) == []
    assert ways.of_guide("app-registration", world.company, "microsoft_graph") is None
