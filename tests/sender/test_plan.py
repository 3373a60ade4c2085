"""The call of Graph for each kind of message, size, policy and grant."""

import os

import pytest

from sender.mime import Attachment, compose, for_graph, freeze_raw
from sender.plan import MAX_REQUEST_BYTES, Call, encoded_bytes, plan, to_upload
from sender.transports.graph_json import send_mail_body
from tests.sender.messages import DATE, SENDER, TOP, made_messages, smime_signed

WRITE = ["https://graph.microsoft.com/Mail.ReadWrite", "https://graph.microsoft.com/Mail.Send"]
SEND = ["Mail.Send", "User.Read"]
MB = 1_000_000


def letter(*sizes: int, **changes):
    files = [Attachment(f"{number}.bin", bytes(size)) for number, size in enumerate(sizes)]
    fields = {"text": "Hello", "attachments": files} | changes
    return compose(sender=SENDER, to=["a@customer.example"], date=DATE, **fields)


@pytest.mark.parametrize(
    ("sizes", "save_to_sent", "scopes", "call"),
    [
        ([], True, SEND, Call.MIME),
        ([], False, SEND, Call.JSON),
        ([2 * MB], True, WRITE, Call.MIME),
        ([2 * MB], False, WRITE, Call.JSON),
        ([3 * MB], True, SEND, Call.JSON),  # base64 once fits, twice does not
        ([3 * MB], True, WRITE, Call.UPLOAD),
        ([20 * MB], True, WRITE, Call.UPLOAD),
        ([20 * MB], False, WRITE, Call.UPLOAD),
        ([MB] * 9, True, WRITE, Call.UPLOAD),
        ([20 * MB], True, SEND, Call.NONE),
        ([20 * MB], True, [], Call.NONE),
        ([3_400_000], False, SEND, Call.NONE),
    ],
)
def test_size_policy_and_grant_choose_the_call(sizes, save_to_sent, scopes, call):
    assert plan(letter(*sizes), save_to_sent=save_to_sent, scopes=scopes).call is call


@pytest.mark.parametrize("scope", ["Mail.ReadWrite", "mail.readwrite", "Mail.ReadWrite.Shared", WRITE[0]])
def test_the_permission_counts_in_each_spelling(scope):
    assert plan(letter(4 * MB), save_to_sent=True, scopes=[scope]).call is Call.UPLOAD


@pytest.mark.parametrize("scope", ["Mail.ReadWriteAll", "Mail.Read", "Mail.ReadWrite/x", ""])
def test_other_permissions_do_not(scope):
    assert plan(letter(4 * MB), save_to_sent=True, scopes=[scope]).call is Call.NONE


def test_without_the_permission_the_sentence_names_it_and_the_size():
    note = plan(letter(20 * MB), save_to_sent=True, scopes=SEND).note
    assert "Mail.ReadWrite" in note
    assert "34.8 MB" in note
    assert "4 MB at a time" in note


@pytest.mark.parametrize(
    "frozen",
    [
        letter(text=("x" * 78 + "\n") * 60_000),
        freeze_raw(smime_signed() + b"x\r\n" * 2 * MB, sender=SENDER, date=DATE),
        freeze_raw(TOP + b"Content-Type: image/x-raw\r\n\r\n" + b"x\r\n" * 2 * MB, sender=SENDER, date=DATE),
    ],
    ids=["a large text", "signed", "one file alone"],
)
def test_what_cannot_be_taken_apart_is_not_sent_whatever_is_granted(frozen):
    planned = plan(frozen, save_to_sent=True, scopes=WRITE)
    assert planned.call is Call.NONE
    assert "cannot be taken apart" in planned.note
    assert "Mail.ReadWrite" not in planned.note


@pytest.mark.parametrize(
    ("frozen", "why"),
    [
        (letter(html="<p>Hello</p>"), "in two versions"),
        (letter(headers={"In-Reply-To": "<1@customer.example>"}), "“in-reply-to”"),
        (letter(headers={f"X-{n}": "1" for n in range(6)}), "more than five X-"),
        (freeze_raw(smime_signed(), sender=SENDER, date=DATE), "signed or encrypted"),
        (letter(4 * MB), "too large"),
    ],
)
def test_a_copy_that_is_kept_against_the_policy_is_said_with_the_reason(frozen, why):
    planned = plan(frozen, save_to_sent=False, scopes=WRITE)
    assert planned.call in (Call.MIME, Call.UPLOAD)
    assert planned.note.startswith("A copy stays in Sent Items")
    assert why in planned.note


@pytest.mark.parametrize("raw", made_messages().values(), ids=made_messages())
def test_nothing_is_noted_where_a_copy_is_wanted(raw):
    frozen = freeze_raw(raw, sender=SENDER, date=DATE)
    planned = plan(frozen, save_to_sent=True, scopes=SEND)
    assert (planned.call, planned.note) == (Call.MIME, "")


def test_the_largest_files_go_up_and_the_rest_fits_into_one_request():
    mime = for_graph(letter(100, 5 * MB, MB, 2 * MB))
    gone = to_upload(mime)
    assert [part.file_name for part in gone] == ["1.bin", "3.bin"]
    assert encoded_bytes(len(mime) - sum(part.end - part.start for part in gone)) <= MAX_REQUEST_BYTES


def test_an_inline_image_may_go_up_as_well():
    image = Attachment("logo.png", os.urandom(4 * MB), content_id="logo@nordic")
    frozen = letter(text="", html='<img src="cid:logo@nordic">', attachments=[image])
    assert plan(frozen, save_to_sent=True, scopes=WRITE).call is Call.UPLOAD
    assert [part.content_id for part in to_upload(for_graph(frozen))] == ["logo@nordic"]


def test_the_texts_and_messages_inside_never_go_up():
    inner = b"Content-Type: message/rfc822\r\n\r\n" + b"x\r\n" * 2 * MB
    body = b"--b\r\n\r\nHello\r\n--b\r\n" + inner + b"\r\n--b--\r\n"
    raw = TOP + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + body
    assert to_upload(raw) == []


def test_the_limit_is_met_to_the_byte():
    frozen = letter()
    room = MAX_REQUEST_BYTES // 4 * 3 - len(for_graph(frozen))
    fits = freeze_raw(frozen.mime + b"x\r\n" * (room // 3) + b"x" * (room % 3), sender=SENDER, date=DATE)
    over = freeze_raw(fits.mime + b"x", sender=SENDER, date=DATE)
    assert encoded_bytes(len(for_graph(fits))) == MAX_REQUEST_BYTES
    assert plan(fits, save_to_sent=True, scopes=[]).call is Call.MIME
    assert plan(over, save_to_sent=True, scopes=[]).call is not Call.MIME


def test_a_json_body_that_is_chosen_fits():
    frozen = letter(3 * MB)
    assert len(send_mail_body(frozen, save_to_sent=True)) <= MAX_REQUEST_BYTES
