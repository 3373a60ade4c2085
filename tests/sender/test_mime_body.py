"""What is written here reads as what the standard library would have written."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sender.mime import Attachment, MessageRefused, compose
from tests.sender.messages import DATE, SENDER

# Line ends of every kind, letters of every script, what encodings treat in a way of its own, and long lines.
TEXTS = st.lists(
    st.text(max_size=40)
    | st.sampled_from(["\n", "\r\n", "\r", " \n", "\t\n", ".\n", "From x\n", "=", "=\n", "ž" * 90, "a" * 999])
    | st.sampled_from(["a" * 75 + " \n", "a" * 75 + "=", " " * 80, "\x0c", "\x1b", "\x7f", "\u2028", "🚚"])
).map("".join)
NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=120
) | st.sampled_from(
    ['a "b" \\.pdf', "a;b=c.pdf", "Sąskaita.pdf", "x" * 300 + ".pdf", "a%41.pdf", "a'b'c.pdf"]
)
FILES = st.builds(
    Attachment, NAMES, st.binary(max_size=200), st.sampled_from(["", "text/plain", "Image/PNG"])
)
IMAGES = st.builds(Attachment, NAMES, st.binary(max_size=99), st.just("image/png"), st.just("logo@x.example"))


def by_the_standard_library(text: str, html: str, attachments: list[Attachment]) -> EmailMessage:
    message = EmailMessage()
    if text or not html:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for each in attachments:
        kind = (each.content_type or "application/octet-stream").lower().split("/")
        if each.content_id:
            options = {"cid": f"<{each.content_id}>", "disposition": "inline", "filename": each.filename}
            message.get_body(("related", "html")).add_related(each.content, *kind, **options)
        else:
            message.add_attachment(each.content, *kind, filename=each.filename)
    return message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)


def told(message: EmailMessage) -> list[tuple]:
    """All that a mail program makes of it: the parts, what each is, and what is in it."""
    return [
        (
            part.get_content_type(),
            part.get_content_charset(),
            part.get_content_disposition(),
            part.get_filename(),
            part["Content-ID"],
            _content(part),
            [str(defect) for defect in part.defects],
        )
        for part in message.walk()
    ]


def _content(part: EmailMessage) -> object:
    if part.is_multipart():
        return None
    content = part.get_payload(decode=True)
    is_text = part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
    return content.replace(b"\r\n", b"\n") if is_text else content


@given(TEXTS, TEXTS, st.lists(FILES, max_size=2), st.lists(IMAGES, max_size=2))
@example("", "", [], [])
@example("a\r\nb\rc\nd", "<p>ž</p>\n" * 200, [], [])
def test_any_message_reads_as_the_standard_library_writes_it(text, html, files, images):
    attachments = [*files, *(images if html else [])]
    parts = {"to": ["rita@recipient.example"], "text": text, "html": html, "attachments": attachments}
    try:
        ours = compose(sender=SENDER, date=DATE, **parts)
    except MessageRefused as refused:
        text_at_fault = {"text": text, "html": html}.get(refused.field, "")
        assert "\0" in text_at_fault or any("=?" in each.filename for each in attachments)
        return
    typed = [
        Attachment(each.filename, each.content, each.content_type or _guessed(each), each.content_id)
        for each in attachments
    ]
    read = message_from_bytes(ours.mime, policy=policy.default)
    assert told(read) == told(by_the_standard_library(text, html, typed))
    lines = ours.mime.split(b"\r\n")
    assert ours.mime.isascii()
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in line or b"\n" in line for line in lines)


def _guessed(attachment: Attachment) -> str:
    (part,) = [
        part
        for part in message_from_bytes(_alone(attachment)).walk()
        if part.get_content_disposition() == "attachment"
    ]
    return part.get_content_type()


def _alone(attachment: Attachment) -> bytes:
    return compose(sender=SENDER, to=[SENDER], date=DATE, attachments=[attachment]).mime


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The truck arrives.\n" * 9, "7bit"),
        ("a" * 999, "quoted-printable"),
        ("Der Lastwagen fährt über die Brücke.\n" * 9, "quoted-printable"),
        ("Грузовик прибывает.\n" * 9, "base64"),
        ("é" + "x" * 68 + " \n", "base64"),  # as quoted-printable its line would be one too long
    ],
)
def test_a_text_stays_as_readable_as_seven_bits_allow(text, encoding):
    read = message_from_bytes(compose(sender=SENDER, to=[SENDER], date=DATE, text=text).mime)
    assert read["Content-Transfer-Encoding"] == encoding
    assert read.get_payload(decode=True).decode().splitlines() == text.splitlines()
    assert encoding == "7bit" or max(map(len, read.get_payload().splitlines())) <= 76


def test_a_header_of_more_than_a_megabyte_is_refused():
    crowd = [f"person{number}@recipient.example" for number in range(40_000)]
    with pytest.raises(MessageRefused, match="1 MB"):
        compose(sender=SENDER, to=crowd, date=DATE)


def test_a_header_line_that_servers_would_cut_is_refused():
    with pytest.raises(MessageRefused) as refused:
        compose(sender=SENDER, sender_name='"' * 600, to=[SENDER], date=DATE)
    assert refused.value.field == "headers"
