"""The admin's side: a link made and sent, the list, values taken over or not, and where the portal offers a link."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from handover import links, mailing, proposals
from handover.models import Link, Proposal
from handover.ways import WAYS
from mailsettings import app_credentials
from mailsettings.credentials import store
from mailsettings.models import CredentialKind, MicrosoftApp
from portal.templatetags.times import day
from sender.doctor import runs
from sender.models import OutboxMessage, SendingMailbox
from sender.routing import route
from tests.accounts.sign_in import sign_in
from tests.handover.conftest import NORDIC, secret_of, values
from tests.sender.helpers import open_relay

FORM = {"way": "connect", "made_for": "Iris of Cloud Care", "email": "", "days": "7"}


def page(name: str, *more: object) -> str:
    return reverse(name, args=["Alpha", *more])


@pytest.fixture
def admin(client, world):
    return sign_in(client, world.admin)


def make(admin, **changes: str) -> str:
    """The address shown once the link is made."""
    answer = admin.post(page("hand-over-new"), FORM | changes)
    assert answer.status_code == 200, answer.context["form"].errors
    return answer.context["address"]


def test_a_new_link_is_shown_once_with_a_text_to_forward(admin, world):
    address = make(admin)
    assert Client().get(address.removeprefix("http://testserver")).status_code == 200
    link = Link.objects.get()
    assert (link.made_for, link.takes_over, link.made_by) == ("Iris of Cloud Care", False, world.admin.user)
    assert 6.9 < (link.ends_at - link.made_at).total_seconds() / 86400 < 7.1
    for name in ("hand-over", "audit"):
        assert address.rstrip("/").rpartition("/")[2] not in admin.get(page(name)).content.decode()
    letter = mailing.letter(link, address)
    assert address in letter
    assert "alice@people.example of Alpha Ltd asks you" in letter


def form_number(admin, address: str) -> str:
    """Of a form that is taken once."""
    return re.search(r'name="once" value="([^"]+)"', admin.get(address).content.decode())[1]


def test_a_form_that_is_sent_twice_makes_one_link_and_one_new_address(admin):
    filled_in = FORM | {"once": form_number(admin, page("hand-over-new"))}
    assert [admin.post(page("hand-over-new"), filled_in).status_code for _time in range(2)] == [200, 302]
    link = Link.objects.get()
    number = {"once": form_number(admin, page("hand-over-link", link.pk))}
    renewed = admin.post(page("hand-over-renew", link.pk), number).context["address"]
    assert admin.post(page("hand-over-renew", link.pk), number).url == page("hand-over")
    assert Client().get(renewed.removeprefix("http://testserver")).status_code == 200


@pytest.mark.parametrize("days", ["0", "31", ""])
def test_a_link_ends_within_thirty_days(admin, days):
    answer = admin.post(page("hand-over-new"), FORM | {"days": days})
    assert answer.status_code == 422
    assert "days" in answer.context["form"].errors
    assert not Link.objects.exists()


def test_only_what_the_operator_allows_can_be_handed_over(admin, world):
    world.company.allowed_methods = ["google_api"]
    world.company.save()
    answer = admin.post(page("hand-over-new"), FORM)
    assert "way" in answer.context["form"].errors
    assert [slug for slug, _label in answer.context["form"].fields["way"].choices] == ["google"]


def test_making_a_link_asks_for_the_password_when_the_sign_in_is_old(client, world):
    late = sign_in(client, world.admin, minutes_ago=120)
    assert "reauthenticate" in late.post(page("hand-over-new"), FORM).url
    assert not Link.objects.exists()


def test_the_link_is_mailed_by_the_portal_while_nothing_else_works(admin, mailoutbox, monkeypatch):
    monkeypatch.setattr(mailing, "sends_real_mail", lambda: True)
    address = make(admin, email="iris@care.example")
    (mail,) = mailoutbox
    assert mail.to == ["iris@care.example"]
    assert address in mail.body
    assert "&" not in mail.body


def test_the_link_is_mailed_by_a_way_that_works(admin, world, mailoutbox):
    open_relay(world.admin)
    way = route(world.admin)
    SendingMailbox.objects.create(
        company=world.company, method=way.method, account=way.account, last_worked_at="2026-01-01T00:00Z"
    )
    make(admin, email="iris@care.example")
    assert OutboxMessage.objects.get().subject.startswith("Alpha Ltd asks for your help")
    assert mailoutbox == []


def test_that_no_mail_could_leave_is_said(admin, monkeypatch):
    monkeypatch.setattr(mailing, "sends_real_mail", lambda: False)
    answer = admin.post(page("hand-over-new"), FORM | {"email": "iris@care.example"})
    assert "It could not be mailed to iris@care.example" in answer.content.decode()


def test_an_empty_list_says_what_links_are_for(admin):
    assert "There is no link yet" in admin.get(page("hand-over")).content.decode()


def test_the_list_asks_the_database_as_often_for_many_links(admin, world, django_assert_num_queries):
    links.make(world.company, WAYS["connect"], "One", actor=COMMAND_LINE)
    admin.get(page("hand-over"))
    with CaptureQueriesContext(connection) as few:
        admin.get(page("hand-over"))
    for number in range(20):
        links.make(world.company, WAYS["google"], f"Number {number}", actor=COMMAND_LINE)
    with django_assert_num_queries(len(few)):
        admin.get(page("hand-over"))


def test_the_list_goes_on_where_a_page_ends(admin, world, monkeypatch):
    monkeypatch.setattr("core.keyset.stretch.__defaults__", (2,))
    for number in range(3):
        links.make(world.company, WAYS["google"], f"Number {number}", actor=COMMAND_LINE)
    first = admin.get(page("hand-over")).content.decode()
    assert "Number 2" in first
    assert "Number 0" not in first
    older = re.search(r'rel="next" href="([^"]+)"', first)[1]
    second = admin.get(page("hand-over") + older).content.decode()
    assert "Number 0" in second
    assert "Number 2" not in second
    assert 'rel="prev"' in second


def test_the_admin_sees_the_values_and_never_the_secret_and_takes_them_over(admin, clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    assert "values wait for you" in admin.get(page("hand-over")).content.decode()
    words = admin.get(page("hand-over-link", handed.link.pk)).content.decode()
    assert NORDIC.client_id in words
    assert secret_of(NORDIC) not in words
    answer = admin.post(
        page("hand-over-take", handed.link.pk), handed.waiting(), follow=True
    ).content.decode()
    assert "The values are in use now." in answer
    assert str(MicrosoftApp.objects.get().client_id) == NORDIC.client_id
    assert admin.post(page("hand-over-take", handed.link.pk), handed.waiting()).status_code == 302


def test_taking_over_asks_for_the_password_when_the_sign_in_is_old(client, clouds, world, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    late = sign_in(client, world.admin, minutes_ago=120)
    assert "reauthenticate" in late.post(page("hand-over-take", handed.link.pk), handed.waiting()).url
    assert not MicrosoftApp.objects.exists()


def test_a_new_address_asks_for_the_password_when_the_sign_in_is_old(client, world, hand_over):
    handed = hand_over()
    late = sign_in(client, world.admin, minutes_ago=120)
    answer = late.post(page("hand-over-renew", handed.link.pk))
    assert "reauthenticate" in answer.url
    assert handed.open().status_code == 200
    back = sign_in(client, world.admin).get(page("hand-over-renew", handed.link.pk))
    assert back.url == page("hand-over-link", handed.link.pk)
    assert handed.open().status_code == 200


@pytest.mark.parametrize("name", ["hand-over-take", "hand-over-decline"])
def test_values_that_came_after_the_page_was_shown_are_left_alone(admin, clouds, hand_over, name):
    """A colleague forgot the ones that were shown, and the link took others, perhaps of somebody else's app."""
    handed = hand_over()
    handed.hand_in(values())
    shown = re.findall(
        r'name="proposal" value="([^"]+)"',
        admin.get(page("hand-over-link", handed.link.pk)).content.decode(),
    )
    assert shown == [str(Proposal.objects.get().pk)] * 2
    proposals.decline(Proposal.objects.get(), COMMAND_LINE)
    handed.hand_in(values())
    answer = admin.post(page(name, handed.link.pk), {"proposal": shown[0]}, follow=True).content.decode()
    assert "Nothing was changed: other values came meanwhile." in answer
    assert "values wait for you" in answer
    assert not MicrosoftApp.objects.exists()


