import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.audit import COMMAND_LINE, Actor
from accounts.models import Invitation, Membership, Role
from core.ids import first_of
from mailsettings import credentials
from mailsettings.models import CredentialKind, MicrosoftApp, SmtpServer
from oauth.models import Connection, ConnectionState
from portal import crowd
from sender import standing
from sender.models import Health, OutboxMessage, SendingMailbox, State
from sender.models.message import OPEN_STATES
from tests.accounts.sign_in import sign_in
from tests.factories import make_member

CLIENT = uuid.uuid4()


def overview(client, person):
    sign_in(client, person)
    return client.get(reverse("overview", args=[person.company.code])).content.decode()


def use_microsoft(company, ends_on=None):
    MicrosoftApp.objects.create(company=company, tenant_id=str(uuid.uuid4()), client_id=CLIENT)
    credentials.store(
        company, CredentialKind.CLIENT_SECRET, "very secret", actor=Actor(label="test"), expires_on=ends_on
    )


def connect(person, state=ConnectionState.CONNECTED, cause=""):
    now = timezone.now()
    account = {"tenant_id": "t", "object_id": "o", "address": person.user.email}
    times = {"connected_at": now, "refreshed_at": now}
    return Connection.objects.create(
        company=person.company,
        membership=person,
        state=state,
        cause=cause,
        client_id=CLIENT,
        **account,
        **times,
    )


def mailbox_of(person, method="microsoft_graph", **fields):
    return SendingMailbox.objects.create(
        company=person.company,
        membership=person,
        owner=str(person.pk),
        method=method,
        account=person.user.email,
        **fields,
    )


def message_in(box, state, **fields):
    now = timezone.now()
    if state not in OPEN_STATES:
        fields = {"finished_at": now} | fields
    return OutboxMessage.objects.create(
        company=box.company,
        membership=box.membership,
        person=box.account,
        mailbox=box,
        route_reason="",
        content_hash="",
        state=state,
        due_at=now,
        give_up_at=now,
        message_id="<1@test.example>",
        from_address=box.account,
        envelope_from=box.account,
        size_bytes=1,
        submitted_by="test",
        **fields,
    )


def open_relay(company):
    SmtpServer.objects.create(company=company, host="relay.example", authentication="none")


def test_with_nothing_set_up_an_admin_is_led_to_the_settings(client, world):
    text = overview(client, world.admin)
    assert "No mail can leave yet. These steps lead there." in text
    assert "The next steps" in text
    assert f'href="{reverse("settings", args=["Alpha"])}">Set up sending' in text
    assert "Sent, 30 days" not in text


def test_of_the_first_steps_what_is_done_is_ticked_and_the_next_stands_out(client, world):
    text = overview(client, world.admin)
    assert text.count('class="is-done"') == 1  # people are there already
    assert f'class="btn btn-sm btn-primary" href="{reverse("settings", args=["Alpha"])}"' in text
    use_microsoft(world.company)
    text = overview(client, world.admin)
    assert text.count('class="is-done"') == 2
    assert f'class="btn btn-sm btn-primary" href="{reverse("profile", args=["Alpha"])}"' in text


def test_the_invitation_of_the_first_admin_is_not_the_invitation_of_the_people(client, world):
    Membership.objects.filter(company=world.company).exclude(pk=world.admin.pk).delete()
    services.invite(world.company, "first@alpha.example", "admin", COMMAND_LINE)
    Invitation.objects.update(accepted_at=timezone.now())
    assert 'class="is-done"' not in overview(client, world.admin)
    Invitation.objects.update(accepted_at=None)
    assert overview(client, world.admin).count('class="is-done"') == 1


def test_support_sees_the_same_without_the_button_of_an_admin(client, world):
    text = overview(client, world.support)
    assert "The next steps" in text
    assert "Set up sending" not in text
    assert "An admin of your company does this." in text


def test_a_company_that_once_sent_is_told_what_is_missing_instead(client, world):
    message_in(mailbox_of(world.user), State.SENT)
    text = overview(client, world.admin)
    assert "No way of sending is set up yet." in text
    assert f'href="{reverse("settings", args=["Alpha"])}">Set up sending' in text
    assert "The next steps" not in text


