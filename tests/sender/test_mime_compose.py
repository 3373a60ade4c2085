from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sender.mime import Attachment, MessageRefused, compose
from sender.mime.address import parse_list
from sender.mime.header import read_header
from tests.sender.messages import DATE, SENDER

TO = ["uwe.user@nordicfreight.example"]
PIXEL = b"\x89PNG\r\n\x1a\n\x00"


def made(**parts):
    return compose(**({"sender": SENDER, "to": TO, "date": DATE} | parts))


def read(frozen):
    """As another mail program reads it."""
    return message_from_bytes(frozen.mime, policy=policy.default)


def refusal(**parts):
    with pytest.raises(MessageRefused) as caught:
        made(**parts)
    assert str(caught.value.message).endswith(".")
    return caught.value


def test_a_plain_message_reads_as_it_was_written():
    frozen = made(
        sender_name="Ulla User", cc=["Ann <ann@customer.example>"], subject="Order 7", text="Hello\n.\nBye"
    )
    message = read(frozen)
    assert message["From"].addresses[0].display_name == "Ulla User"
    assert message["Cc"].addresses[0].addr_spec == "ann@customer.example"
    assert (message["Subject"], frozen.subject) == ("Order 7", "Order 7")
    assert parsedate_to_datetime(message["Date"]) == DATE
    assert message.get_content().splitlines() == ["Hello", ".", "Bye"]
    assert frozen.envelope_from == SENDER
    assert (frozen.to, frozen.cc, frozen.bcc) == (tuple(TO), ("ann@customer.example",), ())


def test_the_message_id_is_in_the_senders_domain_and_can_be_given():
    frozen = made()
    assert frozen.message_id.endswith("@nordicfreight.example>")
    assert read(frozen)["Message-ID"] == frozen.message_id
    assert made(message_id="<7@x.example>").message_id == "<7@x.example>"
    assert made().message_id != frozen.message_id


def test_letters_of_every_language_arrive_in_names_subjects_and_texts():
    words = "Pasūtījums Nr. 7 — žuvis, ąčęė, Ωμέγα, 配送 🚚 "
    frozen = made(
        sender_name="Ūlla, “Ü” Bērziņš",
        to=[f"Jānis {words} <janis@bücher.example>"],
        subject=words * 9,
        text=words,
    )
    message = read(frozen)
    assert message["From"].addresses[0].display_name == "Ūlla, “Ü” Bērziņš"
    # Not read with `policy.default`: Python 3.11 puts a space between encoded words that RFC 2047 joins.
    to = message_from_bytes(frozen.mime)["To"]
    assert str(make_header(decode_header(to))) == f"Jānis {words.strip()} <janis@xn--bcher-kva.example>"
    assert message["To"].addresses[0].addr_spec == "janis@xn--bcher-kva.example"
    assert message["Subject"] == (words * 9)
    assert message.get_content().strip() == words.strip()
    assert frozen.mime.isascii()
    assert not frozen.needs_smtputf8
    assert max(map(len, frozen.mime.split(b"\r\n"))) <= 120


def test_an_address_with_other_letters_needs_smtputf8():
    frozen = made(to=["Jörg <jörg@x.example>"])
    assert frozen.needs_smtputf8
    assert "<jörg@x.example>".encode() in frozen.mime


def test_blind_copies_are_in_the_envelope_only_and_doubles_go():
    frozen = made(to=["a@x.example"], cc=["A@x.example", "b@x.example"], bcc=["b@x.example", "c@x.example"])
    assert (frozen.to, frozen.cc, frozen.bcc) == (("a@x.example",), ("b@x.example",), ("c@x.example",))
    assert b"c@x.example" not in frozen.mime
    assert b"bcc:" not in frozen.mime.lower()


def test_bcc_alone_is_enough():
    frozen = made(to=[], bcc=["c@x.example"])
    assert frozen.recipients == ("c@x.example",)
    assert "to" not in [field.name for field in read_header(frozen.mime)]


@pytest.mark.parametrize(
    "several",
    [
        "Jane <jane@x.example>, Bob <bob@y.example>",
        "jane@x.example, Bob <bob@y.example>",
        "Jane <jane@x.example>; <bob@y.example>",
        "jane@x.example;bob@y.example",
        "jane@x.example, bob@y.example",
    ],
)
@pytest.mark.parametrize("kind", ["to", "bcc", "reply_to"])
def test_several_addresses_in_one_entry_are_refused_and_none_becomes_a_name(several, kind):
    with pytest.raises(MessageRefused, match="more than one address") as refused:
        made(**{kind: [several]})
    assert refused.value.field == kind


