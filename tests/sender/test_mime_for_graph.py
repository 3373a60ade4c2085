from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from sender.mime import for_graph, freeze_raw
from tests.sender.messages import DATE, SENDER, made_messages

BODY = b"From: ulla.user@nordicfreight.example\r\nDate: x\r\nMessage-ID: <1@x.example>\r\n\r\nTo: in the body\r\n"


def frozen(top, recipients):
    return freeze_raw(top + BODY, sender=SENDER, recipients=recipients, date=DATE)


def named(mime):
    """Everyone another mail program would deliver to."""
    message = message_from_bytes(mime, policy=policy.default)
    fields = [
        field for name in ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc") for field in message.get_all(name, [])
    ]
    return {address.addr_spec for field in fields for address in field.addresses}


@pytest.mark.parametrize(("name", "raw"), made_messages().items())
def test_a_message_whose_header_names_the_envelope_is_not_touched(name, raw):
    assert for_graph(freeze_raw(raw, sender=SENDER, date=DATE)) == raw


def test_blind_recipients_stand_in_the_first_header_line():
    item = frozen(b"To: A <a@x.example>\r\n", ["a@x.example", "b@x.example", "c@x.example"])
    assert for_graph(item) == b"Bcc: b@x.example,\r\n c@x.example\r\nTo: A <a@x.example>\r\n" + BODY


def test_a_thousand_blind_recipients_stay_within_the_line_limit():
    many = [f"person{n}@customer{n}.example" for n in range(1000)]
    mime = for_graph(frozen(b"", many))
    assert max(map(len, mime.split(b"\r\n"))) < 998
    assert named(mime) == set(many)


def test_people_only_the_header_names_get_nothing():
    top = 'To: "B, Ö" <a@x.example>,\r\n stranger@x.example\r\nCc: other@x.example\r\n'.encode()
    item = frozen(top, ["a@x.example"])
    assert for_graph(item) == 'To: "B, Ö" <a@x.example>\r\n'.encode() + BODY


def test_after_a_part_was_served_only_the_rest_is_named():
    item = frozen(
        b"To: a@x.example, b@x.example\r\nCc: c@x.example\r\n", ["a@x.example", "c@x.example", "d@x.example"]
    )
    assert named(for_graph(replace(item, to=(), bcc=()))) == {"c@x.example"}


@pytest.mark.parametrize(
    "top",
    [
        b"To: a@x.example stranger@x.example\r\n",
        b"To: a@x.example; stranger@x.example\r\n",
        b"To: Group: stranger@x.example;, a@x.example\r\n",
        b"To: a@x.example\r\nTo: stranger@x.example\r\n",
        b"TO : stranger@x.example\r\n",
        b"Cc:\r\n stranger@x.example,\r\n\ta@x.example\r\n",
        b"To: a@x.example\r\nResent-To: stranger@x.example\r\n",
        b"To: a@x.example\r\nResent-Cc: a@x.example stranger@x.example\r\n",
        b"To: =?utf-8?q?stranger=40x.example=2C?= <a@x.example>, stranger@x.example\r\n",
        b"Bcc: stranger@x.example\r\nTo: a@x.example\r\n",
        b"Resent-Bcc: stranger@x.example\r\n",
    ],
)
def test_a_stranger_never_gets_the_mail_however_he_is_written(top):
    mime = for_graph(frozen(top, ["a@x.example"]))
    assert b"stranger@x.example" not in mime
    assert named(mime) == {"a@x.example"}
    assert mime.endswith(BODY)


def test_two_to_lines_become_one():
    item = frozen(b"To: A <a@x.example>\r\nTo: b@x.example\r\n", None)
    assert for_graph(item) == b"To: A <a@x.example>,\r\n b@x.example\r\n" + BODY


def test_an_unquoted_name_that_reads_as_a_strangers_address_goes():
    item = frozen(b"To: stranger@x.example <a@x.example>, B <b@x.example>\r\n", None)
    assert for_graph(item) == b"To: a@x.example,\r\n B <b@x.example>\r\n" + BODY


@pytest.mark.parametrize("name", ["a@x.example", '"stranger@x.example"', "A (stranger@x.example)"])
def test_a_name_that_nobody_takes_for_a_strangers_address_stays(name):
    top = f"To: {name} <A@x.example>\r\n".encode()
    assert for_graph(frozen(top, None)) == top + BODY
