import re

import pytest

from sender.mime import MessageRefused, freeze_raw, read_top
from tests.sender.messages import DATE, PLAIN, SENDER, TOP, made_messages


def freeze(raw, recipients=("uwe.user@nordicfreight.example",), **options):
    return freeze_raw(raw, sender=SENDER, recipients=recipients, date=DATE, **options)


def refusal(raw, recipients=("uwe.user@nordicfreight.example",), **options):
    with pytest.raises(MessageRefused) as caught:
        freeze(raw, recipients, **options)
    assert re.fullmatch(r"[^\n]*\.", caught.value.message), "a whole sentence"
    return caught.value


@pytest.mark.parametrize(("name", "raw"), made_messages().items())
def test_a_complete_message_keeps_every_byte(name, raw):
    assert freeze(raw).mime == raw


@pytest.mark.parametrize(("name", "raw"), made_messages().items())
def test_only_line_ends_change_where_they_are_bare(name, raw):
    assert freeze(raw.replace(b"\r\n", b"\n")).mime == raw
    assert freeze(raw.replace(b"\r\n", b"\r")).mime == raw
    assert freeze(raw.replace(b"\r\n", b"\r\r\n")).mime == raw


@pytest.mark.parametrize(
    "blind",
    [
        b"Bcc: eve@spy.example\r\n",
        b"BCC:eve@spy.example\r\n",
        b"bcc  :\teve@spy.example\r\n",
        b"Bcc:\r\n eve@spy.example,\r\n\tbob@spy.example\r\n",
        b"Bcc:\r\n",
        b"Bcc: a@spy.example\r\nX-Between: 1\r\nbCC: b@spy.example\r\n",
        b"Resent-Bcc: eve@spy.example\r\n",
    ],
)
def test_blind_copies_leave_the_header_in_every_spelling(blind):
    mime = freeze(TOP + blind + b"Subject: s\r\n\r\nBcc: in the body stays\r\n").mime
    between = b"X-Between: 1\r\n" if b"Between" in blind else b""
    assert mime == TOP + between + b"Subject: s\r\n\r\nBcc: in the body stays\r\n"


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\r\n"])
def test_a_bcc_after_a_bare_line_end_is_found_too(line_end):
    frozen = freeze(TOP + b"X: 1" + line_end + b"Bcc: eve@spy.example\r\n\r\nbody\r\n", recipients=None)
    assert b"spy.example" not in frozen.mime
    assert frozen.bcc == ("eve@spy.example",)


def test_bcc_of_an_attached_message_is_content_and_stays():
    inner = b"Content-Type: message/rfc822\r\n\r\nBcc: kept@customer.example\r\n\r\ninner\r\n"
    assert freeze(TOP + inner).mime == TOP + inner


def test_the_recipients_are_those_of_the_header():
    raw = (
        b"From: ulla.user@nordicfreight.example\r\nTo: A <a@x.example>, b@x.example, A@x.example\r\n"
        b"To: c@x.example\r\nCc: b@x.example, d@x.example\r\nBcc: e@x.example, d@x.example\r\n\r\n"
    )
    frozen = freeze(raw, recipients=None)
    assert frozen.to == ("a@x.example", "b@x.example", "c@x.example")
    assert frozen.cc == ("d@x.example",)
    assert frozen.bcc == ("e@x.example",)
    assert frozen.recipients == (*frozen.to, *frozen.cc, *frozen.bcc)


def test_given_recipients_are_exactly_those_who_get_the_mail():
    raw = b"To: a@x.example, b@x.example\r\nCc: c@x.example\r\nBcc: d@x.example\r\n\r\nbody\r\n"
    frozen = freeze(raw, recipients=["new@x.example", "B@x.example", "c@x.example", "new@x.example"])
    assert (frozen.to, frozen.cc, frozen.bcc) == (("B@x.example",), ("c@x.example",), ("new@x.example",))


def test_given_recipients_do_not_need_a_readable_to_line():
    frozen = freeze(b"To: a@x.example b@x.example\r\n\r\nbody\r\n", recipients=["a@x.example"])
    assert frozen.bcc == ("a@x.example",)


def test_what_is_missing_is_put_on_top():
    frozen = freeze(b"To: a@x.example\r\n\r\nbody\r\n", recipients=None)
    top, rest = frozen.mime.split(b"To: ", 1)
    assert rest == b"a@x.example\r\n\r\nbody\r\n"
    assert re.fullmatch(
        rb"Message-ID: <[0-9a-f]{32}@nordicfreight\.example>\r\n"
        rb"Date: Sat, 21 Nov 2026 09:30:00 \+0000\r\nFrom: ulla\.user@nordicfreight\.example\r\n",
        top,
    )
    assert frozen.message_id.encode() in top