def test_an_endless_entry_is_refused_without_being_gone_through_again_and_again():
    with pytest.raises(MessageRefused):
        made(to=["a@" * 200_000])  # with each @ tried against all that follows, this would take half an hour


@pytest.mark.parametrize(
    "one",
    [
        "Doe, Jane <a@x.example>",
        '"j@x.example, Jane" <a@x.example>',
        "Jane@Home <a@x.example>",
        "A; B <a@x.example>",
    ],
)
def test_a_comma_in_a_name_makes_no_second_address(one):
    assert made(to=[one]).to == ("a@x.example",)


def test_a_name_that_looks_like_addresses_stays_a_name():
    tricky = 'eve@spy.example, "Eve" x; (y) \\ '
    escaped = tricky.replace("\\", r"\\").replace('"', r"\"")
    frozen = made(
        to=[f'"{escaped}" <a@x.example>'],
        sender_name=tricky.strip(),
        reply_to=['"Ü <eve@spy.example>," <r@x.example>'],
    )
    (to_field,) = [field for field in read_header(frozen.mime) if field.name == "to"]
    assert [box.address for box in parse_list(to_field.text, "to")] == ["a@x.example"]
    assert [a.addr_spec for a in read(frozen)["To"].addresses] == ["a@x.example"]
    assert [a.addr_spec for a in read(frozen)["Reply-To"].addresses] == ["r@x.example"]


def test_text_html_images_and_files_take_their_places():
    frozen = made(
        text="plain",
        html='<p>ö <img src="cid:logo@x"></p>',
        attachments=[
            Attachment("Sąskaita „7“.pdf", b"%PDF-1.7\n\xff", "application/pdf"),
            Attachment("logo.png", PIXEL, content_id="logo@x"),
            Attachment("rows.csv", b"a;b\n1;2\r3"),
            Attachment("old.eml", b"From: a@x.example\n\nbody", "message/rfc822"),
            Attachment("data.tar.gz", b"\x1f\x8b"),
        ],
    )
    message = read(frozen)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
        "text/csv",
        "application/octet-stream",
        "application/octet-stream",
    ]
    files = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
    assert files["Sąskaita „7“.pdf"] == b"%PDF-1.7\n\xff"
    assert files["rows.csv"] == b"a;b\n1;2\r3"
    assert files["old.eml"] == b"From: a@x.example\n\nbody"
    (image,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert (image["Content-ID"], image.get_content()) == ("<logo@x>", PIXEL)
    assert [field.name for field in read_header(frozen.mime)].count("mime-version") == 1
    assert not frozen.is_8bit


@pytest.mark.parametrize(
    ("parts", "structure"),
    [
        ({}, ["text/plain"]),
        ({"html": "<p>x</p>"}, ["text/html"]),
        ({"text": "x", "html": "<p>x</p>"}, ["multipart/alternative", "text/plain", "text/html"]),
        (
            {"html": '<img src="cid:i">', "attachments": [Attachment("i.png", PIXEL, content_id="i")]},
            ["multipart/related", "text/html", "image/png"],
        ),
        (
            {"attachments": [Attachment("a.bin", b"")]},
            ["multipart/mixed", "text/plain", "application/octet-stream"],
        ),
    ],
)
def test_the_message_has_no_more_parts_than_it_needs(parts, structure):
    assert [part.get_content_type() for part in read(made(**parts)).walk()] == structure


def test_other_headers_arrive_whole_and_long_ids_unbroken():
    long_id = "<" + "a" * 300 + "@x.example>"
    references = " ".join(f"<{n}@x.example>" for n in range(50))
    frozen = made(
        headers={"In-Reply-To": long_id, "References": references, "X-Order": "7", "X-Stadt": "Köln"}
    )
    message = read(frozen)
    assert message["In-Reply-To"] == long_id
    assert message["References"].split() == references.split()
    assert (message["X-Order"], message["X-Stadt"]) == ("7", "Köln")


INJECTIONS = [
    "x\r\nBcc: eve@spy.example",
    "x\nBcc: eve@spy.example",
    "x\rBcc: eve@spy.example",
    "x\0",
    "x\x85Bcc: eve@spy.example",
    "x\u2028Bcc: eve@spy.example",
    "=?utf-8?q?hi=0d=0aBcc=3a_eve=40spy.example?=",
    "=?utf-8?b?aGkNCkJjYzogeA==?=",
    "\ud800",
]


@pytest.mark.parametrize("evil", INJECTIONS)
@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("subject", lambda evil: {"subject": evil}),
        ("sender_name", lambda evil: {"sender_name": evil}),
        ("to", lambda evil: {"to": [f"{evil} <a@x.example>"]}),
        ("cc", lambda evil: {"cc": [f"{evil} <a@x.example>"]}),
        ("bcc", lambda evil: {"bcc": [f"{evil} <a@x.example>"]}),
        ("reply_to", lambda evil: {"reply_to": [f"{evil} <a@x.example>"]}),
        ("to", lambda evil: {"to": [f"a@x.example{evil}"]}),
        ("headers", lambda evil: {"headers": {"X-Evil": evil}}),
        ("headers", lambda evil: {"headers": {evil: "x"}}),
        ("attachments", lambda evil: {"attachments": [Attachment(evil, b"")]}),
        ("attachments", lambda evil: {"attachments": [Attachment("a", b"", content_type=f"a/{evil}")]}),
        ("attachments", lambda evil: {"html": "x", "attachments": [Attachment("a", b"", content_id=evil)]}),
        ("message_id", lambda evil: {"message_id": f"<a{evil}@x.example>"}),
        ("sender", lambda evil: {"sender": f"a{evil}@x.example"}),
    ],
)
def test_nothing_a_person_types_becomes_a_header_line(field, parts, evil):
    assert refusal(**parts(evil)).field == field


