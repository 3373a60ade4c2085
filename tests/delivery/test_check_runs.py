"""Checks as they are stored: taken by one worker, written step by step, repeated, purged; and the command."""

import json
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mailsettings import catalog
from sender.doctor import delays, runs
from sender.models import CheckRun, Health, OutboxMessage, SendingMailbox
from sender.worker import Worker
from tests.delivery import test_failures_by_method as mistakes
from tests.delivery.checking import working
from tests.delivery.outbox import order
from tests.delivery.test_failures_by_method import NORA, ULLA, UWE


@pytest.fixture
def uwe(office):
    return office.person(UWE, "OwnPassword")


def done(run: CheckRun, within_s: float = 20) -> CheckRun:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        run.refresh_from_db()
        if run.is_over:
            return run
        time.sleep(0.05)
    raise AssertionError(f"still {run.state} at {run.now_at}")


def test_a_worker_does_what_was_asked_for_and_the_real_message_arrives(office, uwe):
    with working():
        run = done(runs.ask(uwe, asked_by="test", send_to=ULLA))
    assert (run.result, run.cause, run.method) == ("ok", "", "smtp_password")
    assert [step.id for step in runs.steps_of(run)][-1] == "message"
    assert len(office.world.mail(to=ULLA)) == 1


def test_a_check_is_taken_once_and_anew_when_its_worker_died(uwe):
    run, now = runs.ask(uwe, asked_by="test"), timezone.now()
    assert runs.take(now) == run
    assert runs.take(now) is None
    assert runs.take(now + runs.HEARD_OF + timedelta(seconds=1)) == run


def test_a_check_for_later_waits(uwe):
    now = timezone.now()
    run = runs.ask(uwe, asked_by="test", due_at=now + timedelta(minutes=10))
    assert runs.take(now) is None
    assert runs.take(now + timedelta(minutes=11)) == run


def test_a_worker_that_ends_leaves_the_check_to_the_next_which_sends_no_second_message(office, uwe):
    run = runs.ask(uwe, asked_by="test", send_to=ULLA)
    is_stopping = OutboxMessage.objects.filter(kind="check").exists
    runs.perform(runs.take(timezone.now()), should_stop=is_stopping)
    run.refresh_from_db()
    assert (run.state, run.steps, OutboxMessage.objects.count()) == ("waiting", [], 1)
    with working():
        assert done(run).result == "ok"
    assert OutboxMessage.objects.count() == 1
    assert len(office.world.mail(to=ULLA)) == 1


def test_a_check_stops_between_two_steps_when_its_worker_ends(uwe):
    run = runs.perform(runs.ask(uwe, asked_by="test"), should_stop=lambda: True)
    assert (run.state, run.steps) == ("waiting", [])


def test_a_good_check_wakes_the_paused_mailbox_and_a_bad_one_does_not(office):
    uwe = mistakes.own_password(office, UWE, "wrong")
    message = office.send(uwe, order())
    assert SendingMailbox.objects.get().health == Health.NEEDS_ATTENTION
    assert runs.perform(runs.ask(uwe, asked_by="test")).cause == "user_password_wrong"
    assert SendingMailbox.objects.get().health == Health.NEEDS_ATTENTION
    secret = uwe.credentials.get()
    secret.seal(mistakes.SECRETS["UWE_PASSWORD"].encode())
    secret.save()
    assert runs.perform(runs.ask(uwe, asked_by="test")).result == "ok"
    assert SendingMailbox.objects.get().health == Health.READY
    Worker(threads=1, until_empty=True).run()
    message.refresh_from_db()
    assert message.state == "sent"


def test_after_a_change_it_looks_again_by_itself_a_bounded_number_of_times(office):
    nora = office.person(NORA, "AppBySmtp")
    run = runs.perform(runs.ask(nora, asked_by="test"))
    looks = 1
    while CheckRun.objects.filter(earlier=run).exists():
        assert "looks again by itself at" in run.note
        following = run.next
        assert following.due_at > timezone.now()
        assert following.number == run.number + 1
        run, looks = runs.perform(following), looks + 1
    assert looks == delays.MOST_LOOKS
    assert {run.cause for run in CheckRun.objects.all()} == {"mailbox_missing_or_unlicensed"}


def test_a_cause_that_time_does_not_mend_is_not_looked_at_again(office):
    uwe = mistakes.own_password(office, UWE, "wrong")
    run = runs.perform(runs.ask(uwe, asked_by="test"))
    assert run.cause == "user_password_wrong"
    assert run.note == ""
    assert CheckRun.objects.count() == 1


def test_old_checks_go_after_the_companys_retention_time(uwe):
    run = runs.perform(runs.ask(uwe, asked_by="test"))
    now = timezone.now()
    assert runs.purge(now + timedelta(days=uwe.company.retention_days - 1)) == 0
    assert runs.purge(now + timedelta(days=uwe.company.retention_days + 1)) == 1
    assert not CheckRun.objects.filter(pk=run.pk).exists()


def command(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("checkmail", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def test_the_command_says_what_works_and_ends_with_0(office):
    code, said = command("--company", "OwnPassword", "--user", UWE, "--json")
    answer = json.loads(said)
    assert code == 0
    assert answer["company"] == "OwnPassword"
    assert [check["result"] for check in answer["checks"]] == ["ok"]
    assert {"id", "label", "state", "message", "hint", "milliseconds", "cause", "raw", "alternatives"} == set(
        answer["checks"][0]["steps"][0]
    )


def test_the_command_ends_with_1_and_names_the_cause(office):
    mistakes.own_password(office, UWE, "wrong")
    code, said = command("--company", "OwnPassword", "--user", UWE)
    assert code == 1
    assert "FAIL Sign-in:" in said
    assert "user_password_wrong: 535 5.7.139" in said
    assert "Not tried" in said


def test_without_a_person_the_command_checks_the_companys_own_ways(office):
    code, said = command("--company", "OneMailbox", "--json")
    (check,) = json.loads(said)["checks"]
    assert (code, check["method"]) == (0, catalog.COMPANY_SMTP)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--company", "Nowhere"],
        ["--company", "OwnPassword"],
        ["--company", "OwnPassword", "--user", "nobody@nordicfreight.example"],
        ["--company", "AppByGraph", "--send-to", ULLA],
        ["--company", "OwnPassword", "--user", UWE, "--send-to", "no address"],
    ],
)
def test_the_command_ends_with_2_when_it_cannot_run(office, arguments):
    code, said = command(*arguments)
    assert code == 2
    assert said
    assert not CheckRun.objects.exists()
