import re
from datetime import timedelta
from types import SimpleNamespace

from django.core import mail
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Role, User
from alarms import services, telling
from alarms.models import Outcome, Telling
from sender import actions
from sender.models import SendingMailbox
from tests.alarms.wrong import connection_lost, look, paused, secret_ending
from tests.factories import make_member, make_operator

ADMIN = "alice@people.example"


def tell(after: timedelta = telling.GATHER) -> int:
    """Deliver what is due that much later."""
    return telling.deliver(timezone.now() + after)


def test_an_admin_gets_one_mail_that_says_what_and_where(world, mailoutbox, settings):
    paused(world.company)
    look()
    assert tell() == 1
    (letter,) = mailoutbox
    assert letter.to == [ADMIN]
    assert letter.subject == "Alpha Ltd: Company mail server needs attention."
    assert f"{settings.PUBLIC_URL}/Alpha/settings/smtp/" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    row = Telling.objects.get()
    assert (row.outcome, row.recipient, row.tries) == (Outcome.TOLD, ADMIN, 1)
    assert row.told_at is not None


def test_nothing_is_told_twice(world, mailoutbox):
    paused(world.company)
    look()
    tell()
    look()
    assert tell(timedelta(hours=1)) == 0
    assert len(mailoutbox) == 1


def test_what_breaks_together_comes_in_one_mail(world, mailoutbox):
    paused(world.company)
    paused(world.company, method="graph_app")
    secret_ending(world.company, 3)
    look()
    tell()
    (letter,) = mailoutbox
    assert letter.subject == "Alpha Ltd: 3 messages about mail"
    assert "ends in 3 days" in letter.body


def test_after_a_mail_comes_a_quiet_time_whatever_breaks(world, mailoutbox):
    paused(world.company)
    look()
    tell()
    for _number in range(50):
        paused(world.company, make_member(world.company), "app_password_required")
        look()
        tell(timedelta(minutes=9))
    assert len([one for one in mailoutbox if one.to == [ADMIN]]) == 1
    tell(timedelta(minutes=21))
    assert len([one for one in mailoutbox if one.to == [ADMIN]]) == 2


def test_the_person_it_is_about_is_told_too_and_led_to_his_profile(world, mailoutbox, settings):
    connection_lost(world.user)
    look()
    tell()
    own = next(one for one in mailoutbox if one.to == ["bob@people.example"])
    assert own.subject == "Alpha Ltd: You must connect to Microsoft again."
    assert f"{settings.PUBLIC_URL}/Alpha/profile/" in own.body
    assert {one.to[0] for one in mailoutbox} == {ADMIN, "bob@people.example"}


def test_who_switched_it_off_is_not_told(world, mailoutbox):
    services.set_mailed(world.admin, False, COMMAND_LINE)
    paused(world.company)
    look()
    assert tell() == 0
    services.set_mailed(world.admin, True, COMMAND_LINE)
    SendingMailbox.objects.update(health="ready")
    look()
    SendingMailbox.objects.update(health="needs_attention")
    look()
    assert tell() == 1


def test_only_the_companys_own_admins_are_told(world, mailoutbox):
    paused(world.stranger.company)
    look()
    tell()
    assert [one.to for one in mailoutbox] == [["mallory@people.example"]]


def test_its_end_is_told_to_those_who_know_of_it(world, mailoutbox):
    mailbox = paused(world.company)
    look()
    tell()
    actions.wake(mailbox)
    look()
    tell(timedelta(minutes=11))
    assert mailoutbox[1].subject == "Alpha Ltd: This is over: Company mail server needs attention."


def test_what_is_over_before_it_was_told_is_never_told(world, mailoutbox):
    mailbox = paused(world.company)
    look()
    actions.wake(mailbox)
    look()
    tell(timedelta(hours=1))
    assert mailoutbox == []
    assert Telling.objects.get().outcome == Outcome.DROPPED


