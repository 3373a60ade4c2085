"""Two people with the same settings open: the second is told before what the first saved is written over."""

import re
from html import unescape
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role
from alarms.models import AlarmSettings
from mailsettings import catalog
from mailsettings.models import (
    AgreementText,
    AppOnlySettings,
    CompanyMailSettings,
    Credential,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
    UserMailSettings,
)
from tests.accounts.sign_in import sign_in
from tests.factories import make_member
from tests.mailsettings import forms_data as typed
from tests.mailsettings.test_google import TYPED as GOOGLE
from webhooks.models import Endpoint

SAID = "saved these settings on"
MAILBOX = {"use_fallback_mailbox": "on", "fallback_mailbox": "mail@firm.example", "fallback_mailbox_name": ""}
APP_ONLY = {"use_graph": "on", "as_person": "on", "mailbox": "mail@firm.example", "mailbox_from": "mailbox"}
PERSON = {"method": "", "user_name": "", "from_name": "Alice"}
TEXT = {"kind": "carrier_order", "language": "en", "html": "<p>Pay soon</p>", "is_active": "on"}
HOOK = {"url": "https://erp.firm.example/hook", "events": ["message.sent"]}

# URL name, right values, the field both change, what they type, the row that holds it.
FORMS = [
    ("settings-smtp", typed.smtp(), "timeout_s", "40", "50", SmtpServer),
    ("settings-policy", typed.policy(), "give_up_hours", "40", "50", CompanyMailSettings),
    ("settings-office365", typed.office365(), "tenant_id", "a.example", "b.example", MicrosoftApp),
    ("settings-app-only", APP_ONLY, "mailbox_name", "Orders", "Sales", AppOnlySettings),
    ("company-mailbox", MAILBOX, "fallback_mailbox_name", "Orders", "Sales", CompanyMailSettings),
    ("settings-google", GOOGLE, "send_by", "smtp", "gmail_api", GoogleApp),
    ("profile-method", PERSON, "from_name", "Alice A.", "A. Alice", UserMailSettings),
    ("alarms", {"queue_minutes": "30"}, "queue_minutes", "40", "50", AlarmSettings),
]
SECRETS = ("password", "client_secret")


@pytest.fixture
def two(world):
    """Both admins of the company; what is typed for one's own profile is typed by the same person twice."""
    world.company.allowed_methods = list(catalog.METHODS)
    world.company.save()
    dora = make_member(world.company, Role.ADMIN, "Dora")
    return sign_in(Client(), world.admin), sign_in(Client(), dora)


def at(name, *args):
    return reverse(name, args=["Alpha", *args])


def opened(answer) -> str:
    """The hidden field of the form on the page."""
    return re.search(r'name="opened" value="([^"]*)"', answer.content.decode())[1]


