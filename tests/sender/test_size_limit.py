"""The company's limit for files: decoded sizes, all files of a message together, before anything is stored."""

from email.message import EmailMessage

import pytest

from mailsettings.models import CompanyMailSettings
from sender.mime import Attachment, MessageRefused
from sender.models import OutboxMessage
from sender.services import Draft, RawMessage, submit
from tests.sender.helpers import open_relay

MB = 1024 * 1024
TO = ("rita@recipient.example",)


@pytest.fixture
def sender(world):
    open_relay(world.user)
    CompanyMailSettings.objects.create(company=world.company, max_files_mb=1)
    return world.user


def draft(*sizes: int, **fields: object) -> Draft:
    files = [Attachment(f"scan{n}.pdf", b"\0" * size) for n, size in enumerate(sizes)]
    return Draft(to=TO, subject="Scans", attachments=files, **fields)


def raw(*sizes: int, text: str = "Here they are.") -> RawMessage:
    message = EmailMessage()
    message["From"], message["To"] = "bob@people.example", TO[0]
    message.set_content(text)
    for number, size in enumerate(sizes):
        message.add_attachment(b"\0" * size, "application", "pdf", filename=f"scan{number}.pdf")
    return RawMessage(message.as_bytes())


def refusal(sender, message) -> MessageRefused:
    with pytest.raises(MessageRefused) as caught:
        submit(sender, message, submitted_by="test")
    assert not OutboxMessage.objects.exists()
    return caught.value


@pytest.mark.parametrize("make", [draft, raw])
def test_files_over_the_limit_are_refused_with_both_sizes(sender, make):
    error = refusal(sender, make(MB + 1))
    assert error.field == "attachments"
    assert "1.1 MB together; your company allows 1 MB" in error.message


@pytest.mark.parametrize("make", [draft, raw])
def test_the_files_count_together(sender, make):
    assert "1.2 MB together" in refusal(sender, make(600_000, 600_000)).message


@pytest.mark.parametrize("make", [draft, raw])
def test_files_of_just_the_limit_pass_although_base64_makes_them_larger(sender, make):
    assert submit(sender, make(MB), submitted_by="test").size_bytes > MB


def test_a_long_text_is_no_file(sender):
    long = "One truck, please.\n" * 70_000
    assert submit(sender, draft(text=long), submitted_by="test").size_bytes > MB
    assert submit(sender, raw(text=long), submitted_by="test").size_bytes > MB


def test_images_in_the_text_and_messages_within_a_message_count(sender):
    inline = Attachment("logo.png", b"\0" * (MB + 1), content_id="logo")
    error = refusal(sender, Draft(to=TO, html='<img src="cid:logo">', attachments=[inline]))
    assert error.field == "attachments"
    outer = EmailMessage()
    outer["From"], outer["To"] = "bob@people.example", TO[0]
    inner = EmailMessage()
    inner.set_content("x" * 70 + "\n" + "One truck, please.\n" * 70_000)
    outer.set_content("See below.")
    outer.add_attachment(inner)
    assert refusal(sender, RawMessage(outer.as_bytes())).field == "attachments"


def test_a_message_that_is_nothing_but_a_file_counts(sender):
    message = EmailMessage()
    message["From"], message["To"] = "bob@people.example", TO[0]
    message.set_content(b"\0" * (MB + 1), "application", "pdf")
    assert refusal(sender, RawMessage(message.as_bytes())).field == "attachments"


def test_without_a_limit_the_mail_servers_decide(sender):
    CompanyMailSettings.objects.update(max_files_mb=None)
    assert submit(sender, draft(3 * MB), submitted_by="test")
