"""`kill -9` of a real worker before and after it posts a message to Graph, with several taken by the slot.

Inside an upload: tests/delivery/test_killed_upload.py.
"""

import pytest

from oauth import leases
from oauth.models import TokenCache
from sender.models import OutboxMessage
from tests.delivery.faults import workers
from tests.delivery.faults.places import held_writes, is_answered, until
from tests.delivery.outbox import order
from tests.sender.helpers import let_lapse

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

ULLA = "ulla.user@nordicfreight.example"
COUNT = 4


def hand_over(office) -> list[OutboxMessage]:
    connection = office.connect(ULLA)
    return [office.submit(connection.membership, order()) for _ in range(COUNT)]


def came(office, place: str, before: int = 0) -> bool:
    return office.world.requests().get(place, 0) > before


def states(messages: list[OutboxMessage]) -> list[str]:
    for message in messages:
        message.refresh_from_db()
    return [message.state for message in messages]


def copies(office, messages: list[OutboxMessage]) -> list[int]:
    """How many of each arrived."""
    return [len(office.arrived(message)) for message in messages]


def go_on(office) -> None:
    """Once the dead worker's leases have run out."""
    let_lapse()
    office.work()


def test_killed_before_the_post_everything_is_sent_once(office, monkeypatch):
    """While it asks for a token: those that the person's sign-in brought end before they begin.

    Its hold on the renewal ends by itself when it gives no sign of life; only the time for that is shorter.
    """
    monkeypatch.setattr(leases, "DEAD_AFTER_S", 1)
    office.world.add_fault("token.lifetime", seconds=60)
    messages = hand_over(office)
    before = office.world.requests().get("token.refresh_token", 0)
    office.world.add_fault("token", times=1, action="hang", seconds=20)
    with workers.running() as [worker]:
        until(lambda: came(office, "token.refresh_token", before))
        worker.kill()
    assert states(messages) == ["sending"] * COUNT
    assert TokenCache.objects.get().lease_owner
    go_on(office)
    assert states(messages) == ["sent"] * COUNT
    assert copies(office, messages) == [1] * COUNT


@pytest.mark.parametrize("was_taken", [True, False])
def test_killed_after_the_post_only_the_posted_one_is_unknown(office, was_taken):
    messages = hand_over(office)
    office.world.add_fault("graph.send", times=1, action="hang", seconds=20, store=was_taken)
    with workers.running() as [worker]:
        until(lambda: came(office, "graph.send.whole"))
        until(lambda: copies(office, messages)[0] == was_taken)
        worker.kill()
    assert states(messages) == ["sending"] * COUNT
    go_on(office)
    assert states(messages) == ["unknown", "sent", "sent", "sent"]
    assert copies(office, messages) == [was_taken, 1, 1, 1]


def test_killed_between_the_answer_and_its_commit_it_is_sent_as_its_journal_says(office):
    messages = hand_over(office)
    office.world.add_fault("graph.send", times=1, delay_ms=2_000)
    with workers.running() as [worker]:
        until(lambda: came(office, "graph.send"))
        with held_writes():
            until(lambda: is_answered(messages[0]))
            worker.kill()
    assert states(messages) == ["sending"] * COUNT
    go_on(office)
    assert states(messages)[0] == "sent"
    assert sorted(states(messages))[:-1] == ["sent"] * (COUNT - 1), "it may have been at the next one"
    for state, count in zip(states(messages), copies(office, messages), strict=True):
        assert count == 1 or (state == "unknown" and count == 0)
