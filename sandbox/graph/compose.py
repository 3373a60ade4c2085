"""What POST sendMail and POST messages carry, MIME or JSON, as one message ready to be delivered.

https://learn.microsoft.com/graph/outlook-send-mime-message, https://learn.microsoft.com/graph/api/resources/message
"""

import base64
import binascii
import json
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid

from sandbox import letters
from sandbox.graph.errors import GraphError
from sandbox.world import Person

_KNOWN = {
    "subject", "body", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "from", "sender", "importance",
    "internetMessageHeaders", "internetMessageId", "attachments", "isDeliveryReceiptRequested",
    "isReadReceiptRequested", "singleValueExtendedProperties",
}  # fmt: skip
_LISTS = {"toRecipients": "To", "ccRecipients": "Cc", "bccRecipients": "Bcc", "replyTo": "Reply-To"}
_HEADERS_LIMIT = 5


@dataclass(frozen=True)
class Submission:
    """`raw` still has its Bcc. `save`: keep a copy in Sent Items."""

    raw: bytes
    save: bool = True


def from_mime(body: bytes, owner: Person) -> Submission:
    """A base64 body. Raises 400 ErrorMimeContentInvalidBase64String."""
    try:
        raw = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise GraphError(
            400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."
        ) from None
    if not raw:
        raise GraphError(400, "ErrorMimeContentInvalid", "The MIME content is empty.")
    if not letters.values(raw, "from"):
        raw = f"From: {owner.address}\r\n".encode() + raw
    return Submission(raw)


def from_json(body: bytes, owner: Person) -> Submission:
    """A `message` object and `saveToSentItems`. Raises 400 with Graph's code for what is wrong."""
    try:
        data = json.loads(body)
        message, save = data["message"], data.get("saveToSentItems", True)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise unreadable("The request body must be a JSON object with a 'message'.") from None
    return Submission(from_message(message, owner), save in (True, "true"))


def from_message(message: object, owner: Person) -> bytes:
    """The MIME of a `message` object. Raises 400 with Graph's code for what is wrong."""
    if not isinstance(message, dict):
        raise unreadable("The message must be a JSON object.")
    if unknown := set(message) - _KNOWN:
        raise unreadable(f"The property '{min(unknown)}' does not exist on type 'microsoft.graph.message'.")
    try:
        return _built(message, owner).as_bytes(policy=SMTP)
    except (KeyError, TypeError, AttributeError, binascii.Error, ValueError):
        raise unreadable("A property of the message has a value that cannot be read.") from None


def _built(message: dict, owner: Person) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    sender = message.get("from") or {"emailAddress": {"name": owner.name, "address": owner.address}}
    mail["From"] = _address(sender)
    if message.get("sender") and message["sender"] != sender:
        mail["Sender"] = _address(message["sender"])
    for name, header in _LISTS.items():
        if message.get(name):
            mail[header] = [_address(each) for each in message[name]]
    mail["Subject"] = message.get("subject") or ""
    mail["Message-ID"] = message.get("internetMessageId") or make_msgid(
        domain=owner.address.partition("@")[2]
    )
    mail["Date"] = format_datetime(localtime())
    _add_headers(mail, message.get("internetMessageHeaders") or [])
    body = message.get("body") or {}
    subtype = "html" if str(body.get("contentType", "text")).casefold() == "html" else "plain"
    mail.set_content(body.get("content") or "", subtype=subtype)
    for attachment in message.get("attachments") or []:
        _attach(mail, attachment)
    return mail


def _address(recipient: dict) -> Address:
    entry = recipient["emailAddress"]
    if not letters.is_address(entry["address"]):
        raise invalid_recipient(entry["address"])
    local, _, domain = entry["address"].rpartition("@")
    return Address(entry.get("name") or "", local, domain)


def invalid_recipient(address: str) -> GraphError:
    return GraphError(
        400,
        "ErrorInvalidRecipients",
        f"At least one recipient isn't valid., Recipient \"{address}\" isn't resolved.",
    )


def _add_headers(mail: EmailMessage, headers: list[dict]) -> None:
    if len(headers) > _HEADERS_LIMIT:
        message = (
            f"Maximum number of headers in one message should be less than or equal to {_HEADERS_LIMIT}."
        )
        raise GraphError(400, "InvalidInternetMessageHeaderCollection", message)
    for header in headers:
        if not header["name"].casefold().startswith("x-"):
            message = f"The internet message header name '{header['name']}' should start with 'x-' or 'X-'."
            raise GraphError(400, "InvalidInternetMessageHeader", message)
        mail[header["name"]] = header["value"]


def with_attachments(raw: bytes, attachments: list[dict]) -> bytes:
    """The message with further files behind what it holds."""
    if not attachments:
        return raw
    mail = message_from_bytes(raw, policy=SMTP)
    for attachment in attachments:
        _attach(mail, attachment)
    return mail.as_bytes(policy=SMTP)


def check_attachment(attachment: object) -> dict:
    """A fileAttachment object, looked at. Raises 400 for what is none."""
    try:
        _attach(EmailMessage(policy=SMTP), attachment)
    except (KeyError, TypeError, AttributeError, binascii.Error, ValueError):
        raise unreadable("A property of the attachment has a value that cannot be read.") from None
    return attachment


def _attach(mail: EmailMessage, attachment: dict) -> None:
    """An inline file stands beside the HTML that shows it, another behind the text."""
    if not attachment["@odata.type"].endswith("fileAttachment"):
        raise unreadable("Only attachments of type #microsoft.graph.fileAttachment are known here.")
    content = base64.b64decode(attachment["contentBytes"], validate=True)
    maintype, _, subtype = (attachment.get("contentType") or "application/octet-stream").partition("/")
    options = {"maintype": maintype, "subtype": subtype, "filename": attachment["name"]}
    html = mail.get_body(("html",)) if attachment.get("isInline") else None
    if html is None:
        mail.add_attachment(content, **options)
    else:
        cid = f"<{attachment.get('contentId') or attachment['name']}>"
        html.add_related(content, cid=cid, disposition="inline", **options)


def unreadable(message: str) -> GraphError:
    return GraphError(400, "RequestBodyRead", message)