def test_a_field_without_a_value_counts_as_missing_and_is_not_doubled():
    frozen = freeze(b"From:\r\nDate: \r\nMessage-Id:\r\n \t\r\nSubject:\r\nTo: a@x.example\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in frozen.mime.split(b"\r\n") if line]
    assert sorted(names) == [b"date", b"from", b"message-id", b"subject", b"to"]


@pytest.mark.parametrize(
    "odd",
    [
        b"Message-ID: <one@x.example>\r\nMessage-ID: <two@x.example>\r\n",
        b"Date: yesterday\r\nDate: today\r\n",
        b"Message-ID: <1234 @ local>\r\n",
        b"Message-ID: no angle brackets\r\n",
    ],
)
def test_double_and_garbled_ids_and_dates_stay_as_they_are(odd):
    missing_date = b"" if b"Date" in odd else b"Date: Sat, 21 Nov 2026 09:30:00 +0000\r\n"
    missing_id = b"Message-ID: <9@x.example>\r\n" if b"Date" in odd else b""
    raw = b"From: ulla.user@nordicfreight.example\r\n" + missing_date + missing_id + odd + b"\r\nbody\r\n"
    assert freeze(raw).mime == raw


@pytest.mark.parametrize(
    ("line", "known_as"),
    [
        (b"Message-ID: <a@x.example>", "<a@x.example>"),
        (b"message-id : (comment) <a@x.example> tail", "<a@x.example>"),
        (b"Message-ID: <a@x.example>\r\nMessage-ID: <b@x.example>", "<a@x.example>"),
        (b"Message-ID: bare", "bare"),
        (b"Message-ID: <\xe4@x.example>", "<\ufffd@x.example>"),  # lone surrogates no database takes
    ],
)
def test_the_message_id_is_the_one_in_the_header(line, known_as):
    assert freeze(b"From: a@x.example\r\n" + line + b"\r\n\r\n").message_id == known_as


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"=?utf-8?q?Pas=C5=ABt=C4=ABjums?=\r\n =?utf-8?b?IDc=?=", "Pasūtījums 7"),
        ("Žuvis".encode(), "Žuvis"),
        (b"=?utf-8?b?broken!?=", "=?utf-8?b?broken!?="),
        (b"=?no-such-charset?q?x?=", "=?no-such-charset?q?x?="),
        (b"\xe0\xe8", "��"),
        (b"=?utf-8?q?two=0D=0Alines?=", "two lines"),
        (b"", ""),
    ],
)
def test_the_subject_is_decoded_for_display_and_never_an_error(value, shown):
    assert freeze(TOP + b"Subject: " + value + b"\r\n\r\nbody\r\n").subject == shown


def test_an_mbox_line_goes():
    assert freeze(b"From ulla@x.example Sat Nov 21 09:30:00 2026\r\n" + PLAIN).mime == PLAIN


def test_spaces_before_a_colon_are_kept_and_understood():
    raw = PLAIN.replace(b"From:", b"From  :").replace(b"To:", b"To\t:")
    frozen = freeze(raw, recipients=None)
    assert frozen.mime == raw
    assert frozen.to == ("uwe.user@nordicfreight.example",)


def test_a_message_without_a_body_or_a_last_line_end_is_taken():
    for raw in (TOP, TOP.removesuffix(b"\r\n"), TOP + b"\r\n", TOP + b"\r\nno end"):
        assert freeze(raw).mime == raw


