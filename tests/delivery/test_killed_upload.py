"""A real worker killed with a draft half made: the next one clears it away and sends the message once."""

import signal
import time
from collections.abc import Callable

import pytest

from sender import actions
from sender.mime import Attachment
from sender.models import Attempt, OutboxMessage
from sender.services import Draft
from tests.delivery.outbox import TO, state
from tests.processes import manage, running
from tests.sender.helpers import let_lapse

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

ULLA = "ulla.user@nordicfreight.example"


@pytest.fixture
def large(office) -> OutboxMessage:
    """A message of 7 MB that waits, from a person whose connection may make drafts."""
    ulla = office.connect_with_drafts(ULLA)
    return office.submit(
        ulla, Draft(to=TO, subject="Large", text="x", attachments=[Attachment("a.pdf", bytes(7_000_000))])
    )


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def kill_when(is_so: Callable[[], bool]) -> None:
    with running("worker") as worker:
        until(is_so)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    let_lapse()


def go_on() -> None:
    done = manage("worker", "--until-empty")
    assert done.returncode == 0, done.stdout + done.stderr


def test_killed_in_the_middle_of_an_upload_no_draft_stays_behind(office, large):
    office.world.add_fault("graph.upload", times=1, action="hang", seconds=20)
    kill_when(lambda: office.world.requests().get("graph.upload", 0) > 0)
    (left,) = office.world.drafts(ULLA)
    assert Attempt.objects.get().provider_draft_id == left

    go_on()
    assert state(large) == ("sent", "", "")
    assert office.world.drafts(ULLA) == []
    assert len(office.arrived(large)) == 1
    first, second = large.attempts.all()
    assert first.provider_draft_id == ""
    assert second.provider_draft_id not in ("", left)


def test_killed_twice_only_one_draft_is_left_at_any_time(office, large):
    for count in (1, 2):
        office.world.add_fault("graph.upload", times=1, action="hang", seconds=20)
        kill_when(lambda wanted=count: office.world.requests().get("graph.upload", 0) >= wanted)
        assert len(office.world.drafts(ULLA)) == 1
    go_on()
    assert office.world.drafts(ULLA) == []
    assert len(office.arrived(large)) == 1


@pytest.mark.parametrize("was_sent", [True, False])
def test_after_an_unknown_end_sending_again_deletes_the_draft_but_never_what_was_sent(
    office, large, was_sent
):
    office.world.add_fault("graph.send", times=1, action="hang", seconds=20, store=was_sent)
    kill_when(lambda: office.world.requests().get("graph.send", 0) > 0)
    until(lambda: len(office.arrived(large)) == was_sent)
    go_on()
    assert state(large) == ("unknown", "unknown_outcome", "")
    (first,) = large.attempts.all()
    assert first.provider_draft_id, "whoever looks for it in Sent Items needs it"

    large.refresh_from_db()
    assert actions.send_again(large)
    go_on()
    assert state(large) == ("sent", "", "")
    assert office.world.drafts(ULLA) == []
    assert len(office.arrived(large)) == 1 + was_sent
    first.refresh_from_db()
    assert bool(first.provider_draft_id) == was_sent
