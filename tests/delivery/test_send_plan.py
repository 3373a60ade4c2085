"""Mail by each call of Graph, from the outbox to the sandbox: large files, copies that are not wanted, cuts."""

import os
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from accounts.models import Membership
from core.sentences import said
from mailsettings.models import CompanyMailSettings
from oauth.models import Connection
from sandbox.client import SandboxRefused
from sender.mime import Attachment
from sender.models import OutboxMessage
from sender.services import Draft, RawMessage
from sender.transports.graph_upload import PIECE_BYTES
from tests.delivery.outbox import answers, order, state, time_passes
from tests.sender.messages import smime_signed

ULLA = "ulla.user@nordicfreight.example"
JANIS, HIDDEN = "janis@customer.example", "secret@hidden.example"
OVER_4_MB, LARGE = 7_000_000, 20 * 1024 * 1024


@pytest.fixture
def ulla(office) -> Membership:
    """Connected, with the permission to send and no other."""
    office.connect(ULLA)
    return office.person(ULLA, "NordicFreight")


@pytest.fixture
def writer(office) -> Membership:
    """Connected, with the permission for drafts as well."""
    return office.connect_with_drafts(ULLA)


def keep_no_copies(person: Membership) -> None:
    CompanyMailSettings.objects.update_or_create(company=person.company, defaults={"save_to_sent": False})


def large_order(content: bytes) -> Draft:
    files = [Attachment("rasējums ņ.pdf", content), Attachment("note.txt", b"small\r\n", "text/plain")]
    return Draft(
        to=[JANIS], bcc=[HIDDEN], subject="Pasūtījums", text="Labrīt", html="<p>Labrīt", attachments=files
    )


def arrived(office, message: OutboxMessage) -> EmailMessage:
    (mail,) = office.arrived(message)
    return message_from_bytes(office.world.raw(mail.id), policy=policy.default)


def copy_is_kept(office, message: OutboxMessage) -> bool:
    try:
        return bool(office.world.sent_copy(office.arrived(message)[0].id))
    except SandboxRefused:
        return False


def note_of(message: OutboxMessage) -> str:
    return said(message.attempts.last().note)


def test_a_file_of_20_mb_arrives_byte_for_byte_for_each_recipient(office, writer):
    content = os.urandom(LARGE)
    message = office.send(writer, large_order(content))
    assert (state(message), note_of(message)) == (("sent", "", ""), "")
    assert answers(message) == {JANIS: "accepted", HIDDEN: "accepted"}
    (mail,) = office.arrived(message)
    assert mail.recipients == {JANIS: "to", HIDDEN: "bcc"}
    got = arrived(office, message)
    files = {part.get_filename(): part.get_content() for part in got.iter_attachments()}
    assert files["rasējums ņ.pdf"] == content
    assert files["note.txt"] == "small\r\n"
    assert got.get_body(("plain",)).get_content().strip() == "Labrīt"
    assert got.get_body(("html",)).get_content().strip() == "<p>Labrīt"
    assert (got["Subject"], got["Bcc"], got["Message-ID"]) == ("Pasūtījums", None, message.message_id)
    assert office.world.requests()["graph.upload.bytes"] == LARGE
    assert office.world.drafts(ULLA) == []
    assert copy_is_kept(office, message)


@pytest.mark.parametrize(("action", "twice"), [("drop_before", 1), ("drop_after", 0)])
def test_an_upload_that_is_cut_goes_on_and_does_not_begin_again(office, writer, action, twice):
    office.world.add_fault("graph.upload", action=action, times=1)
    content = os.urandom(OVER_4_MB)
    message = office.send(writer, large_order(content))
    assert state(message) == ("sent", "", "")
    assert office.world.requests()["graph.upload.bytes"] == OVER_4_MB + twice * PIECE_BYTES
    assert office.world.requests()["graph.draft"] == 2, "one draft, one upload session"
    files = list(arrived(office, message).iter_attachments())
    assert content in [part.get_content() for part in files]