def test_without_any_allowed_way_the_operator_is_named(client, world):
    world.company.allowed_methods = []
    world.company.save()
    assert "have not allowed your company any way" in overview(client, world.admin)


def test_what_is_set_up_but_never_used_is_not_called_working(client, world):
    open_relay(world.company)
    text = overview(client, world.admin)
    assert "Send a test to see that mail really leaves." in text
    assert "Mail works" not in text


def test_after_a_real_message_mail_works(client, world):
    open_relay(world.company)
    message_in(mailbox_of(world.user), State.SENT, finished_at=timezone.now() - timedelta(minutes=5))
    assert "Mail works. The last message left 5 minutes ago." in overview(client, world.admin)


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (-1, "The client secret ended on", "bad"),
        (0, "The client secret ends today", "warn"),
        (1, "The client secret ends in 1 day,", "warn"),
        (30, "The client secret ends in 30 days,", "warn"),
    ],
)
def test_a_client_secret_near_its_end_is_named_with_the_button_that_mends_it(
    client, world, days, words, tone
):
    use_microsoft(world.company, world.company.today + timedelta(days=days))
    text = overview(client, world.admin)
    assert f'class="notice tone-{tone}"' in text
    assert words in text
    assert f'href="{reverse("settings-office365", args=["Alpha"])}">Replace the secret' in text
    assert "very secret" not in text


def test_a_client_secret_with_time_left_is_only_listed(client, world):
    use_microsoft(world.company, world.company.today + timedelta(days=173))
    text = overview(client, world.admin)
    assert "173 days left" in text
    assert "Replace the secret" not in text


def test_a_mailbox_that_needs_attention_says_whose_and_how_much_waits(client, world):
    use_microsoft(world.company)
    connect(world.user)
    box = mailbox_of(world.user, health=Health.NEEDS_ATTENTION, cause="settings_incomplete")
    message_in(box, State.WAITING)
    message_in(box, State.WAITING)
    text = overview(client, world.admin)
    assert "Bob cannot send." in text
    assert "2 messages wait." in text
    assert f'href="{reverse("person", args=["Alpha", world.user.pk])}">Look at it' in text


def test_many_broken_mailboxes_are_summed_up(client, world):
    use_microsoft(world.company)
    for _number in range(5):
        person = make_member(world.company)
        connect(person)
        mailbox_of(person, health=Health.NEEDS_ATTENTION, cause="settings_incomplete")
    text = overview(client, world.admin)
    assert text.count(" cannot send.</strong>") == 4
    assert "2 more people cannot send." in text


def test_the_companys_own_mailbox_is_named_once_for_all(client, world):
    open_relay(world.company)
    SendingMailbox.objects.create(
        company=world.company, method="company_smtp", account="", health=Health.NEEDS_ATTENTION, cause="x"
    )
    text = overview(client, world.admin)
    assert text.count("mail server needs attention.") == 1
    assert "No mail can leave." in text


def test_a_connection_that_needs_reconnecting_names_the_person(client, world):
    use_microsoft(world.company)
    connect(world.user, ConnectionState.NEEDS_RECONNECTING, "refresh_token_revoked")
    shown = overview(client, world.admin)
    assert "Bob must connect to Microsoft again." in shown
    assert "with the button Reconnect to Microsoft." in shown
    assert f'href="{reverse("invite-to-connect", args=["Alpha"])}">Ask them to connect' in shown
    own = overview(client, world.user)
    assert "Your mail cannot leave." in own
    assert f'href="{reverse("profile", args=["Alpha"])}">Open my profile' in own


def test_a_broken_connection_with_another_way_left_is_a_warning(client, world):
    use_microsoft(world.company)
    open_relay(world.company)
    connect(world.user, ConnectionState.NEEDS_RECONNECTING, "refresh_token_revoked")
    own = overview(client, world.user)
    assert "You must connect to Microsoft again." in own
    assert "Until then your mail leaves another way: Company mail server." in own
    assert "Your mail cannot leave" not in own
    assert 'class="notice tone-bad"' not in overview(client, world.admin)


