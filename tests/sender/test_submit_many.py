"""Many messages handed over at once: each stored or told why not, the same keys never twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import InputError
from mailsettings.models import AgreementText
from sender import mime, route_limit, services
from sender.mime import Attachment
from sender.models import OutboxMessage, Priority
from sender.routing import NoRoute
from sender.services import (
    SURELY_SMALL,
    Draft,
    IdempotencyClash,
    Submission,
    submit,
    submit_many,
)
from tests.sender.helpers import open_relay
from webhooks import listening
from webhooks.models import Endpoint


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
    insert_many = services.storing.insert_many

    def late(rows):
        submit(world.user, draft(0), submitted_by="other", idempotency_key="order-0")
        insert_many(rows)

    monkeypatch.setattr(services.storing, "insert_many", late)
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


def test_those_with_an_agreement_or_large_files_are_stored_among_the_others(world):
    open_relay(world.user)
    AgreementText.objects.create(
        company=world.company, kind="carrier_order", language="en", html="<p>Our terms apply.</p>"
    )
    file = Attachment("photo.jpg", b"\xff" * 3_000_000)
    asked = [
        Submission(draft(0)),
        Submission(draft(1), agreement="carrier_order"),
        Submission(Draft(to=["rita@recipient.example"], attachments=[file])),
        Submission(draft(3), agreement="nothing of the kind"),
    ]
    plain, agreed, large, refused = submit_many(world.user, asked, submitted_by="erp")
    assert b"Our terms apply." in agreed.content.unseal()
    assert b"Our terms apply." not in plain.content.unseal()
    assert large.size_bytes > 4_000_000
    assert refused.field == "agreement"
    assert OutboxMessage.objects.count() == 3


def test_what_counts_as_small_is_so_however_it_is_encoded():
    given = {"text": "🚚" * (SURELY_SMALL // 2), "html": "\x0b" * (SURELY_SMALL // 2)}
    frozen = mime.compose(sender="a@x.example", to=["b@x.example"], date=timezone.now(), **given)
    assert (
        frozen.size_bytes + 1_048_576 < route_limit.ALWAYS_FITS_BYTES
    )  # with the largest header there can be


def test_an_error_while_they_are_made_stores_none(world, monkeypatch):
    open_relay(world.user)
    submit_many(world.user, orders(1), submitted_by="erp")
    checked = services.size_limit.check

    def failing_at_the_third(frozen, limit):
        checked(frozen, limit)
        if frozen.subject == "Order 2":
            raise ZeroDivisionError

    monkeypatch.setattr(services.size_limit, "check", failing_at_the_third)
    with pytest.raises(ZeroDivisionError):
        submit_many(world.user, [Submission(draft(number)) for number in range(5)], submitted_by="erp")
    assert OutboxMessage.objects.count() == 1


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


def test_who_listens_is_looked_up_before_the_first_is_stored(world, monkeypatch):
    open_relay(world.user)
    submit_many(world.user, orders(1), submitted_by="erp")
    monkeypatch.setattr(listening, "FRESH_S", -1)  # each question is a look into the database
    with CaptureQueriesContext(connection) as queries:
        submit_many(world.user, [Submission(draft(number)) for number in range(5)], submitted_by="erp")
    assert sum(Endpoint._meta.db_table in query["sql"] for query in queries) == 1


@pytest.mark.parametrize("key", ["a\0b", "a\udc80", "k" * 201])
def test_what_is_no_key_is_told_by_its_message_alone(world, key):
    open_relay(world.user)
    first, refused = submit_many(
        world.user, [*orders(1), Submission(draft(1), idempotency_key=key)], submitted_by="erp"
    )
    assert first.subject == "Order 0"
    assert (type(refused), refused.field) == (InputError, "idempotency_key")
