"""The guides: one for every cause that names one, filled in, correct where manuals are wrong, without secrets."""

import re

import pytest
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from diagnosis.explain import explain_cause
from diagnosis.vocabulary import GUIDES as SLUGS
from diagnosis.vocabulary import all_causes
from mailsettings import credentials
from mailsettings.models import AppOnlySettings, CompanyMailSettings, CredentialKind, MicrosoftApp
from portal.guides import scripts
from portal.guides.catalogue import BESIDE, GROUPS, GUIDES
from portal.guides.pages import PLACES
from portal.guides.scripts import SCRIPTS, quoted
from portal.guides.values import LABELS, Values, values_for
from tests.accounts.sign_in import sign_in

CLIENT_ID = "8d6f3c0e-1a2b-4c3d-9e8f-001122334455"
TENANT = "alpha.example"


@pytest.fixture
def company(world):
    company = world.company
    MicrosoftApp.objects.create(company=company, cloud="global", tenant_id=TENANT, client_id=CLIENT_ID)
    AppOnlySettings.objects.create(company=company, use_graph=True, mailbox="orders@alpha.example")
    CompanyMailSettings.objects.create(company=company, shared_mailbox="sales@alpha.example")
    credentials.store(company, CredentialKind.CLIENT_SECRET, "canary-of-a-secret", actor=COMMAND_LINE)
    return company


def page(slug: str) -> str:
    return reverse("guide", args=["Alpha", slug])


def test_every_cause_names_a_guide_that_exists_or_none():
    named = {row.guide for row in all_causes()} | {
        explain_cause(row.slug, provider="google").guide for row in all_causes()
    }
    assert named - {""} <= set(GUIDES)


def test_the_vocabulary_lists_the_guides_that_there_are():
    assert set(SLUGS) == set(GUIDES)


def test_all_that_a_guide_refers_to_exists():
    for guide in GUIDES.values():
        assert set(guide.see) <= set(GUIDES) - {guide.slug}, guide.slug
        assert guide.reader in dict(GROUPS), guide.slug
        for step in guide.steps:
            assert step.script in ("", *SCRIPTS), guide.slug
            assert step.page in ("", *PLACES), guide.slug
            assert set(step.values) <= set(LABELS), guide.slug
            assert step.part or str(step.text), guide.slug
    assert {slug for slugs in BESIDE.values() for slug in slugs} <= set(GUIDES)


def test_every_guide_is_linked_from_a_form_and_from_a_cause_it_cures():
    assert {slug for slugs in BESIDE.values() for slug in slugs} == set(GUIDES)
    contexts = ({"provider": "microsoft"}, {"provider": "google"}, {"provider": "microsoft", "flow": "ropc"})
    cured = {explain_cause(row.slug, **one).guide for row in all_causes() for one in contexts}
    assert set(GUIDES) <= cured


def test_every_guide_says_for_whom_how_long_and_on_whose_word():
    for guide in GUIDES.values():
        assert str(guide.for_whom).endswith("."), guide.slug
        assert any(letter.isdigit() for letter in str(guide.minutes)), guide.slug
        assert guide.sources or guide.retirements, guide.slug
        assert all(source.startswith("https://") for source in guide.sources), guide.slug


# The pages of others that a person clicks through, and what is only read.
NOTHING_TO_COPY = {"google-app-password", "what-ends-when"}


def test_every_guide_has_values_or_a_script_to_copy():
    without = {
        guide.slug for guide in GUIDES.values() if not any(step.values or step.script for step in guide.steps)
    }
    assert without == NOTHING_TO_COPY


@pytest.mark.parametrize(
    ("cloud", "name"),
    [("global", "spf.protection.outlook.com"), ("china", "spf.protection.partner.outlook.cn")],
)
def test_the_guide_to_dns_names_the_companys_domain_and_provider(client, world, company, cloud, name):
    MicrosoftApp.objects.update(cloud=cloud)
    text = sign_in(client, world.admin).get(page("sender-domain")).content.decode()
    domain = world.admin.user.email.rpartition("@")[2]
    assert f'value="include:{name}" readonly' in text
    assert f'value="_dmarc.{domain}" readonly' in text


def test_a_cause_at_google_leads_to_googles_guide():
    for slug in ("refresh_token_revoked", "client_secret_invalid", "redirect_uri_mismatch", "scope_invalid"):
        assert explain_cause(slug, provider="google").guide == "connect-to-google"
    assert explain_cause("refresh_token_revoked", provider="microsoft").guide == "connect-to-microsoft"


@pytest.mark.parametrize("who", ["admin", "support", "user"])
@pytest.mark.parametrize("slug", SLUGS)
def test_every_guide_opens_for_everybody_and_holds_no_secret(client, world, company, who, slug):
    answer = sign_in(client, getattr(world, who)).get(page(slug))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "For whom" in text
    assert "How long" in text
    assert "canary-of-a-secret" not in text
    assert "{client_id}" not in text