def test_a_portal_without_a_mailbox_says_so(world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    paused(world.company)
    look()
    tell()
    row = Telling.objects.get()
    assert row.outcome == Outcome.FAILED
    assert "EMAIL_URL" in row.why


def test_a_failing_mailbox_is_tried_again_and_then_given_up(world, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ConnectionRefusedError("refused; password=canary-12345")

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    paused(world.company)
    look()
    after, tries = telling.GATHER, 0
    while Telling.objects.get().outcome == Outcome.WAITING:
        tries += tell(after)
        after = Telling.objects.get().due_at - timezone.now() + timedelta(seconds=1)
    row = Telling.objects.get()
    assert (row.outcome, tries) == (Outcome.FAILED, 1 + len(telling.AGAIN_AFTER_S))
    assert "refused" in row.why
    assert "canary" not in row.why


def test_who_has_no_address_keeps_nobody_else_from_being_told(world, mailoutbox):
    User.objects.filter(pk=world.admin.user_id).update(email="alice at people")
    make_member(world.company, Role.ADMIN, "agnes")
    paused(world.company)
    look()
    assert tell() == 2
    assert [one.to for one in mailoutbox] == [["agnes@people.example"]]
    assert Telling.objects.get(recipient="alice at people").outcome == Outcome.FAILED


def test_two_workers_do_not_tell_the_same(world, mailoutbox):
    paused(world.company)
    look()
    now = timezone.now() + telling.GATHER
    (row,) = Telling.objects.select_related("alarm__company")
    assert telling._claim(row, now)
    assert telling._tell([row], now) == 0
    assert mailoutbox == []


def test_a_teller_that_died_is_taken_over_from(world, mailoutbox):
    paused(world.company)
    look()
    (row,) = Telling.objects.all()
    telling._claim(row, timezone.now())
    assert tell() == 0
    assert tell(telling.CLAIM + timedelta(seconds=1)) == 1
    assert len(mailoutbox) == 1


def test_the_operator_is_told_what_only_he_can_mend(world, mailoutbox):
    operator = make_operator()
    paused(world.company, cause="smtp_connection_timeout")
    look()
    tell()
    assert {one.to[0] for one in mailoutbox} == {ADMIN, operator.email}


def test_the_operators_letter_speaks_to_him_and_leads_to_pages_that_are_open_to_him(
    world, client, mailoutbox, settings
):
    operator = make_operator()
    paused(world.company, cause="outgoing_address_refused")
    look()
    tell()
    letters = {one.to[0]: one.body for one in mailoutbox}
    assert "add its address to the portal's list of allowed ones" in letters[operator.email]
    assert "ask the operator of this portal" in letters[ADMIN]
    assert "You can switch these messages off on your profile" in letters[ADMIN]
    assert "switch these messages off" not in letters[operator.email]
    client.force_login(operator)
    addresses = re.findall(rf"{settings.PUBLIC_URL}(/\S+)", letters[operator.email])
    assert addresses
    assert [client.get(one).status_code for one in addresses] == [200] * len(addresses)


def test_a_letter_names_the_worst_and_counts_the_others(world, mailoutbox, monkeypatch):
    monkeypatch.setattr("alarms.mail.MOST_ITEMS", 2)
    paused(world.company)
    for _number in range(3):
        connection_lost(make_member(world.company))
    look()
    tell()
    letter = next(one for one in mailoutbox if one.to == [ADMIN])
    assert letter.subject == "Alpha Ltd: 4 messages about mail"
    assert letter.body.startswith("Company mail server needs attention.")
    assert letter.body.count("must connect to Microsoft again") == 1
    assert "And 2 more alarms.\nhttp://testserver/Alpha/alarms/\n" in letter.body


def test_who_left_or_switched_it_off_meanwhile_is_not_told_any_more(world, mailoutbox):
    mailbox = paused(world.company)
    make_member(world.company, Role.ADMIN, "agnes")
    make_member(world.company, Role.ADMIN, "asta")
    look()
    world.company.memberships.get(user__email="agnes@people.example").delete()
    tell()
    assert {one.to[0] for one in mailoutbox} == {ADMIN, "asta@people.example"}
    services.set_mailed(world.admin, False, COMMAND_LINE)
    actions.wake(mailbox)
    look()
    tell(timedelta(minutes=11))
    assert [one.to for one in mailoutbox[2:]] == [["asta@people.example"]]


def test_what_is_over_while_the_letter_is_on_its_way_is_told_to_be_over(world, mailoutbox, monkeypatch):
    mailbox = paused(world.company)
    look()
    letter_leaves = mail.EmailMessage.send

    def mended_meanwhile(letter):
        actions.wake(mailbox)
        look()
        return letter_leaves(letter)

    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMessage, "send", mended_meanwhile)
        tell()
    tell(timedelta(minutes=11))
    assert [one.subject.removeprefix("Alpha Ltd: ") for one in mailoutbox] == [
        "Company mail server needs attention.",
        "This is over: Company mail server needs attention.",
    ]


def test_what_a_slow_server_makes_wait_is_claimed_from_the_moment_it_begins(world, mailoutbox, monkeypatch):
    """Another worker would think that its teller had died, and tell it as well."""
    paused(world.company)
    make_member(world.company, Role.ADMIN, "agnes")
    look()
    passed, claimed = iter(range(0, 10_000, 300)), []
    monkeypatch.setattr(telling, "time", SimpleNamespace(monotonic=lambda: float(next(passed))))
    claim = telling._claim
    monkeypatch.setattr(telling, "_claim", lambda row, now: claimed.append(now) or claim(row, now))
    assert tell() == 2
    assert claimed[1] - claimed[0] == timedelta(minutes=5)


def test_the_operator_is_not_told_what_a_company_mends(world, mailoutbox):
    make_operator()
    secret_ending(world.company, 3)
    paused(world.company, world.user, "app_password_required")
    look()
    tell()
    assert "operator@people.example" not in {one.to[0] for one in mailoutbox}


def test_no_secret_is_in_a_mail(world, mailoutbox):
    secret_ending(world.company, 3)
    paused(world.company, cause_raw="535 canary-word")
    look()
    tell()
    text = mailoutbox[0].subject + mailoutbox[0].body
    assert "canary" not in text
