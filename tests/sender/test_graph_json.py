"""Messages as Graph's JSON: the same to the reader, or refused with the reason."""

import base64
import json
from dataclasses import replace

import pytest

from sender.mime import Attachment, compose, freeze_raw
from sender.transports.graph_json import NotInJson, send_mail_body
from tests.sender.messages import DATE, SENDER, TOP


def of(frozen, save_to_sent=False) -> dict:
    return json.loads(send_mail_body(frozen, save_to_sent=save_to_sent))


def letter(**changes):
    fields = {"to": ["Jānis Kalniņš <janis@customer.example>"], "text": "Labrīt", "date": DATE} | changes
    return compose(sender=SENDER, sender_name="Ūla Ūsiņa", **fields)


def raw(head: bytes, body: bytes = b"Hello\r\n"):
    return freeze_raw(TOP + head + b"\r\n" + body, sender=SENDER, date=DATE)


def person(address: str, name: str = "") -> dict:
    return {"emailAddress": {"address": address, **({"name": name} if name else {})}}


def test_a_message_keeps_its_subject_text_people_and_id():
    frozen = letter(
        cc=['"Ozola, \\"Ž\\" \\\\ Anna" <anna@customer.example>'],
        bcc=["secret@hidden.example"],
        reply_to=["orders@nordicfreight.example"],
        subject="Pasūtījums – 東京",
    )
    assert of(frozen)["message"] == {
        "subject": "Pasūtījums – 東京",
        "internetMessageId": frozen.message_id,
        "body": {"contentType": "text", "content": "Labrīt\r\n"},
        "from": person(SENDER, "Ūla Ūsiņa"),
        "replyTo": [person("orders@nordicfreight.example")],
        "toRecipients": [person("janis@customer.example", "Jānis Kalniņš")],
        "ccRecipients": [person("anna@customer.example", 'Ozola, "Ž" \\ Anna')],
        "bccRecipients": [person("secret@hidden.example")],
    }


def test_the_copy_is_spoken_of_only_to_leave_it_out():
    assert of(letter(), save_to_sent=False)["saveToSentItems"] is False
    assert "saveToSentItems" not in of(letter(), save_to_sent=True)


def test_recipients_are_the_envelopes_whatever_the_header_says():
    left = replace(letter(cc=["anna@customer.example"]), to=(), cc=(), bcc=("anna@customer.example",))
    message = of(left)["message"]
    assert message["bccRecipients"] == [person("anna@customer.example")]
    assert "janis@customer.example" not in json.dumps(message)


def test_html_goes_with_its_images_and_files():
    image = Attachment("logo.gif", b"GIF89a", content_id="logo@nordic")
    pdf = Attachment("rēķins ņ.pdf", bytes(range(256)))
    html = '<img src="cid:logo@nordic"> Ž'
    message = of(letter(text="", html=html, attachments=[pdf, image]))["message"]
    assert message["body"] == {"contentType": "html", "content": html + "\r\n"}
    shown, file = sorted(message["attachments"], key=lambda each: "contentId" not in each)
    assert {name: shown[name] for name in ("name", "contentType", "isInline", "contentId")} == {
        "name": "logo.gif",
        "contentType": "image/gif",
        "isInline": True,
        "contentId": "logo@nordic",
    }
    assert (file["name"], file["contentType"]) == ("rēķins ņ.pdf", "application/pdf")
    assert "isInline" not in file
    assert base64.b64decode(file["contentBytes"]) == pdf.content


def test_up_to_five_x_headers_go_along_as_they_are_spelt():
    headers = {"X-Order": "7", "x-kind": "frakts – ņ"}
    assert of(letter(headers=headers))["message"]["internetMessageHeaders"] == [
        {"name": "X-Order", "value": "7"},
        {"name": "x-kind", "value": "frakts – ņ"},
    ]
    assert (
        len(of(letter(headers={f"X-{n}": "1" for n in range(5)}))["message"]["internetMessageHeaders"]) == 5
    )


def test_texts_are_read_in_their_own_characters():
    frozen = raw(
        b"Content-Type: text/plain; charset=iso-8859-13\r\nContent-Transfer-Encoding: quoted-printable\r\n",
        b"La=F0inys=\r\n!\r\n",
    )
    assert of(frozen)["message"]["body"]["content"] == "Lašinys!\r\n"


def test_a_message_without_text_has_an_empty_one():
    frozen = raw(
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"--b\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--b--\r\n",
    )
    message = of(frozen)["message"]
    assert message["body"] == {"contentType": "text", "content": ""}
    assert message["attachments"][0]["name"] == "file"


TWO_TEXTS = b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("head", "body", "why"),
    [
        (b"Content-Type: multipart/alternative; boundary=b\r\n", TWO_TEXTS, "two versions"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n", TWO_TEXTS, "several texts"),
        (b"Content-Type: multipart/signed; boundary=b\r\n", TWO_TEXTS, "signed or encrypted"),
        (b"Content-Type: multipart/report; boundary=b\r\n", TWO_TEXTS, "multipart/report"),
        (b"Content-Type: application/pkcs7-mime\r\n", b"", "signed or encrypted"),
        (b"Content-Type: application/pdf; name=a.pdf\r\n", b"%PDF", "application/pdf"),
        (b"Content-Type: text/calendar\r\n", b"BEGIN:VCALENDAR", "invitation"),
        (b"Content-Type: message/rfc822\r\n", b"Subject: x\r\n\r\ny", "message/rfc822"),
        (b"Content-Type: text/plain; format=flowed\r\n", b"a \r\nb", "format=flowed"),
        (b"Content-Type: text/plain; charset=klingon-8\r\n", b"a", "characters"),
        (b"", b"\xff", "characters"),
        (b"References: <1@a.example>\r\n", b"", "“references”"),
        (b"Importance: high\r\n", b"", "“importance”"),
        (b"X-Long: " + b"a " * 490 + b"\r\n " + b"b " * 9 + b"\r\n", b"", "very long"),
        (b"X-A: 1\r\nX-A: 2\r\n", b"", "one of them twice"),
        (b"Reply-To: a@b@c\r\n", b"", "Reply-To"),
        (b"Sender: a@b.example, c@d.example\r\n", b"", "Sender"),
        (b"Subject: " + b"a " * 490 + b"\r\n " + b"b " * 490 + b"\r\n", b"", "subject"),
    ],
)
def test_what_json_cannot_carry_is_said(head, body, why):
    with pytest.raises(NotInJson, match=why):
        of(raw(head, body))


def test_a_from_of_two_people_is_not_guessed_at():
    two = TOP.replace(b"From: Ulla", b"From: b@x.example, Ulla")
    with pytest.raises(NotInJson, match="From"):
        of(freeze_raw(two + b"\r\nHello", sender=SENDER, date=DATE))


def test_another_sender_goes_along():
    frozen = raw(b"Sender: =?utf-8?q?Sekret=C4=81re?= <office@nordicfreight.example>\r\n")
    assert of(frozen)["message"]["sender"] == person("office@nordicfreight.example", "Sekretāre")
