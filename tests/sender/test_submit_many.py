"""Many messages handed over at once: each stored or told why not, the same keys never twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import InputError
from sender import services
from sender.models import OutboxMessage, Priority
from sender.routing import NoRoute
from sender.services import Draft, IdempotencyClash, Submission, submit, submit_many
from tests.sender.helpers import open_relay


def orders(count: int, **options: object) -> list[Submission]:
    return [
        Submission(draft(number), idempotency_key=f"order-{number}", **options) for number in range(count)
    ]


def draft(number: int) -> Draft:
    return Draft(to=["rita@recipient.example"], subject=f"Order {number}", text="The truck arrives.")


def test_each_message_is_stored_in_its_order(world):
    open_relay(world.user)
    stored = submit_many(world.user, orders(7, kind="order"), submitted_by="erp")
    assert [message.subject for message in stored] == [f"Order {number}" for number in range(7)]
    rows = OutboxMessage.objects.filter(kind="order", submitted_by="erp")
    assert rows.count() == 7
    assert all(row.recipients.count() == 1 and b"truck" in row.content.unseal() for row in rows)


def test_one_that_is_refused_keeps_no_other_back(world):
    open_relay(world.user)
    bad = Submission(Draft(to=["nobody"]))
    first, refused, last = submit_many(
        world.user, [*orders(1), bad, Submission(draft(2))], submitted_by="erp"
    )
    assert isinstance(refused, InputError)
    assert refused.field == "to"
    assert set(OutboxMessage.objects.values_list("pk", flat=True)) == {first.pk, last.pk}


def test_the_same_keys_again_store_what_is_missing(world):
    open_relay(world.user)
    first = submit_many(world.user, orders(2), submitted_by="erp")
    again = submit_many(world.user, orders(4), submitted_by="erp")
    assert [message.pk for message in again[:2]] == [message.pk for message in first]
    assert OutboxMessage.objects.count() == 4


def test_a_key_twice_in_one_call_is_one_message_or_a_clash(world):
    open_relay(world.user)
    same, other = Submission(draft(1), "k"), Submission(draft(2), "k")
    first, second, clash = submit_many(world.user, [same, same, other], submitted_by="erp")
    assert first.pk == second.pk
    assert isinstance(clash, IdempotencyClash)


def test_a_key_used_by_another_process_meanwhile_is_that_message(world, monkeypatch):
    open_relay(world.user)
    insert = services.storing.insert

    def late(rows):
        monkeypatch.setattr(services.storing, "insert", insert)
        submit(world.user, draft(0), submitted_by="other", idempotency_key="order-0")
        insert(rows)

    monkeypatch.setattr(services.storing, "insert", late)
    stored = submit_many(world.user, orders(3), submitted_by="erp")
    assert [message.submitted_by for message in stored] == ["other", "erp", "erp"]
    assert OutboxMessage.objects.count() == 3


def test_what_is_stored_one_by_one_keeps_all_that_was_asked(world):
    open_relay(world.user)
    submit_many(world.user, orders(1), submitted_by="erp")
    options = {"priority": Priority.HIGH, "not_before": timezone.now() + timedelta(hours=1), "kind": "order"}
    message = submit_many(world.user, orders(2, **options), submitted_by="erp")[1]
    assert {name: getattr(message, name) for name in ("priority", "kind")} == {
        "priority": Priority.HIGH,
        "kind": "order",
    }
    assert message.due_at == options["not_before"]


def test_without_a_route_nothing_is_stored(world):
    with pytest.raises(NoRoute):
        submit_many(world.user, orders(2), submitted_by="erp")
    assert not OutboxMessage.objects.exists()


def test_a_part_is_stored_by_few_queries(world):
    open_relay(world.user)
    submit_many(world.user, orders(1), submitted_by="erp")
    with CaptureQueriesContext(connection) as queries:
        submit_many(world.user, [Submission(draft(number)) for number in range(30)], submitted_by="erp")
    assert len(queries) < 12