def test_what_was_handed_in_is_shown_by_its_names(admin, clouds, hand_over):
    handed = hand_over()
    ends_on = date.today() + timedelta(days=100)
    handed.hand_in(values(secret_expires_on=ends_on.isoformat()))
    words = admin.get(page("hand-over-link", handed.link.pk)).content.decode()
    assert f"ends on {day(ends_on)}" in words
    assert "<dt>Microsoft cloud</dt><dd>Sandbox" in words


@pytest.mark.parametrize("change", [{"role": "user"}, {"is_active": False}])
def test_who_is_no_admin_any_more_is_not_told_of_values(
    clouds, world, hand_over, monkeypatch, mailoutbox, change
):
    monkeypatch.setattr(mailing, "sends_real_mail", lambda: True)
    handed = hand_over()
    of_whom = world.admin if "role" in change else world.admin.user
    for field, value in change.items():
        setattr(of_whom, field, value)
    of_whom.save()
    handed.hand_in(values())
    assert handed.fresh().has_waiting
    assert mailoutbox == []


def test_why_values_were_not_taken_over_is_said(admin, clouds, hand_over, sandbox_client):
    handed = hand_over()
    handed.hand_in(values())
    sandbox_client.add_fault("token", error="AADSTS7000222", times=1)
    answer = admin.post(
        page("hand-over-take", handed.link.pk), handed.waiting(), follow=True
    ).content.decode()
    assert "Nothing was changed. When they were tried again: The client secret has ended." in answer


