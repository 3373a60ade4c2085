"""The kept state of people's mail follows what it is made of."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company, MailState, Membership
from mailsettings import services
from oauth.models import Connection, ConnectionState
from sender import actions, outbox, standing
from sender.models import OutboxMessage
from tests.factories import make_member
from tests.portal.test_dashboard import connect, use_microsoft
from tests.sender.helpers import hand_over, open_relay


def states_of(company):
    return set(Membership.objects.filter(company=company).values_list("mail_state", flat=True))


def kept(person):
    person.refresh_from_db()
    return person.mail_state


def test_a_company_server_that_is_saved_works_for_everybody_at_once(
    world, django_capture_on_commit_callbacks
):
    assert states_of(world.company) == {MailState.NEVER}
    values = {"host": "mail.alpha.example", "port": 25, "security": "starttls", "authentication": "none"}
    with django_capture_on_commit_callbacks(execute=True):
        services.save_smtp_server(world.company, values, actor=COMMAND_LINE)
    assert states_of(world.company) == {MailState.WORKS}
    assert set(world.company.memberships.values_list("mail_method", flat=True)) == {"company_smtp"}
    assert Company.objects.get(pk=world.company.pk).states_stale_since is None


def test_a_new_member_of_a_company_that_sends_for_everybody_can_send(world):
    open_relay(world.admin)
    assert kept(make_member(world.company)) == MailState.WORKS


def test_a_mailbox_that_breaks_and_is_woken_changes_the_state_of_all_who_use_it(world):
    message = hand_over(world.user)
    outbox.needs_attention(message.mailbox, "smtp_auth_rejected_generic", "535 5.7.3")
    assert states_of(world.company) == {MailState.ATTENTION}
    actions.wake(OutboxMessage.objects.get().mailbox)
    assert states_of(world.company) == {MailState.WORKS}


def test_a_large_company_is_left_to_the_worker(world, monkeypatch):
    monkeypatch.setattr("sender.standing.SMALL", 2)
    monkeypatch.setattr("sender.standing.AT_ONCE", 2)
    open_relay(world.admin)
    standing.settings_changed(world.company)
    assert states_of(world.company) == {MailState.NEVER}
    assert standing.look(timezone.now()) == 4
    assert states_of(world.company) == {MailState.WORKS}
    assert standing.look(timezone.now()) == 0


def test_a_change_while_everybody_is_looked_at_is_not_forgotten(world, monkeypatch):
    company = Company.objects.get(pk=world.company.pk)
    looked = standing.keep

    def meanwhile(company, people):
        standing.Company.objects.filter(pk=company.pk).update(states_stale_since=timezone.now())
        return looked(company, people)

    monkeypatch.setattr(standing, "keep", meanwhile)
    standing.bring_up_to_date(company)
    assert Company.objects.get(pk=company.pk).states_stale_since is not None


def test_a_connection_that_ended_is_found_by_the_worker(world):
    standing.bring_up_to_date(Company.objects.get(pk=world.company.pk))
    Membership.objects.filter(pk=world.user.pk).update(mail_state=MailState.WORKS)
    now = timezone.now()
    facts = {"company": world.company, "client_id": "app", "tenant_id": "t", "object_id": "o"}
    Connection.objects.create(
        membership=world.user, state=ConnectionState.NEEDS_RECONNECTING, cause="refresh_token_expired",
        address="bob@people.example", connected_at=now, refreshed_at=now, **facts,
    )  # fmt: skip
    Company.objects.update(states_stale_since=None)
    assert standing.look(now) == 1
    assert kept(world.user) == MailState.ATTENTION


def test_everybody_is_looked_at_anew_some_hours_later(world):
    standing.bring_up_to_date(Company.objects.get(pk=world.company.pk))
    open_relay(world.admin)
    Company.objects.exclude(pk=world.company.pk).update(states_stale_since=None)
    assert standing.look(timezone.now()) == 0
    assert standing.look(timezone.now() + timedelta(hours=7)) == 4


@pytest.mark.parametrize("name", ["Ānna Bērziņa", "anna   berzina"])
def test_people_are_found_without_accents_and_capitals(world, name):
    one = make_member(world.company, name="annab")
    one.user.name = name
    one.user.save()
    one.refresh_from_db()
    assert one.found_by == "anna berzina annab@people.example"


def kept_cause(person):
    person.refresh_from_db()
    return person.mail_cause


def test_what_has_to_be_mended_is_kept_beside_the_state_and_goes_with_it(world):
    message = hand_over(world.user)
    assert kept_cause(world.user) == ""
    outbox.needs_attention(message.mailbox, "smtp_auth_rejected_generic", "535 5.7.3")
    assert kept_cause(world.user) == "smtp_auth_rejected_generic"
    actions.wake(OutboxMessage.objects.get().mailbox)
    assert kept_cause(world.user) == ""


def test_a_way_that_ended_and_left_nothing_else_is_named_and_not_that_nothing_is_set_up(world):
    use_microsoft(world.company)
    connect(world.user, ConnectionState.NEEDS_RECONNECTING, "refresh_token_revoked")
    standing.bring_up_to_date(Company.objects.get(pk=world.company.pk))
    assert (kept(world.user), kept_cause(world.user)) == (MailState.ATTENTION, "refresh_token_revoked")
    assert (kept(world.colleague), kept_cause(world.colleague)) == (MailState.NEVER, "")
