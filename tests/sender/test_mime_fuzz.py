"""Whatever comes in is refused, or leaves with no changes but the listed ones."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sender.mime import Frozen, MessageRefused, freeze_raw
from tests.sender.messages import DATE, SENDER

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "messages"


def outcome(raw, recipients=("uwe.user@nordicfreight.example",)) -> Frozen | str:
    """The frozen message, or the sentence it was refused with."""
    try:
        return freeze_raw(raw, sender=SENDER, recipients=recipients, date=DATE)
    except MessageRefused as refused:
        return refused.message


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder shared/ with the sample messages is not there")
@pytest.mark.parametrize("recipients", [None, ["someone@customer.example"]])
def test_the_sample_messages_are_sent_unharmed_or_refused_with_a_sentence(recipients):
    paths = sorted(SAMPLES.glob("*.eml"))
    taken = 0
    for path in paths:
        frozen = outcome(path.read_bytes(), recipients)
        if isinstance(frozen, str):
            assert frozen.endswith("."), path.name
        else:
            assert_only_listed_changes(path.read_bytes(), frozen.mime)
            taken += 1
    assert taken > len(paths) * 0.8


def assert_only_listed_changes(raw, mime):
    """Written without the product's code: added lines are cut off the top, blind fields out of the input."""
    expected = re.sub(rb"(\r+\n)|\r|\n", b"\r\n", raw)
    expected = re.sub(rb"\AFrom (?![ \t]*:)[^\r\n]*\r\n", b"", expected)
    head, blank, body = expected.partition(b"\r\n\r\n")
    lines = [line for line in re.split(rb"\r\n(?![ \t])", head) if line]
    valued = {re.match(rb"[^\s:]+", line)[0].lower() for line in lines if line.partition(b":")[2].strip()}
    missing = {b"message-id", b"date", b"from"} - valued
    gone = rb"(?i)(%s)[ \t]*:" % b"|".join([b"bcc", b"resent-bcc", *missing])
    kept = [line for line in lines if not re.match(gone, line)]
    added = len(missing)
    rest = mime.split(b"\r\n", added)[added]
    ended = bool(blank) or head.endswith(b"\r\n") or (bool(lines) and lines[-1] not in kept)
    expected = b"".join(line + b"\r\n" for line in kept)
    expected = expected if ended else expected.removesuffix(b"\r\n")
    assert rest == expected + (b"\r\n" + body if blank else b"")


LINES = (
    *(
        b"From: a@x.example",
        b"To: b@x.example, c@x.example",
        b"Bcc: d@x.example",
        b"bCC :",
        b"Resent-Bcc: z@x",
    ),
    *(
        b"Date:",
        b"Date: x",
        b"Message-ID: <1@x.example>",
        b"Subject: \xc3\xa4",
        b"Cc: <",
        b"X: =",
        b"body: text",
    ),
    *(b"", b"", b" ", b"\tfolded", b"no colon", b"From x y", b".", b"..", b"\xff", b"y" * 999, b"a\0b"),
)
LINE_ENDS = (b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n", b"")
MESSAGES = st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(LINE_ENDS))).map(
    lambda parts: b"".join(line + end for line, end in parts)
)


@given(raw=MESSAGES | st.binary(max_size=300))
@example(raw=b"Bcc: d@x.example")
@example(raw=b"Bcc: d@x.example\r\n\r\n")
@example(raw=b"Date:\r\nBcc: x\r\n \r\n\r\nbody")
@example(raw=b"X: 1\r\nBcc: d@x.example")
def test_any_bytes_are_refused_or_arrive_with_only_the_listed_changes(raw):
    frozen = outcome(raw)
    if isinstance(frozen, str):
        assert frozen.endswith(".")
    else:
        assert_only_listed_changes(raw, frozen.mime)
        again = outcome(frozen.mime)
        assert isinstance(again, Frozen)
        assert again.mime == frozen.mime
