"""The pages of a check, by HTTP; what a check finds is tested with the sandbox in tests/delivery."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from mailsettings.models import AppOnlySettings
from sender.doctor import runs
from sender.doctor.steps import Step, StepState
from sender.models import CheckRun
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import hand_over, open_relay, refused


@pytest.fixture
def user(world) -> Client:
    return sign_in(Client(), world.user)


@pytest.fixture
def support(world) -> Client:
    return sign_in(Client(), world.support)


def page_of(run: CheckRun, part: str = "") -> str:
    return f"/{run.company.code}/check/{run.pk}/{part}"


def failed(person) -> CheckRun:
    """A check that found nothing set up."""
    return runs.perform(runs.ask(person, asked_by=person.user.email))


def test_a_user_asks_for_a_check_of_himself_and_a_worker_has_it_to_do(world, user):
    answer = user.post("/Alpha/check/", {"send": "on"})
    run = CheckRun.objects.get()
    assert answer["Location"] == page_of(run)
    assert (run.membership, run.state, run.send_to) == (world.user, "waiting", world.user.user.email)
    assert AuditEvent.objects.get(action="check.asked").object_label == str(world.user.user)
    html = user.get(page_of(run)).content.decode()
    assert "A worker takes it in a moment." in html
    assert page_of(run, "status/") in html


def test_without_the_box_ticked_nothing_will_be_sent(world, user):
    user.post("/Alpha/check/")
    assert CheckRun.objects.get().send_to == ""


def test_a_user_neither_checks_a_colleague_nor_sees_her_checks(world, user):
    assert user.post("/Alpha/check/", {"person": world.colleague.pk}).status_code == 404
    hers = failed(world.colleague)
    for part in ("", "status/", "bundle/"):
        assert user.get(page_of(hers, part)).status_code == 404
    assert user.post(page_of(hers, "later/")).status_code == 404


def test_support_checks_anybody_and_the_message_goes_to_who_asked(world, support):
    support.post("/Alpha/check/", {"person": world.user.pk, "send": "on"})
    run = CheckRun.objects.get()
    assert (run.membership, run.send_to) == (world.user, world.support.user.email)


def test_many_checks_in_a_short_time_are_refused(world, user):
    for _n in range(runs.MOST_ASKED):
        assert user.post("/Alpha/check/").status_code == 302
    answer = user.post("/Alpha/check/")
    assert answer.status_code == 422
    assert "Wait ten minutes" in answer.content.decode()
    assert CheckRun.objects.count() == runs.MOST_ASKED


def test_a_failed_check_says_what_is_wrong_who_mends_it_and_what_was_not_tried(world, support):
    run = failed(world.user)
    html = support.get(page_of(run)).content.decode()
    assert run.result == "failed"
    assert "What to do:" in html
    assert "Not tried, since an earlier step failed." in html
    assert "Check again now" in html
    assert "hx-get" not in html.split('id="check-status"')[1].split(">")[0]
    assert "does not work" in support.get(f"/Alpha/check/?person={world.user.pk}").content.decode()


def test_what_is_not_known_of_a_command_is_left_to_the_reader_in_words(world, support):
    run = failed(world.user)
    run.steps = [Step("token", "Sign-in", StepState.FAIL, "", cause="app_disabled_in_tenant").as_json()]
    run.save()
    html = support.get(page_of(run)).content.decode()
    assert "-ServicePrincipalId &lt;object id of the enterprise application&gt;" in html


def test_a_planned_look_says_when(world, user):
    run = runs.ask(world.user, asked_by="x", due_at=timezone.now() + timedelta(minutes=20))
    html = user.get(page_of(run)).content.decode()
    assert "The portal looks by itself at" in html
    assert "hx-get" not in html.split('id="check-status"')[1].split(">")[0]


def test_who_mended_something_at_microsoft_has_it_looked_at_later(world, support):
    run = failed(world.user)
    CheckRun.objects.filter(pk=run.pk).update(cause="send_as_denied")
    answer = support.post(page_of(run, "later/"))
    planned = CheckRun.objects.exclude(pk=run.pk).get()
    assert answer["Location"] == page_of(planned)
    assert planned.due_at > timezone.now() + timedelta(minutes=10)


def test_a_cause_that_needs_no_waiting_is_not_planned(world, support):
    run = failed(world.user)
    support.post(page_of(run, "later/"))
    assert CheckRun.objects.count() == 1


def test_only_where_the_app_sends_by_itself_staff_name_a_mailbox_outside(world, support, user):
    field = "must not reach"
    assert field not in support.get("/Alpha/check/").content.decode()
    AppOnlySettings.objects.create(company=world.company, use_graph=True)
    assert field in support.get("/Alpha/check/").content.decode()
    assert field not in user.get("/Alpha/check/").content.decode()
    answer = support.post("/Alpha/check/", {"outside": "no address"})
    assert answer.status_code == 422
    support.post("/Alpha/check/", {"outside": "boss@alpha.example"})
    assert CheckRun.objects.get().outside == "boss@alpha.example"
    support.post("/Alpha/check/", {})


def test_the_bundle_is_one_file_without_messages_or_secrets(world, support):
    open_relay(world.user)
    message = hand_over(world.user, subject="Secret price list", text="Ten thousand")
    refused(message, "550 5.1.1 <rita@recipient.example>: unknown; password=Canary-7-value")
    run = failed(world.user)
    answer = support.get(page_of(run, "bundle/"))
    assert answer["Content-Disposition"].startswith("attachment")
    text = answer.content.decode()
    found = json.loads(text)
    assert {"check", "ways", "settings", "mailboxes", "earlier_checks"} <= set(found)
    assert found["mailboxes"][0]["attempts"]
    for hidden in ("Secret price list", "Ten thousand", "Canary-7-value"):
        assert hidden not in text
    assert AuditEvent.objects.filter(action="check.bundle_downloaded").exists()


def test_a_message_in_trouble_leads_to_a_check_of_its_person(world, support):
    message = hand_over(world.user)
    link = f"/Alpha/check/?person={world.user.pk}"
    assert link not in support.get(f"/Alpha/outbox/{message.pk}/").content.decode()
    refused(message, "550 5.1.1 unknown")
    assert link in support.get(f"/Alpha/outbox/{message.pk}/").content.decode()
    assert support.get(link).status_code == 200


@pytest.mark.parametrize("page", ["check", "test"])
def test_an_address_nobody_can_have_is_not_found(support, page):
    assert support.get(f"/Alpha/{page}/", {"person": "bob\0@people.example"}).status_code == 404


def test_the_bundle_of_somebody_who_went_names_nobody_elses_checks(world, support):
    mine, _others, later = failed(world.user), failed(world.colleague), failed(world.user)
    CheckRun.objects.update(membership=None)
    bundle = json.loads(support.get(page_of(later, "bundle/")).content)
    assert [one["id"] for one in bundle["earlier_checks"]] == [str(mine.pk)]