def told(answer) -> str:
    """The notice in plain text, its blanks single."""
    notice = re.search(r'<section class="notice tone-warn held".*?</section>', answer.content.decode(), re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", notice[0])).split()) if notice else ""


def without_secrets(values):
    return {name: "" if name in SECRETS else value for name, value in values.items()}


@pytest.mark.parametrize(("name", "values", "field", "theirs", "mine", "model"), FORMS)
def test_the_second_is_told_and_may_save_all_the_same(two, name, values, field, theirs, mine, model):
    alice, dora = two
    other = alice if name == "profile-method" else dora
    assert alice.post(at(name), values).status_code == 302
    values = without_secrets(values)
    page = opened(alice.get(at("profile" if name == "profile-method" else name)))
    assert other.post(at(name), values | {field: theirs}).status_code == 302

    answer = alice.post(at(name), values | {field: mine, "opened": page})
    assert answer.status_code == 200
    who = "you saved these settings in another window" if other is alice else f"dora@people.example {SAID}"
    assert who in told(answer).replace("Your change is not saved yet: ", "")
    assert str(getattr(model.objects.get(), field)) == theirs
    assert f'name="{field}"' in answer.content.decode()

    again = alice.post(at(name), values | {field: mine, "opened": opened(answer)})
    assert again.status_code == 302
    assert str(getattr(model.objects.get(), field)) == mine


def test_the_page_shows_both_values_and_keeps_what_was_typed(two):
    alice, dora = two
    alice.post(at("settings-smtp"), typed.smtp())
    page = opened(alice.get(at("settings-smtp")))
    dora.post(at("settings-smtp"), typed.smtp(password="", security="tls", port="465"))
    mine = typed.smtp(password="", port="2525", timeout_s="77", opened=page)
    answer = alice.post(at("settings-smtp"), mine)
    assert "Port Stored now: 465 In this form: 2525" in told(answer)
    security = (
        "Stored now: TLS from the start (usual with port 465) In this form: STARTTLS (usual with port 587)"
    )
    assert f"Security {security}" in told(answer)
    assert "77" not in told(answer)  # nobody else changed that one
    assert 'value="2525"' in answer.content.decode()
    assert 'value="77"' in answer.content.decode()


def test_what_somebody_else_changed_and_this_form_does_not_is_no_news(two):
    """A switch of the policy's page is no field of the mailbox's, though one row holds both."""
    alice, dora = two
    page = opened(alice.get(at("company-mailbox")))
    dora.post(at("settings-policy"), typed.policy(give_up_hours="40"))
    assert alice.post(at("company-mailbox"), MAILBOX | {"opened": page}).status_code == 302
    row = CompanyMailSettings.objects.get()
    assert (row.give_up_hours, row.fallback_mailbox) == (40, "mail@firm.example")


def test_the_same_change_made_twice_is_no_news(two):
    alice, dora = two
    page = opened(alice.get(at("settings-policy")))
    dora.post(at("settings-policy"), typed.policy(give_up_hours="40"))
    assert alice.post(at("settings-policy"), typed.policy(give_up_hours="40", opened=page)).status_code == 302
    assert AuditEvent.objects.filter(action__startswith="mail_policy").count() == 1


def test_the_first_who_sets_something_up_is_told_to_the_second_too(two):
    alice, dora = two
    page = opened(alice.get(at("settings-smtp")))
    dora.post(at("settings-smtp"), typed.smtp(host="mx.firm.example"))
    answer = alice.post(at("settings-smtp"), typed.smtp(opened=page))
    assert "Mail server Stored now: mx.firm.example In this form: smtp.firm.example" in told(answer)
    assert SmtpServer.objects.get().host == "mx.firm.example"


def test_a_secret_that_was_typed_is_told_by_no_value_and_kept(two):
    alice, dora = two
    alice.post(at("settings-smtp"), typed.smtp())
    page = opened(alice.get(at("settings-smtp")))
    dora.post(at("settings-smtp"), typed.smtp(password="dora-canary"))
    answer = alice.post(at("settings-smtp"), typed.smtp(password="alice-canary", opened=page))
    assert "Company's password Stored now: stored, never shown In this form: typed, never shown" in told(
        answer
    )
    assert f"dora@people.example {SAID}" in told(answer)
    assert "canary" not in answer.content.decode()
    assert Credential.objects.get().reveal() == "dora-canary"

    kept = re.search(r'name="kept" value="([^"]+)"', answer.content.decode())[1]
    again = typed.smtp(password="", kept=kept, opened=opened(answer))
    assert alice.post(at("settings-smtp"), again).status_code == 302
    assert Credential.objects.get().reveal() == "alice-canary"


def test_a_form_with_an_error_tells_it_at_once(two):
    alice, dora = two
    page = opened(alice.get(at("settings-policy")))
    dora.post(at("settings-policy"), typed.policy(company_name="Orders"))
    answer = alice.post(at("settings-policy"), typed.policy(give_up_hours="1000", opened=page))
    assert "Company's name in From Stored now: Orders In this form: –" in told(answer)
    assert "less than or equal to 168" in answer.content.decode()


def test_a_switch_reads_yes_or_no(two):
    alice, dora = two
    page = opened(alice.get(at("settings-policy")))
    dora.post(at("settings-policy"), typed.policy(save_to_sent=""))
    answer = alice.post(at("settings-policy"), typed.policy(opened=page))
    assert "Keep a copy in Sent Items Stored now: no In this form: yes" in told(answer)


def test_an_agreement_text_is_not_written_over_unseen(two):
    alice, dora = two
    alice.post(at("settings-agreement-new"), TEXT)
    text = AgreementText.objects.get()
    here = at("settings-agreement", text.pk)
    page = opened(alice.get(here))
    dora.post(here, {"html": "<p>Pay <b>in May</b></p>", "is_active": "on"})
    mine = {"html": "<p>Pay in June</p>", "is_active": "on"}
    answer = alice.post(here, mine | {"opened": page})
    assert "Text Stored now: Pay in May In this form: Pay in June" in told(answer)
    assert alice.post(here, mine | {"opened": opened(answer)}).status_code == 302
    text.refresh_from_db()
    assert text.html == "<p>Pay in June</p>"


def test_a_webhook_is_not_written_over_unseen(two):
    alice, dora = two
    alice.post(at("webhook-new"), HOOK)
    endpoint = Endpoint.objects.get()
    here = at("webhook-edit", endpoint.pk)
    page = opened(alice.get(here))
    dora.post(here, HOOK | {"url": "https://dora.firm.example/"})
    answer = alice.post(here, HOOK | {"opened": page})
    assert (
        "Address Stored now: https://dora.firm.example/ In this form: https://erp.firm.example/hook"
        in told(answer)
    )
    assert f"dora@people.example {SAID}" in told(answer)
    assert alice.post(here, HOOK | {"opened": opened(answer)}).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.url == HOOK["url"]


@pytest.mark.parametrize("odd", ["", "host", "=", "host=1 host=2 ==", "\x00 port=é"])
def test_a_hidden_field_that_was_tampered_with_at_most_asks_once_more(two, odd):
    alice, _dora = two
    alice.post(at("settings-policy"), typed.policy())
    answer = alice.post(at("settings-policy"), typed.policy(give_up_hours="40", opened=odd))
    assert "Give up after, in hours Stored now: 24 In this form: 40" in told(answer)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_save_at_the_same_moment_one_gets_through(two, world):
    people = [sign_in(Client(), make_member(world.company, Role.ADMIN, f"Admin {n}")) for n in range(6)]
    page = opened(people[0].get(at("settings-policy")))
    found, barrier = [], Barrier(len(people))

    def press(person, hours):
        barrier.wait()
        answer = person.post(at("settings-policy"), typed.policy(give_up_hours=str(hours), opened=page))
        found.append((answer.status_code, hours))
        connections.close_all()

    threads = [Thread(target=press, args=(one, 30 + n)) for n, one in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    saved = [hours for status, hours in found if status == 302]
    assert sorted(status for status, _hours in found) == [200] * 5 + [302]
    assert [CompanyMailSettings.objects.get().give_up_hours] == saved
    assert AuditEvent.objects.filter(action__startswith="mail_policy").count() == 1