@pytest.mark.parametrize("slug", SLUGS)
def test_every_guide_reads_before_anything_is_filled_in(client, world, slug):
    assert sign_in(client, world.admin).get(page(slug)).status_code == 200


def test_values_of_the_company_are_filled_in_to_be_copied(client, world, company):
    text = sign_in(client, world.admin).get(page("app-registration")).content.decode()
    assert 'value="http://testserver/Alpha/oauth/microsoft/callback" readonly' in text
    assert f'value="{CLIENT_ID}" readonly' in text
    assert f'value="{TENANT}" readonly' in text
    assert 'data-copy="copy-callback_url"' in text
    assert f'href="{reverse("settings-office365", args=["Alpha"])}"' in text


def test_what_is_not_entered_yet_is_said(client, world):
    text = sign_in(client, world.admin).get(page("tenant-client-secret")).content.decode()
    assert "Application (client) ID: not entered in this portal yet." in text


def test_a_page_the_viewer_may_not_open_is_named_and_not_linked(client, world, company):
    text = sign_in(client, world.user).get(page("app-registration")).content.decode()
    assert "The administrator of this portal: Mail settings → Office 365" in text
    assert f'href="{reverse("settings-office365", args=["Alpha"])}"' not in text


def test_scripts_name_the_companys_app_and_mailboxes(client, world, company):
    text = sign_in(client, world.admin).get(page("app-only-graph")).content.decode()
    assert f"$clientId = &#x27;{CLIENT_ID}&#x27;" in text
    assert "-Members &#x27;orders@alpha.example&#x27;" in text
    assert "-Role &#x27;Application Mail.Send&#x27;" in text
    assert 'data-copy="copy-' in text


def test_scripts_say_what_has_to_be_filled_in(world):
    values = values_for(world.admin)
    assert "$clientId = '<client id>'" in scripts.smtp_as_app(values)
    assert "-Members '<mailbox>'" in scripts.limited_graph(values)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_name_with_quotes_stays_one_string(script, world):
    values = values_for(world.admin)
    hostile = Values(**{name: getattr(values, name) for name in Values.__slots__} | {"mailbox": "o'x;rm@a.b"})
    text = SCRIPTS[script](hostile)
    assert "o'x" not in text
    assert script == "send_as" or "o''x;rm@a.b" in text


def test_powershells_typographic_quotes_are_doubled_too():
    assert quoted("a\u2019b") == "'a\u2019\u2019b'"


@pytest.mark.parametrize(
    ("cloud", "exchange", "graph"),
    [("global", "Connect-ExchangeOnline\n", "Application.Read.All\n"), ("dod", "O365USGovDoD", "USGovDoD")],
)
def test_scripts_sign_in_to_the_companys_cloud(world, company, cloud, exchange, graph):
    MicrosoftApp.objects.update(cloud=cloud)
    text = scripts.smtp_as_app(values_for(world.admin))
    assert exchange in text
    assert graph in text


def test_the_guides_do_not_repeat_what_manuals_get_wrong(client, world, company):
    browser = sign_in(client, world.admin)
    every = " ".join(browser.get(page(slug)).content.decode() for slug in SLUGS)
    assert "-ServiceId $" not in every
    assert not re.search(r"Set-CASMailbox[^\n]*ClientAuthenticationEnabled", every)
    assert "Leave <b>security defaults</b> on" in every
    assert "-SmtpClientAuthenticationDisabled $false" in every


def test_what_ends_is_told_from_the_one_table_of_dates(client, world):
    text = sign_in(client, world.user).get(page("what-ends-when")).content.decode()
    assert "At the end of December 2026" in text or "Since the end of December 2026" in text
    assert "Exchange Web Services (EWS) are ending." in text


def test_an_unknown_guide_is_not_found(client, world):
    assert sign_in(client, world.admin).get(page("no-such-guide")).status_code == 404


def test_the_list_and_the_menu_lead_to_every_guide(client, world):
    text = sign_in(client, world.user).get(reverse("guides", args=["Alpha"])).content.decode()
    assert all(f'href="{page(slug)}"' in text for slug in SLUGS)
    assert f'<a href="{reverse("guides", args=["Alpha"])}" aria-current="page">' in text


@pytest.mark.parametrize("name", BESIDE)
def test_each_form_has_its_guides_beside_it(client, world, company, name):
    text = sign_in(client, world.admin).get(reverse(name, args=["Alpha"])).content.decode()
    for slug in BESIDE[name]:
        assert f'href="{page(slug)}"' in text


def test_an_explained_error_leads_to_the_guide_that_cures_it(client, world):
    text = {"text": "AADSTS50011: The redirect URI does not match"}
    answer = sign_in(client, world.support).post(reverse("explain", args=["Alpha"]), text)
    assert f'href="{page("callback-address")}"' in answer.content.decode()
