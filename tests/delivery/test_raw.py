"""Finished messages, real and made, through SMTP and through Graph: they arrive as they were, or are refused."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable

import pytest
from django.conf import settings

from sender.mime import MessageRefused
from sender.models import OutboxMessage
from sender.services import RawMessage
from tests.delivery.arrival import difference, ended
from tests.delivery.microsoft import allow
from tests.sender.helpers import state_of
from tests.sender.messages import TOP, made_messages

FOLDER = settings.BASE_DIR.parent / "shared" / "data" / "messages"
MIGRATION = "migration.mailbox@nordicfreight.example"  # may send as everybody
SOMEBODY_ELSE = "somebody.else@customer.example"
BROKEN = {"rfc2822--example13.eml": "Line 3 of the message is not a header line"}
RECIPIENTS_UNCLEAR = {
    "error_emails--missing_body.eml": "is not an e-mail address",
    "mime_emails--raw_email11.eml": "is not an e-mail address",
    "multipart_report_emails--report_422.eml": "Give the recipients",
    "plain_emails--raw_email_multiple_from.eml": "is not an e-mail address",
}
# To: Mikel@Lindsaar <…>: the name may be taken for a recipient, so Graph gets a To line without it.
LOOKS_LIKE_MORE_RECIPIENTS = {"plain_emails--raw_email_with_at_display_name.eml"}

needs_folder = pytest.mark.skipif(not FOLDER.is_dir(), reason="the messages beside the project are not here")
both_ways = pytest.mark.parametrize("company", ["NordicFreight", "OwnPassword"], ids=["graph", "smtp"])


def stored_messages() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.eml"))}


def hard_messages() -> dict[str, bytes]:
    """Those of the sender's own tests, and what callers hand over who do not know the rules."""
    made = made_messages()
    inner = b"Content-Type: message/rfc822\r\n\r\nBcc: kept@customer.example\r\n\r\ninner\r\n"
    return made | {
        "bare_line_feeds": made["inline_images"].replace(b"\r\n", b"\n"),
        "bare_carriage_returns": made["format_flowed"].replace(b"\r\n", b"\r"),
        "with_bcc": b"Bcc: hidden@customer.example,\r\n more@customer.example\r\n" + made["smime_signed"],
        "without_from_date_and_id": b"To: uwe.user@nordicfreight.example\nSubject: short\n\nHello\n",
        "header_only": TOP,
        "dots_only": TOP + b"\r\n.\r\n..\r\n.",
        "bcc_in_an_attached_message": TOP + inner,
        "latin_1_everywhere": TOP.replace(b"made-1", b"m\xe4de") + b"Subject: \xe4\xff\r\n\r\n\xe4\xff\r\n",
    }


def hand_over(
    office, company: str, messages: dict[str, bytes], recipients: list[str] | None
) -> tuple[dict[str, OutboxMessage], dict[str, str]]:
    """Those taken, and the sentences for those that were not."""
    sender = office.person(MIGRATION, company)
    taken, refused = {}, {}
    for name, raw in messages.items():
        try:
            taken[name] = office.submit(sender, RawMessage(raw, recipients))
        except MessageRefused as error:
            refused[name] = error.message
    return taken, refused


def send_all(office, company: str, messages: dict[str, bytes], recipients: list[str] | None = None) -> dict:
    """Sends what is taken, looks at each message that arrived, and returns the sentences for the others.

    One mailbox sends in order, so the messages arrive in the order in which they were handed over.
    """
    allow(MIGRATION, "Mail.Send.Shared", office.sandbox.authority_url, office.sandbox.ca_file)
    office.connect(MIGRATION)
    taken, refused = hand_over(office, company, messages, recipients)
    office.work()
    states = {name: (state_of(message), message.cause_raw) for name, message in taken.items()}
    assert states == dict.fromkeys(taken, ("sent", ""))
    is_graph = company == "NordicFreight"
    wrong: dict[str, object] = {}
    for (name, message), mail in zip(taken.items(), reversed(office.world.mail()), strict=True):
        raw = messages[name] if is_graph else ended(messages[name])
        replaced = is_graph and (recipients is not None or name in LOOKS_LIKE_MORE_RECIPIENTS)
        found = difference(raw, office.world.raw(mail.id), replaces_recipients=replaced)
        if found or {each.address for each in message.recipients.all()} != transmitted(mail.recipients):
            wrong[name] = (found, mail.recipients)
    assert wrong == {}
    return refused


def transmitted(addresses: Iterable[str]) -> set[str]:
    """Graph hands over the header's own spelling: domains with capitals, or not yet in IDNA."""
    parts = [address.rpartition("@") for address in addresses]
    return {f"{local}@{domain.lower().encode('idna').decode()}" for local, _at, domain in parts}


def verifies(message: bytes) -> bool:
    check = ["openssl", "smime", "-verify", "-noverify", "-out", os.devnull]
    return subprocess.run(check, input=message, capture_output=True, check=False).returncode == 0


def assert_refused(refused: dict[str, str], expected: dict[str, str]) -> None:
    assert refused.keys() == expected.keys()
    for name, sentence in refused.items():
        assert expected[name] in sentence
        assert re.fullmatch(r"[A-Z“][^\n]*\.", sentence)


@needs_folder
@both_ways
def test_real_messages_arrive_unharmed_at_those_they_name(office, company):
    refused = send_all(office, company, stored_messages())
    assert_refused(refused, RECIPIENTS_UNCLEAR | BROKEN)


@needs_folder
@both_ways
def test_real_messages_arrive_unharmed_at_others_than_they_name(office, company):
    refused = send_all(office, company, stored_messages(), [SOMEBODY_ELSE])
    assert_refused(refused, BROKEN)


@both_ways
@pytest.mark.parametrize("recipients", [None, [SOMEBODY_ELSE]], ids=["those_named", "others"])
def test_made_messages_arrive_unharmed(office, company, recipients):
    assert send_all(office, company, hard_messages(), recipients) == {}


@both_ways
@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_the_signature_of_a_signed_message_still_fits(office, company):
    """Checked by openssl's own reading, not by comparing bytes."""
    send_all(office, company, {"signed": made_messages()["smime_signed"]}, [SOMEBODY_ELSE])
    arrived = office.world.raw(office.world.mail()[0].id)
    assert verifies(arrived)
    assert not verifies(arrived.replace(b"Signed words", b"Signed word"))


@both_ways
@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"no header at all", "is not a header line"),
        (b"\r\nTo: a@customer.example\r\n", "has no header"),
        (b"Subject: to nobody\r\n\r\n", "has no recipient"),
        (b"To: a@customer.example\r\n\r\n" + b"x" * 999, "longer than 998 bytes"),
        (b"To: a@customer.example\r\n\r\nnul \0\r\n", "NUL bytes"),
        (b"To: a@customer.example\r\nFrom: a@x.example\r\nFrom: b@x.example\r\n\r\n", "more than one From"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(office, company, raw, sentence):
    office.connect(MIGRATION)
    _taken, refused = hand_over(office, company, {"bad": raw}, None)
    assert_refused(refused, {"bad": sentence})
    assert not OutboxMessage.objects.exists()
