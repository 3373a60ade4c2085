"""How much of a worker an endpoint and a company get, and that nothing of it holds up mail or others' webhooks."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from tests.delivery.faults import workers
from tests.factories import make_company
from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener
from tests.webhooks.receiver import never_written, raw
from webhooks import delivering, spreading
from webhooks.delivering import LANES, OF_A_COMPANY, OF_AN_ENDPOINT, Lanes
from webhooks.kinds import EventKind
from webhooks.models import Delivery, DeliveryState, Event

LONGEST_S = 60


def wait_for(happened) -> None:
    ends_at = time.monotonic() + LONGEST_S
    while not happened():
        assert time.monotonic() < ends_at, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def serving(transactional_db):
    """The threads that a worker has for webhooks."""
    stopping = threading.Event()
    thread = threading.Thread(target=delivering.serve, args=[stopping])
    thread.start()
    yield
    stopping.set()
    thread.join(LONGEST_S)
    assert not thread.is_alive()


def test_lanes_are_shared_among_companies_and_endpoints(world):
    many = [listener(world.company)[0] for _number in range(6)]
    others = [listener(make_company())[0] for _number in range(6)]
    lanes = Lanes(threading.Event())
    first = lanes.free_for([*many, *others])
    assert len(first) == LANES
    assert sum(1 for one in first if one.company == world.company) == OF_A_COMPANY
    assert lanes.free_for([*many, *others]) == []


def test_one_endpoint_gets_few_lanes_and_who_waited_longest_comes_first(world):
    one, other = listener(world.company)[0], listener(world.company)[0]
    lanes = Lanes(threading.Event())
    assert sum(len(lanes.free_for([one])) for _time in range(5)) == OF_AN_ENDPOINT
    assert lanes.free_for([one, other]) == [other]


def test_one_that_fails_rests_and_then_gets_a_single_lane(world, monkeypatch):
    one = listener(world.company)[0]
    lanes = Lanes(threading.Event())
    lanes._rest(one.pk, False)
    assert lanes.free_for([one]) == []
    monkeypatch.setattr(delivering.time, "monotonic", lambda: 1e12)
    assert sum(len(lanes.free_for([one])) for _time in range(3)) == 1
    lanes._rest(one.pk, True)
    assert lanes.free_for([one]) == [one]


def test_a_receiver_that_hangs_holds_up_nobody_else(world, receiver, serving):
    with raw(b"") as hanging:
        for _number in range(3):
            listener(world.company, hanging, (EventKind.MESSAGE_ACCEPTED,))
        listener(world.company, receiver.url, (EventKind.MESSAGE_ACCEPTED,))
        listener(world.stranger.company, receiver.url, (EventKind.MESSAGE_ACCEPTED,))
        hand_over(world.user)
        hand_over(world.stranger)
        wait_for(lambda: len(receiver.requests) == 2)


def test_the_threads_go_on_after_an_outage(world, receiver, monkeypatch, transactional_db):
    listener(world.company, receiver.url)
    asked, spread = [], spreading.spread

    def spread_later(now):
        asked.append(now)
        if len(asked) == 1:
            raise DatabaseError("the server went away")
        return spread(now)

    monkeypatch.setattr(spreading, "spread", spread_later)
    hand_over(world.user)
    stopping = threading.Event()
    thread = threading.Thread(target=delivering.serve, args=[stopping])
    thread.start()
    wait_for(lambda: receiver.requests)
    stopping.set()
    thread.join(LONGEST_S)
    assert not thread.is_alive()
    connections.close_all()


@pytest.mark.processes
def test_a_worker_killed_after_the_answer_leaves_it_to_be_posted_again_with_the_same_id(
    world, receiver, transactional_db
):
    listener(world.company, receiver.url, (EventKind.CONNECTION_LOST,))
    Event.objects.create(company=world.company, kind=EventKind.CONNECTION_LOST)
    changes = {
        "webhooks__outcomes__write": never_written,
        "webhooks__delivering__LEASE": timedelta(seconds=1),
    }
    with workers.running(**changes) as (worker,):
        wait_for(lambda: receiver.requests)
        worker.kill()
    assert Delivery.objects.get().state == DeliveryState.WAITING
    with workers.running():
        wait_for(lambda: Delivery.objects.get().state == DeliveryState.DELIVERED)
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


@pytest.mark.processes
def test_two_workers_post_each_event_once(world, receiver, transactional_db):
    listener(world.company, receiver.url, (EventKind.CONNECTION_LOST,))
    rows = [Event(company=world.company, kind=EventKind.CONNECTION_LOST) for _number in range(100)]
    Event.objects.bulk_create(rows)
    with workers.running(2):
        wait_for(lambda: Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == len(rows))
    assert sorted(receiver.ids) == sorted(str(row.pk) for row in rows)


def test_what_is_due_is_looked_for_only_among_what_waits(world, receiver):
    assert delivering.due(timezone.now()) == []
    endpoint = listener(world.company, receiver.url)[0]
    hand_over(world.user)
    spreading.spread(timezone.now())
    assert delivering.due(timezone.now()) == [endpoint]
