"""Where the parts of a message are, and messages without some of them."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sender.mime import Attachment, compose
from sender.mime.parts import read_parts, without_parts
from tests.sender.messages import DATE, SENDER, TOP, made_messages

FILES = [Attachment("rēķins.pdf", bytes(range(256)) * 9), Attachment("b.txt", b"one\r\n", "text/plain")]


def letter(**changes) -> bytes:
    fields = {"text": "Hello", "attachments": FILES} | changes
    return compose(sender=SENDER, to=["a@customer.example"], date=DATE, **fields).mime


def kinds(mime: bytes) -> list[str]:
    return [part.content_type for part in read_parts(mime).walk()]


def test_every_part_is_found_with_its_content():
    mime = letter()
    root, text, *files = read_parts(mime).walk()
    assert (root.content_type, text.content(mime)) == ("multipart/mixed", b"Hello\r\n")
    assert [part.file_name for part in files] == ["rēķins.pdf", "b.txt"]
    assert [part.content(mime) for part in files] == [file.content for file in FILES]
    assert [part.is_attached for part in (text, *files)] == [False, True, True]


@pytest.mark.parametrize("raw", made_messages().values(), ids=made_messages())
def test_the_standard_library_finds_the_same_parts(raw):
    theirs = list(message_from_bytes(raw, policy=policy.default).walk())
    ours = list(read_parts(raw).walk())
    assert [part.content_type for part in ours] == [part.get_content_type() for part in theirs]
    leaves = [(one, other) for one, other in zip(ours, theirs, strict=True) if not other.is_multipart()]
    assert [one.content(raw) for one, _ in leaves] == [other.get_payload(decode=True) for _, other in leaves]


def test_a_part_taken_out_leaves_every_other_byte():
    mime = letter()
    _root, text, pdf, note = read_parts(mime).walk()
    rest = without_parts(mime, [pdf])
    assert rest == mime[: pdf.start] + mime[pdf.end :]
    assert mime[text.start : text.end] + mime[note.start : note.end] in rest
    assert kinds(rest) == ["multipart/mixed", "text/plain", "text/plain"]


def test_where_every_part_is_taken_out_an_empty_text_stays():
    mime = letter()
    rest = without_parts(mime, list(read_parts(mime).children))
    assert kinds(rest) == ["multipart/mixed", "text/plain"]
    assert read_parts(rest).children[0].content(rest) == b""


def test_nothing_taken_out_is_the_message_itself():
    mime = letter()
    assert without_parts(mime, []) == mime


def mixed(body: bytes, boundary: bytes = b"b") -> bytes:
    return (
        TOP
        + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="'
        + boundary
        + b'"\r\n\r\n'
        + body
    )


@pytest.mark.parametrize(
    ("body", "contents"),
    [
        (b"--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\nafter the end\r\n", [b"one"]),
        (b"preamble\r\n--b  \r\n\r\none\r\n--b\t\r\n\r\ntwo\r\n--b--", [b"one", b"two"]),
        (b"--b\r\n\r\nnever ended\r\n", [b"never ended\r\n"]),
        (b"--bb\r\n\r\nanother boundary\r\n--b\r\n\r\none\r\n--bb\r\n--b--", [b"one\r\n--bb"]),
        (b"--b\r\n--b\r\n\r\none\r\n--b--", [b"", b"one"]),
        (b"--b\r\nX-No-Body: 1\r\n--b--", [b""]),
        (b"no delimiter at all\r\n", []),
    ],
)
def test_delimiters_are_whole_lines(body, contents):
    mime = mixed(body)
    assert [part.content(mime) for part in read_parts(mime).children] == contents


def test_a_boundary_may_hold_signs_that_patterns_know():
    mime = mixed(b"--a.(+)?\r\n\r\none\r\n--axxx\r\n--a.(+)?--", b"a.(+)?")
    assert [part.content(mime) for part in read_parts(mime).children] == [b"one\r\n--axxx"]


def test_parts_within_parts_without_end_are_not_followed():
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(500)
    )
    assert len(list(read_parts(nested + b"\r\ntext").walk())) < 50


@given(
    st.lists(
        st.sampled_from([b"--b", b"--b--", b"\r\n", b"text", b"Content-Type: multipart/mixed; boundary=b"])
    )
)
def test_no_jumble_of_delimiters_breaks_it(pieces):
    mime = mixed(b"".join(pieces))
    for part in read_parts(mime).walk():
        assert 0 <= part.start <= part.body <= part.end <= len(mime)
        part.content(mime)


@pytest.mark.parametrize("content", [b"QUJD\r\nRA", b"QUJD*RA==", b"====", b"\xff\xfe"])
def test_base64_that_is_none_is_read_as_far_as_it_goes(content):
    mime = TOP + b"Content-Transfer-Encoding: base64\r\n\r\n" + content
    assert isinstance(read_parts(mime).content(mime), bytes)
