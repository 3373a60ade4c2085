"""A message sent on behalf of another address: the lines of its header, and what is kept of it."""

import pytest

from sender import mime
from sender.mime import freeze_raw
from sender.mime.header import read_header
from tests.sender.messages import DATE, SENDER

ORDERS = "orders@nordicfreight.example"
TO = b"To: uwe.user@nordicfreight.example\r\n"


def freeze(raw: bytes, **options: object) -> mime.Frozen:
    return freeze_raw(raw + b"\r\nHello\r\n", sender=ORDERS, actual_sender=SENDER, date=DATE, **options)


def lines(frozen: mime.Frozen, name: str) -> list[str]:
    return [field.text for field in read_header(frozen.mime) if field.name == name]


def test_a_finished_message_without_from_gets_both_lines():
    frozen = freeze(TO)
    assert (lines(frozen, "from"), lines(frozen, "sender")) == ([ORDERS], [SENDER])
    assert frozen.envelope_from == SENDER


def test_a_finished_message_from_the_mailbox_gets_the_line_that_is_missing():
    frozen = freeze(f"From: Orders <{ORDERS}>\r\n".encode() + TO)
    assert (lines(frozen, "from"), lines(frozen, "sender")) == ([f"Orders <{ORDERS}>"], [SENDER])


@pytest.mark.parametrize(
    "header", [f"From: {SENDER}\r\n", f"Sender: {SENDER}\r\nFrom: {ORDERS}\r\n"], ids=["himself", "both"]
)
def test_a_finished_message_that_is_complete_stays_as_it_is(header):
    raw = header.encode() + b"Date: x\r\nMessage-ID: <a@b.example>\r\n" + TO
    assert freeze(raw).mime == raw + b"\r\nHello\r\n"


def test_who_is_named_in_from_is_told_apart_from_who_sends():
    frozen = freeze(TO)
    assert mime.is_from(frozen, ORDERS)
    assert not mime.is_from(frozen, SENDER)