def test_forgetting_revoking_renewing_and_reopening(admin, clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    admin.post(page("hand-over-decline", handed.link.pk), handed.waiting())
    assert Proposal.objects.get().unseal() == b""
    assert handed.fresh().handed_at is None
    handed.hand_in(values())
    admin.post(page("hand-over-take", handed.link.pk), handed.waiting())
    admin.post(page("hand-over-reopen", handed.link.pk))
    assert handed.fresh().handed_at is None
    admin.post(page("hand-over-revoke", handed.link.pk))
    assert handed.open().status_code == 404
    address = admin.post(page("hand-over-renew", handed.link.pk)).context["address"]
    assert Client().get(address.removeprefix("http://testserver")).status_code == 200


def test_every_step_is_in_the_audit_log_without_a_secret(admin, clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values(client_secret="abc8Q~quite-another-secret-0123456789abc"))
    handed.look()
    handed.hand_in(values())
    admin.post(page("hand-over-take", handed.link.pk), handed.waiting())
    admin.post(page("hand-over-revoke", handed.link.pk))
    told = AuditEvent.objects.filter(action__startswith="handover.").order_by("id")
    actions = [event.action.partition(".")[2] for event in told]
    assert actions == ["made", "refused", "looked", "handed_in", "taken_over", "revoked"]
    by_it = {
        event.actor_label for event in told if event.action in ("handover.refused", "handover.handed_in")
    }
    assert by_it == {"hand-over link for Iris of Cloud Care"}
    assert secret_of(NORDIC) not in repr(AuditEvent.objects.values_list())
    assert "quite-another" not in repr(AuditEvent.objects.values_list())


@pytest.mark.parametrize(
    ("name", "more", "way"),
    [
        ("settings-office365", (), "connect"),
        ("settings-app-only", (), "app-graph"),
        ("settings-google", (), "google"),
        ("settings-smtp", (), "server"),
        ("guide", ("authenticated-smtp",), "authenticated-smtp"),
        ("guide", ("send-as",), "send-as"),
        ("settings-approval", (), "consent"),
        ("settings", (), "connect"),
        ("settings", (), "app-smtp"),
    ],
)
def test_a_link_is_offered_where_it_helps(admin, name, more, way):
    words = admin.get(page(name, *more)).content.decode()
    assert f'href="{page("hand-over-new")}?way={way}"' in words


def test_a_link_is_offered_beside_a_failed_check_and_to_admins_only(admin, world):
    run = runs.ask(world.user, asked_by="test")
    run.state, run.result, run.method, run.cause = "done", "failed", "graph_app", "app_access_policy_blocked"
    run.steps = [
        {"id": "mailbox", "label": "Mailbox", "state": "fail", "message": "No.", "hint": "", "raw": "",
         "milliseconds": 1, "cause": run.cause, "alternatives": []}
    ]  # fmt: skip
    run.save()
    offer = f"{page('hand-over-new')}?way=app-graph"
    assert offer in admin.get(page("check-run", run.pk)).content.decode()
    support = sign_in(Client(), world.support)
    assert offer not in support.get(page("check-run", run.pk)).content.decode()


@pytest.mark.parametrize(
    ("takes_over", "says"), [(False, "They are not in use yet."), (True, "They are in use now")]
)
def test_who_made_the_link_is_told_that_values_came(
    clouds, hand_over, monkeypatch, mailoutbox, takes_over, says
):
    monkeypatch.setattr(mailing, "sends_real_mail", lambda: True)
    handed = hand_over(takes_over=takes_over)
    handed.hand_in(values())
    (mail,) = mailoutbox
    assert mail.to == ["alice@people.example"]
    assert says in mail.body
    assert page("hand-over-link", handed.link.pk) in mail.body
    assert secret_of(NORDIC) not in mail.body
    assert NORDIC.client_id not in mail.body


def test_the_overview_says_that_values_wait(admin, world, clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    overview = admin.get(page("overview")).content.decode()
    assert "Iris of Cloud Care handed values in." in overview
    assert page("hand-over-link", handed.link.pk) in overview
    support = sign_in(Client(), world.support).get(page("overview")).content.decode()
    assert "Iris of Cloud Care handed values in." in support
    assert page("hand-over-link", handed.link.pk) not in support


@pytest.mark.parametrize(("way", "is_made"), [("app-smtp", True), ("google", False)])
def test_a_certificate_is_made_along_with_the_link(admin, world, way, is_made):
    path = make(admin, way=way, makes_certificate="on").removeprefix("http://testserver")
    stored = app_credentials.current(world.company)
    assert (stored is not None and stored.is_certificate) == is_made
    assert ("Download the certificate" in Client().get(path).content.decode()) == is_made


def test_no_certificate_is_made_beside_what_is_in_use(admin, world):
    store(world.company, CredentialKind.CLIENT_SECRET, "a secret", actor=COMMAND_LINE)
    make(admin, makes_certificate="on")
    assert not app_credentials.current(world.company).is_certificate
    assert "makes_certificate" not in admin.get(page("hand-over-new")).content.decode()
