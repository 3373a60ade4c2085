"""Handing over: stored whole or not at all, the same key never twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connections

from core.errors import InputError
from sender import outbox
from sender.mime import Attachment
from sender.models import Content, OutboxMessage, Priority, RecipientOutcome
from sender.routing import LADDER, NoRoute
from sender.services import Draft, IdempotencyClash, RawMessage, Submission, submit, submit_many
from tests.sender.helpers import hand_over, open_relay

ORDER = Draft(to=["rita@recipient.example"], subject="Order 1")


def test_a_message_is_stored_with_its_route_and_recipients(world):
    message = hand_over(world.user, cc=["carl@recipient.example"], bcc=["secret@recipient.example"])
    assert message.state == "waiting"
    assert message.person == world.user.user.email
    assert "mail.alpha.example" in message.route_reason
    passed_over = [rung["method"] for rung in message.refused_rungs]
    assert len(passed_over) == len(LADDER) - 1
    assert passed_over[0] == "microsoft_graph"
    assert {(r.address, r.kind) for r in message.recipients.all()} == {
        ("rita@recipient.example", "to"),
        ("carl@recipient.example", "cc"),
        ("secret@recipient.example", "bcc"),
    }


def test_the_stored_text_is_encrypted_and_names_no_bcc(world):
    message = hand_over(world.user, bcc=["secret@recipient.example"])
    stored = bytes(Content.objects.get(message=message).ciphertext)
    assert b"truck" not in stored
    mime = message.content.unseal()
    assert b"truck" in mime
    assert b"secret@recipient.example" not in mime


def test_without_a_route_nothing_is_stored(world):
    with pytest.raises(NoRoute):
        submit(world.user, Draft(to=["rita@recipient.example"]), submitted_by="test")
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    "draft",
    [
        Draft(to=["not an address"]),
        Draft(to=[]),
        Draft(to=["rita@recipient.example"], subject="Hi\r\nBcc: x@y.example"),
        Draft(to=["rita@recipient.example"], headers={"X-A": "=?utf-8?q?a=0d=0aBcc=3ax?="}),
    ],
)
def test_what_cannot_be_sent_is_refused_and_leaves_nothing_behind(world, draft):
    open_relay(world.user)
    with pytest.raises(InputError):
        submit(world.user, draft, submitted_by="test")
    assert not OutboxMessage.objects.exists()
    assert not RecipientOutcome.objects.exists()


@pytest.mark.parametrize("kind", ["k" * 33, "order\0", "order\udc80"])
def test_a_kind_that_cannot_be_stored_is_refused(world, kind):
    open_relay(world.user)
    with pytest.raises(InputError, match="kind"):
        submit(world.user, Draft(to=["rita@recipient.example"]), submitted_by="test", kind=kind)
    assert not OutboxMessage.objects.exists()


def test_the_same_key_gives_the_same_message(world):
    first = hand_over(world.user, idempotency_key="order-1")
    again = hand_over(world.user, idempotency_key="order-1")
    assert first.pk == again.pk
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Order 2"},
        {"attachments": [Attachment("a.pdf", b"%PDF")]},
        {"bcc": ["b@recipient.example"]},
    ],
)
def test_the_same_key_with_another_message_is_an_error(world, changed):
    hand_over(world.user, idempotency_key="order-1")
    with pytest.raises(IdempotencyClash):
        hand_over(world.user, idempotency_key="order-1", **changed)


def test_a_colleague_cannot_take_a_key_for_his_own_message(world):
    hand_over(world.user, idempotency_key="order-1")
    with pytest.raises(IdempotencyClash):
        hand_over(world.colleague, idempotency_key="order-1")


def test_another_company_may_use_the_same_key(world):
    hand_over(world.user, idempotency_key="order-1")
    other = hand_over(world.stranger, idempotency_key="order-1")
    assert other.company == world.stranger.company


@pytest.mark.django_db(transaction=True)
def test_eight_threads_with_one_key_store_one_message(world):
    open_relay(world.user)

    def go(_number: int) -> object:
        try:
            return hand_over(world.user, idempotency_key="order-1").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(go, range(8)))
    assert len(ids) == 1
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_stored_is_given_back_though_workers_cannot_be_told(world, monkeypatch):
    """Whoever met an error would hand it over once more; the sweep finds it within a minute."""

    def lost(*_facts) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(outbox, "due", lost)
    messages = [hand_over(world.user), *submit_many(world.user, [Submission(ORDER)], submitted_by="test")]
    assert list(OutboxMessage.objects.order_by("pk")) == messages


def test_a_message_may_have_more_recipients_than_one_statement_takes(world):
    crowd = [f"person{number}@recipient.example" for number in range(600)]
    message = hand_over(world.user, bcc=crowd)
    assert message.recipients.count() == 601
    assert message.content.unseal().count(b"recipient.example") == 1


def test_what_is_given_back_is_what_is_stored(world):
    message = hand_over(world.user, kind="order", idempotency_key="order-1", priority=Priority.HIGH)
    stored = OutboxMessage.objects.get(pk=message.pk)
    for field in OutboxMessage._meta.concrete_fields:
        assert getattr(message, field.attname) == getattr(stored, field.attname), field.name
    message.refused_rungs.clear()
    assert hand_over(world.user).refused_rungs == stored.refused_rungs
    message.kind = "changed"
    message.save(update_fields=["kind"])


def test_a_raw_message_keeps_its_bytes(world):
    open_relay(world.user)
    raw = (
        b"From: bob@people.example\r\nTo: rita@recipient.example\r\nDate: Sat, 21 Nov 2026 10:00:00 +0200\r\n"
        b"Message-ID: <1@people.example>\r\nSubject: =?utf-8?q?R=C4=ABga?=\r\n\r\nHi\r\n"
    )
    message = submit(world.user, RawMessage(raw), submitted_by="test")
    assert message.content.unseal() == raw
    assert (message.message_id, message.subject) == ("<1@people.example>", "Rīga")
