"""`manage.py outbox` does what a message's page does, and says by its exit code whether it did."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from tests.sender.helpers import hand_over, left_without_an_answer, refused, state_of


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("outbox", *map(str, arguments), stdout=out)
    return out.getvalue()


def told(*arguments: object) -> object:
    return json.loads(said(*arguments, "--json"))


def exit_code(*arguments: object) -> int:
    with pytest.raises((SystemExit, CommandError)) as ended:
        said(*arguments)
    return ended.value.code if isinstance(ended.value, SystemExit) else ended.value.returncode


def test_messages_are_listed_by_company_and_state_the_newest_first(world):
    first, second = hand_over(world.user), hand_over(world.user, subject="Order 2")
    stranger = hand_over(world.stranger)
    refused(second, "550 5.1.1 unknown")
    assert [row["id"] for row in told("list")] == [str(each.pk) for each in (stranger, second, first)]
    assert [row["id"] for row in told("list", "--company", "alpha", "--state", "failed")] == [str(first.pk)]
    assert said("list", "--limit", 1).count("\n") == 1
    assert "Order 2" in said("list")


def test_a_company_that_is_not_there_is_no_empty_list(world):
    assert exit_code("list", "--company", "nowhere") == 2


def test_one_message_is_shown_with_all_that_happened_to_it(world):
    message = hand_over(world.user)
    refused(message, "550 5.1.1 unknown")
    shown = told("show", message.pk)
    assert (shown["state"], shown["cause"], shown["attempts"][0]["reply"]) == (
        "failed", "recipient_invalid", "550 5.1.1 unknown",
    )  # fmt: skip
    assert shown["recipients"][0]["address"] == "rita@recipient.example"
    assert "550 5.1.1 unknown" in said("show", message.pk)


def test_a_message_is_cancelled_and_tried_again_and_the_audit_log_knows(world):
    message = hand_over(world.user)
    assert told("cancel", message.pk) == {"done": True, "state": "cancelled"}
    assert exit_code("cancel", message.pk) == 1
    assert "Done" in said("retry", message.pk)
    assert state_of(message) == "waiting"
    events = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"message.cancelled", "message.retried"} <= events


@pytest.mark.parametrize(("found", "state"), [("sent", "sent"), ("not-sent", "waiting")])
def test_what_became_of_an_unknown_message_is_said(world, found, state):
    message = hand_over(world.user)
    assert exit_code("resolve", message.pk, "--as", found) == 1
    left_without_an_answer(message)
    assert exit_code("retry", message.pk) == 1
    said("resolve", message.pk, "--as", found)
    assert state_of(message) == state


@pytest.mark.parametrize("given", ["no-id", "01a1fc90-d264-7f3c-97e1-04c6bebfbcef"])
def test_what_is_no_message_is_said(db, given):
    assert exit_code("show", given) == 2