@pytest.mark.parametrize(
    "name",
    [
        *("From", "BCC", "to", "Cc", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version"),
        *("Return-Path", "Content-Type", "Resent-To", "Resent-Bcc", "Received", "DKIM-Signature"),
        *("", "X Y", "X:", "Ü", "X" * 71),
    ],
)
def test_headers_that_are_not_the_callers_cannot_be_set(name):
    assert refusal(headers={name: "a@x.example"}).field == "headers"


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"to": []}, "to"),
        ({"to": ["nobody"]}, "to"),
        ({"cc": ["a@x.example, b@x.example"]}, "cc"),
        ({"to": ["Name <a@x.example"]}, "to"),
        ({"sender": "nobody"}, "sender"),
        ({"reply_to": ["x"]}, "reply_to"),
        ({"message_id": "7@x.example"}, "message_id"),
        ({"text": "a\0b"}, "text"),
        ({"html": "\ud800"}, "html"),
        ({"attachments": [Attachment("a", b"", content_id="i")]}, "attachments"),
        ({"attachments": [Attachment("a", b"", content_type="pdf")]}, "attachments"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_the_part_at_fault(parts, field):
    assert refusal(**parts).field == field


def test_the_content_of_a_file_is_not_in_its_representation():
    assert "secret" not in repr(Attachment("a.txt", b"secret"))


@given(subject=st.text(max_size=300), name=st.text(max_size=80), body=st.text(max_size=300))
def test_any_text_is_refused_or_read_back_as_it_was(subject, name, body):
    try:
        frozen = made(subject=subject, sender_name=name, text=body)
    except MessageRefused as refused:
        error = refused.field
    else:
        error = ""
        names = [field.name for field in read_header(frozen.mime)]
        assert names[:5] == ["from", "to", "subject", "date", "message-id"]
        assert "".join(read(frozen)["Subject"].split()) == "".join(subject.split())
    assert error in ("", "subject", "sender_name", "text")


def test_who_sends_on_behalf_stands_in_sender_and_in_the_envelope():
    frozen = made(sender="orders@nordicfreight.example", sender_name="Orders", actual_sender=SENDER)
    message = read(frozen)
    assert (message["From"], message["Sender"]) == ("Orders <orders@nordicfreight.example>", SENDER)
    assert frozen.envelope_from == SENDER
    assert frozen.message_id.endswith("@nordicfreight.example>")


def test_from_itself_needs_no_sender_line():
    assert read(made(actual_sender=SENDER))["Sender"] is None
