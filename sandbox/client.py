"""What a test or a script asks of a running sandbox, over its real socket (standard library only)."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NotRequired, TypedDict, Unpack

_TIMEOUT_S = 10


class FaultFields(TypedDict):
    """See sandbox.faults.Fault; without `times` a fault stays until it is cleared."""

    times: NotRequired[int]
    mailbox: NotRequired[str]
    recipient: NotRequired[str]
    status: NotRequired[int]
    code: NotRequired[str]
    message: NotRequired[str]
    retry_after: NotRequired[str]
    reply: NotRequired[str]
    error: NotRequired[str]
    action: NotRequired[str]
    seconds: NotRequired[float]
    delay_ms: NotRequired[int]
    per_minute: NotRequired[int]
    store: NotRequired[bool]


class SandboxRefused(Exception):
    """The sandbox answered with an error; the text is its sentence."""


@dataclass(frozen=True)
class ArrivedMail:
    """`recipients` maps each envelope address to to, cc or bcc. `via`: graph, smtp, relay."""

    id: str
    via: str
    mailbox: str
    mail_from: str
    message_id: str
    subject: str
    size_bytes: int
    received_at: datetime
    recipients: dict[str, str]


class SandboxClient:
    """`url` is the sandbox's authority address, such as https://localhost:8443."""

    def __init__(self, url: str, ca_file: Path):
        self._url = url
        context = ssl.create_default_context(cafile=str(ca_file))
        handler = urllib.request.HTTPSHandler(context=context)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)

    def add_fault(self, where: str, **fields: Unpack[FaultFields]) -> int:
        """Make something go wrong. Returns the fault's id; raises SandboxRefused when it is not a fault."""
        return json.loads(self._call("POST", "/_sandbox/faults", {"where": where, **fields}))["id"]

    def faults(self) -> list[dict]:
        return json.loads(self._call("GET", "/_sandbox/faults"))

    def clear_faults(self) -> None:
        self._call("DELETE", "/_sandbox/faults")

    def mail(self, *, to: str = "", subject: str = "", message_id: str = "") -> list[ArrivedMail]:
        """Newest first. `subject` is a part of the decoded subject."""
        query = urllib.parse.urlencode({"to": to, "subject": subject, "message_id": message_id})
        return [_mail(entry) for entry in json.loads(self._call("GET", f"/_sandbox/mail?{query}"))]

    def raw(self, mail_id: str) -> bytes:
        """The bytes the recipients got."""
        return self._call("GET", f"/_sandbox/mail/{mail_id}/raw")

    def sent_copy(self, mail_id: str) -> bytes:
        """The bytes in the sender's Sent Items; raises SandboxRefused when there is no copy."""
        return self._call("GET", f"/_sandbox/mail/{mail_id}/sent")

    def drafts(self, mailbox: str) -> list[str]:
        """The ids of what lies unsent in a mailbox."""
        return json.loads(
            self._call("GET", f"/_sandbox/drafts?{urllib.parse.urlencode({'mailbox': mailbox})}")
        )

    def clear_mail(self) -> None:
        self._call("DELETE", "/_sandbox/mail")

    def requests(self) -> dict[str, int]:
        """Counters: token.<grant type>, graph.send, graph.send.whole (read to its end), graph.send.peak,
        graph.draft, graph.upload, graph.upload.bytes, graph.me, graph.find, google.token.<grant type>,
        google.send, google.revoke, smtp.session, smtp.auth, smtp.message."""
        return json.loads(self._call("GET", "/_sandbox/requests"))

    def add_redirect_uri(self, client_id: str, uri: str) -> None:
        self._call("POST", "/_sandbox/redirect-uris", {"client_id": client_id, "uri": uri})

    def add_certificate(self, client_id: str, pem: str) -> None:
        """Register a certificate's public part for an app, which may sign in with its key from then on."""
        self._call("POST", "/_sandbox/certificates", {"client_id": client_id, "pem": pem})

    def revoke(self, user: str) -> None:
        """End a person's refresh tokens (AADSTS50173)."""
        self._call("POST", "/_sandbox/revoke", {"user": user})

    def age(self, user: str, days: float) -> None:
        """Let days pass for a person's refresh tokens."""
        self._call("POST", "/_sandbox/age", {"user": user, "days": days})

    def reset(self) -> None:
        """As after a first start: no mail, faults, consents, tokens, added redirect addresses or counts."""
        self._call("POST", "/_sandbox/reset")

    def _call(self, method: str, path: str, body: object = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)  # noqa: S310 - https to loopback
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise SandboxRefused(error.read().decode() or str(error.code)) from None


def _mail(entry: dict) -> ArrivedMail:
    recipients = {each["address"]: each["kind"] for each in entry["recipients"]}
    received_at = datetime.fromisoformat(entry["received_at"])
    return ArrivedMail(**{**entry, "recipients": recipients, "received_at": received_at})
