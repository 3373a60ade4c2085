from pathlib import Path

import pytest
from django.conf import settings

from sandbox import letters
from sandbox.pages import reading

MESSAGES = settings.BASE_DIR.parent / "shared" / "data" / "messages"


def test_cutting_a_field_leaves_every_other_byte():
    raw = b"To: a@b.example\r\nBCC :\tx@y.example,\r\n z@y.example\r\nX: \xff 1\r\n\r\nBcc: body\r\n"
    assert letters.without(raw, {"bcc"}) == b"To: a@b.example\r\nX: \xff 1\r\n\r\nBcc: body\r\n"


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"body only", b"A: b", b"A: b\n\nbody", b"garbage\r\nA: b\r\n\r\n"]
)
def test_splitting_loses_nothing(raw):
    fields, rest = letters.split(raw)
    assert b"".join(field.raw for field in fields) + rest == raw


def test_a_message_that_starts_with_its_body_has_no_fields():
    assert letters.values(b"\r\nTo: a@b.example\r\n\r\nx", "to") == []


def test_addresses_are_read_from_folded_fields_with_names_and_groups():
    raw = b'To: "Doe, J" <j@a.example>,\r\n k@a.example\r\nCc: team: l@a.example;, undisclosed:;\r\n\r\n'
    assert letters.addresses(raw, "to", "cc") == ["j@a.example", "k@a.example", "l@a.example"]


def test_encoded_words_are_read_and_broken_ones_left():
    assert letters.decoded("=?iso-8859-13?q?Labr=EEt?=") == "Labrīt"
    assert letters.decoded("=?nonsense?q?x?=") == "=?nonsense?q?x?="


@pytest.mark.parametrize("text", ["a@b.example", "a.b+c@b.example", '"a b"@b.example', "jānis@b.example"])
def test_good_addresses_are_taken(text):
    assert letters.is_address(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "@b", "a b@c.example", "a@b@c.example", "<a@b.example>", "a@b.example\r"]
)
def test_bad_addresses_are_not(text):
    assert not letters.is_address(text)


@pytest.mark.skipif(not MESSAGES.is_dir(), reason="the collection of odd messages is not part of the project")
def test_no_odd_message_of_the_collection_breaks_reading_or_splitting():
    files: list[Path] = sorted(MESSAGES.glob("*.eml"))
    assert files
    for file in files:
        raw = file.read_bytes()
        fields, rest = letters.split(raw)
        assert b"".join(field.raw for field in fields) + rest == raw
        assert reading.read(raw).text is not None
        letters.addresses(raw, "to", "cc", "bcc", "from")
        letters.decoded("".join(letters.values(raw, "subject")))