@pytest.mark.parametrize(
    ("raw", "field", "word"),
    [
        (b"", "message", "empty"),
        (b" \r\n\r\n", "message", "empty"),
        (b"\r\nonly a body\r\n", "message", "no header"),
        (b"From ulla@x.example Sat Nov 21 2026\r\n", "message", "no header"),
        (b"just some words\r\nmore\r\n", "message", "Line 1 "),
        (TOP + b"no colon here\r\n\r\nbody\r\n", "message", "Line 5 "),
        (b" continued: without start\r\n\r\n", "message", "Line 1 "),
        (b"\xef\xbb\xbf" + PLAIN, "message", "Line 1 "),
        (PLAIN + b"a\0b\r\n", "message", "NUL"),
        (PLAIN + b"x" * 999 + b"\r\n", "message", "Line 8 "),
        (b"X: " + b"x" * 996 + b"\r\n" + PLAIN, "message", "Line 1 "),
        (b"X: " + b"x" * 996, "message", "Line 1 "),
        (b"From: b@x.example\r\n" + PLAIN, "from", "more than one From"),
        (TOP + b"X: " + (b"y" * 900 + b"\r\n ") * 1300 + b"\r\n\r\n", "message", "1 MB"),
    ],
)
def test_what_no_server_takes_is_refused_with_a_sentence(raw, field, word):
    error = refusal(raw)
    assert error.field == field
    assert word in error.message


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"From: a@x.example\r\n\r\n", "recipients"),
        (b"To: undisclosed-recipients:;\r\n\r\n", "recipients"),
        (b"To: Mary\r\n\r\n", "to"),
        (b"To: a@x.example\r\nCc: a@x.example b@x.example\r\n\r\n", "cc"),
        (b"To: a@x.example\r\nBcc: \xff@x.example\r\n\r\n", "bcc"),
        (b"To: a@x.example\r\nResent-To: b@x.example\r\n\r\n", "recipients"),
    ],
)
def test_without_clear_recipients_nothing_is_taken(raw, field):
    assert refusal(raw, recipients=None).field == field


def test_a_malformed_given_address_is_named():
    assert "“not an address”" in refusal(PLAIN, recipients=["a@x.example", "not an address"]).message
    assert refusal(PLAIN, recipients=[]).field == "recipients"


def test_the_largest_size_is_settable_and_998_bytes_are_a_line():
    raw = PLAIN + b"x" * 998 + b"\r\n"
    assert freeze(raw, max_bytes=len(raw)).mime == raw
    assert "larger than" in refusal(raw, max_bytes=len(raw) - 1).message


@pytest.mark.parametrize("before", [0, 1, 14, 40])
@pytest.mark.parametrize("end", [b"\r\n", b""])
def test_the_first_line_that_is_too_long_is_named_wherever_it_stands(before, end):
    lines = PLAIN + b"".join(b"y" * (number * 71 % 999) + b"\r\n" for number in range(before))
    assert freeze(lines + b"x" * 998 + end).mime
    number = lines.count(b"\n") + 1
    found = refusal(lines + b"x" * 999 + b"\r\n" + b"z" * 2_000 + end).message
    assert f"Line {number} of" in found


def test_the_flags_tell_what_the_server_must_support():
    plain, body = freeze(PLAIN), freeze(made_messages()["eight_bit"])
    utf8_header = freeze(PLAIN.replace(b"Plain", "Žuvis".encode()))
    latin_header = freeze(PLAIN.replace(b"Plain", b"\xe0"))
    address = freeze(PLAIN, recipients=["jörg@x.example"])
    flags = [
        (item.is_8bit, item.needs_smtputf8, item.needs_utf8_address)
        for item in (plain, body, utf8_header, latin_header, address)
    ]
    assert flags == [
        (False, False, False),
        (True, False, False),
        (True, True, False),
        (True, False, False),
        (False, True, True),
    ]


def test_neither_body_nor_subject_shows_in_the_representation():
    shown = repr(freeze(PLAIN.replace(b"Plain", b"Salary list")))
    assert "Salary" not in shown
    assert "Good morning" not in shown


@pytest.mark.parametrize(
    "raw", [b"X: " + b"\r" * 3_000_000, TOP + b"\r\n" + b"x" * 900 * 3_000, TOP + b"\n" * 3_000_000]
)
def test_a_large_or_hostile_message_is_sent_or_refused(raw):
    try:
        outcome = freeze(raw)
    except MessageRefused as refusal:
        outcome = refusal
    assert getattr(outcome, "message", "") or outcome.size_bytes >= 3_000_000


def test_the_top_of_a_message_is_read_as_it_is_frozen():
    raw = b"From somebody Sat\nFrom: A <a@x.example>,\n b@x.example\nMessage-ID:\n <1@x.example>\n\nText\n"
    top = read_top(raw)
    assert (top.authors, top.message_id, top.body) == (
        ("a@x.example", "b@x.example"),
        "<1@x.example>",
        b"\r\nText\r\n",
    )
    assert top.message == raw.partition(b"\n")[2].replace(b"\n", b"\r\n")
    assert read_top(b"From:\r\nSubject: x\r\n\r\n").authors == ()


def test_each_from_line_counts_where_there_are_two():
    assert read_top(b"From: a@x.example\r\nFrom: b@x.example\r\n\r\n").authors == (
        "a@x.example",
        "b@x.example",
    )
    with pytest.raises(MessageRefused):
        read_top(b"From: A Firm\r\n\r\n")