def test_a_permission_lost_since_it_was_handed_over_fails_the_message_before_anything_is_sent(office, writer):
    message = office.submit(writer, large_order(bytes(OVER_4_MB)))
    Connection.objects.update(scopes=["Mail.Send", "User.Read"])
    office.work()
    message.refresh_from_db()
    assert state(message) == ("failed", "message_too_large", "")
    assert "permission Mail.ReadWrite" in note_of(message)
    assert "draft" in note_of(message)
    assert not {"graph.send", "graph.draft", "graph.upload"} & set(office.world.requests())
    assert state(office.send(writer, order())) == ("sent", "", ""), "other mail does not wait for it"


@pytest.mark.parametrize("where", ["graph.draft", "graph.upload", "graph.send"])
def test_a_passing_fault_leaves_no_draft_and_the_message_goes_later(office, writer, where):
    office.world.add_fault(where, times=1, status=503, retry_after="700")
    message = office.send(writer, large_order(bytes(OVER_4_MB)))
    assert state(message) == ("waiting", "provider_temporarily_unavailable", "")
    assert (office.world.drafts(ULLA), office.world.mail()) == ([], [])
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")
    assert len(office.arrived(message)) == 1
    assert office.world.drafts(ULLA) == []


def test_an_upload_whose_time_ended_is_begun_anew_later(office, writer):
    office.world.add_fault("graph.upload.lifetime", times=1, seconds=-1)
    message = office.send(writer, large_order(bytes(OVER_4_MB)))
    assert state(message)[0] == "waiting"
    assert state(message)[2] == "", "the mailbox goes on"
    assert office.world.drafts(ULLA) == []
    time_passes(message)
    office.work()
    assert state(message) == ("sent", "", "")


@pytest.mark.parametrize(
    ("action", "expected"),
    [("drop_after", "sent"), ("drop_before", "unknown")],
    ids=["it went", "it may have"],
)
def test_no_answer_to_the_sending_of_a_draft_is_settled_by_looking(office, writer, action, expected):
    office.world.add_fault("graph.send", action=action, times=1)
    message = office.send(writer, large_order(bytes(OVER_4_MB)))
    assert state(message)[0] == expected
    office.work()
    assert office.world.requests()["graph.send"] == 1


def test_a_foreign_from_ends_a_large_message_without_a_draft(office, writer):
    raw = b"From: boss@nordicfreight.example\r\nTo: janis@customer.example\r\nMIME-Version: 1.0\r\n"
    raw += b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n"
    raw += b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n" + b"x\r\n" * 2_000_000 + b"--b--\r\n"
    message = office.send(writer, RawMessage(raw))
    assert state(message) == ("failed", "send_as_denied", "")
    assert office.world.drafts(ULLA) == []


def test_a_company_that_wants_no_copy_gets_none(office, ulla):
    keep_no_copies(ulla)
    file = Attachment("rēķins.pdf", bytes(range(256)))
    draft = Draft(to=[JANIS], bcc=[HIDDEN], subject="Rēķins – 東京", text="Labrīt\n.", attachments=[file])
    message = office.send(ulla, draft)
    assert (state(message), note_of(message)) == (("sent", "", ""), "")
    got = arrived(office, message)
    assert (got["Subject"], got["Bcc"], got["Message-ID"]) == ("Rēķins – 東京", None, message.message_id)
    assert got["From"].addresses[0].display_name == "Ūla Ūsiņa"
    assert got.get_body().get_content().replace("\r\n", "\n").strip() == "Labrīt\n."
    assert [part.get_content() for part in got.iter_attachments()] == [file.content]
    assert office.arrived(message)[0].recipients == {JANIS: "to", HIDDEN: "bcc"}
    assert not copy_is_kept(office, message)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (Draft(to=[JANIS], text="Hello", html="<p>Hello"), "two versions"),
        (RawMessage(smime_signed()), "signed"),
    ],
    ids=["two versions", "signed"],
)
def test_what_cannot_go_without_a_copy_goes_with_one_and_its_page_says_so(office, ulla, what, why):
    keep_no_copies(ulla)
    message = office.send(ulla, what)
    assert state(message) == ("sent", "", "")
    assert copy_is_kept(office, message)
    assert note_of(message).startswith("A copy stays in Sent Items")
    assert why in note_of(message)