def test_messages_nobody_knows_about_are_left_to_a_person(client, world):
    message_in(mailbox_of(world.user), State.UNKNOWN, cause="unknown_outcome")
    assert "1 message may or may not have gone out." in overview(client, world.admin)
    assert "1 message may or may not have gone out." in overview(client, world.user)
    assert "may or may not" not in overview(client, world.colleague)


def test_a_plain_user_sees_only_his_own(client, world):
    use_microsoft(world.company, date(2026, 1, 1))
    message_in(mailbox_of(world.colleague), State.SENT, subject="Secret offer")
    message_in(mailbox_of(world.user), State.SENT, subject="My own order")
    text = overview(client, world.user)
    assert "My own order" in text
    assert "Secret offer" not in text
    assert "Secrets and when they end" not in text
    assert world.colleague.user.email not in text
    assert "Secret offer" in overview(client, world.support)


def test_the_tiles_count_the_last_thirty_days_and_all_that_waits(client, world):
    box = mailbox_of(world.user)
    for state in (State.SENT, State.SENT, State.FAILED, State.WAITING):
        message_in(box, state)
    message_in(box, State.SENT, id=first_of(timezone.now() - timedelta(days=31)))
    sign_in(client, world.admin)
    tiles = client.get(reverse("overview", args=["Alpha"])).context["tiles"]
    assert [tile.value for tile in tiles] == ["2", "1", "1", "0 of 4"]


def test_nothing_of_another_company_counts(client, world):
    open_relay(world.stranger.company)
    message_in(mailbox_of(world.stranger), State.SENT, subject="Elsewhere", finished_at=timezone.now())
    text = overview(client, world.admin)
    assert "Elsewhere" not in text
    assert "No mail can leave yet." in text


def test_the_number_of_queries_does_not_grow(client, world, django_assert_max_num_queries):
    use_microsoft(world.company, world.company.today)
    for _number in range(20):
        person = make_member(world.company, Role.USER)
        connect(person)
        message_in(mailbox_of(person, health=Health.NEEDS_ATTENTION, cause="x"), State.WAITING, subject="S")
    sign_in(client, world.admin)
    with django_assert_max_num_queries(32):
        client.get(reverse("overview", args=["Alpha"]))


def test_a_large_companys_people_are_counted_and_not_looked_at_one_by_one(
    client, world, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(standing, "SMALL", 10)
    monkeypatch.setattr(crowd, "LOOKED_AT", 5)
    use_microsoft(world.company)
    for number in range(30):
        person = make_member(world.company)
        connect(person, ConnectionState.CONNECTED if number % 2 else ConnectionState.NEEDS_RECONNECTING, "x")
    standing.bring_up_to_date(world.company)
    assert len(crowd.crowd_of(world.company).states) == 5
    sign_in(client, world.admin)
    with django_assert_max_num_queries(31):
        text = client.get(reverse("overview", args=["Alpha"])).content.decode()
    assert "Mail can leave for 15 of 34 people." in text
    assert "15 need attention" in text
    assert f'href="{reverse("people", args=["Alpha"])}?state=never">4 not set up' in text


def test_strangers_find_nothing(client, world):
    sign_in(client, world.stranger)
    assert client.get(reverse("overview", args=["Alpha"])).status_code == 404
    assert client.get(reverse("audit", args=["Alpha"])).status_code == 404


def test_the_audit_log_is_for_admins_and_holds_only_the_companys_events(client, world):
    use_microsoft(world.company)
    use_microsoft(world.stranger.company)
    sign_in(client, world.admin)
    text = client.get(reverse("audit", args=["Alpha"])).content.decode()
    assert "Set a password or secret of Alpha Ltd." in text
    assert "Alpha Ltd" in text
    assert "Omega Ltd" not in text
    assert "very secret" not in text
    assert sign_in(client, world.support).get(reverse("audit", args=["Alpha"])).status_code == 403
