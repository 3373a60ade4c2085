"""Sending by Microsoft Graph: `sendMail` with the message in MIME.

https://learn.microsoft.com/graph/api/user-sendmail and https://learn.microsoft.com/graph/errors
There is no idempotency key: once the body is on its way, only a definite answer tells what became of it.
"""

import base64
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import requests

from core import clock
from core.net import CONNECT_TIMEOUT_S, http_session
from core.redact import hide
from sender.mime import Frozen, for_graph
from sender.transports.base import Outcome, Phase, SendResult, Transport, for_all

MAX_REQUEST_BYTES = 4 * 1024 * 1024
_BLOCK_BYTES = 65_536
_REPLY_CHARACTERS = 4_000
_STAGE = "graph_send"
_NOT_NOW = (408, 429, 503, 509)  # definite: the request was turned away, not begun
_KEPT_HEADERS = ("request-id", "date")


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """`mailbox` None sends as the signed-in person. `token` gives an access token; its argument: force a new one.

    `token` raises TransportError with stage "token" when there is none to be had.
    """

    graph_url: str
    token: Callable[[bool], str]
    mailbox: str | None = None
    ca_bundle: Path | None = None
    timeout_s: float = 60


class GraphTransport(Transport):
    """One https session, kept for several messages."""

    provider = "microsoft"
    label = "Microsoft Graph"

    def __init__(self, settings: GraphSettings) -> None:
        self.settings = settings
        who = f"users/{quote(settings.mailbox, safe='@')}" if settings.mailbox else "me"
        self._address = f"{settings.graph_url.rstrip('/')}/v1.0/{who}/sendMail"
        self._session: requests.Session | None = None

    def open(self) -> None:
        """Fetches a token; Graph itself is asked only when there is a message."""
        self.settings.token(False)
        self._session = self._session or http_session(self.settings.ca_bundle)

    def send(self, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        content = base64.b64encode(for_graph(frozen))
        if len(content) > MAX_REQUEST_BYTES:
            return _too_large(frozen, len(content))
        if self._session is None:
            self.open()
        body = _Body(content, before_handover)
        result = self._post(frozen, body, self.settings.token(False))
        if (
            result.http_status == 401
        ):  # a definite no: an early-ended token may be replaced and used once more
            result = self._post(frozen, body, self.settings.token(True))
        return result

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _post(self, frozen: Frozen, body: "_Body", token: str) -> SendResult:
        ours = str(uuid.uuid4())
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "text/plain",
            "client-request-id": ours,
            "return-client-request-id": "true",
        }
        body.rewind()
        try:
            response = self._session.post(
                self._address,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=(CONNECT_TIMEOUT_S, self.settings.timeout_s),
            )
        except requests.RequestException as error:
            if body.stopped_by is not None:
                raise body.stopped_by from None
            return _cut_off(frozen, error, body.has_begun, {"client-request-id": ours})
        ids = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        reply = hide(response.text, token)[:_REPLY_CHARACTERS]
        return _answered(frozen, response, reply, {"client-request-id": ours, **ids})


class _Body:
    """The request's body. That it is asked for shows that the connection stands and the headers are out:
    the point of no return is its first byte, and a failure before is a definite one.
    """

    def __init__(self, content: bytes, before_handover: Callable[[], None]) -> None:
        self._content = memoryview(content)
        self._before_handover: Callable[[], None] | None = before_handover
        self._position = 0
        self.has_begun = False
        self.stopped_by: BaseException | None = None

    def rewind(self) -> None:
        self._position = 0
        self.has_begun = False

    def read(self, size: int = -1) -> bytes:
        self._announce()
        self.has_begun = True
        end = self._position + (size if size >= 0 else len(self._content))
        block = bytes(self._content[self._position : end])
        self._position += len(block)
        return block

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(_BLOCK_BYTES):
            yield block

    def _announce(self) -> None:
        """Once, also over a second try. What it raises is kept: requests would rename some of it."""
        if self._before_handover is not None:
            try:
                self._before_handover()
            except BaseException as error:
                self.stopped_by = error
                raise
            self._before_handover = None


def _too_large(frozen: Frozen, size_bytes: int) -> SendResult:
    reply = (
        f"ErrorMessageSizeExceeded: the message has {size_bytes} bytes in base64, "
        f"Microsoft Graph takes at most {MAX_REQUEST_BYTES} in one request."
    )
    recipients = for_all(frozen, Outcome.REFUSED, reply=reply)
    return SendResult(Outcome.REFUSED, Phase.CONTENT, _STAGE, reply, recipients=recipients)


def _cut_off(
    frozen: Frozen, error: requests.RequestException, has_begun: bool, ids: dict[str, str]
) -> SendResult:
    outcome = Outcome.UNKNOWN if has_begun else Outcome.DEFERRED
    is_tls = isinstance(error, requests.exceptions.SSLError)
    before = Phase.TLS if is_tls else Phase.CONNECT
    reply = _described(error)
    return SendResult(
        outcome,
        Phase.HANDED_OVER if has_begun else before,
        _STAGE,
        reply,
        request_ids=ids,
        recipients=for_all(frozen, outcome, reply=reply),
    )


def _answered(frozen: Frozen, response: requests.Response, reply: str, ids: dict[str, str]) -> SendResult:
    status = response.status_code
    outcome = _outcome(status)
    reply = reply or f"HTTP {status} {response.reason or ''}".strip()
    return SendResult(
        outcome,
        Phase.SIGN_IN if status == 401 else Phase.HANDED_OVER,
        _STAGE,
        reply,
        http_status=status,
        retry_after_s=_retry_after_s(response.headers.get("Retry-After", "")),
        request_ids=ids,
        recipients=for_all(frozen, outcome, str(status), reply),
    )


def _outcome(status: int) -> Outcome:
    """Only 202 is a yes. 500, 502 and 504 may come after the message was taken (and any 2xx from a proxy)."""
    if status == 202:
        return Outcome.ACCEPTED
    if status in _NOT_NOW:
        return Outcome.DEFERRED
    if status == 401 or 300 <= status < 400:
        return Outcome.FAILED
    return Outcome.REFUSED if 400 <= status < 500 else Outcome.UNKNOWN


def _retry_after_s(value: str) -> int | None:
    """Seconds, also from the form with a date (RFC 9110 section 10.2.3)."""
    if value.strip().isdecimal():
        return int(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0, round((when - clock.now()).total_seconds()))


def _described(error: requests.RequestException) -> str:
    """The system's own words at the bottom of the chain; requests' may quote headers, and so the token."""
    bottom: BaseException = error
    while bottom.__cause__ or bottom.__context__:
        bottom = bottom.__cause__ or bottom.__context__
    if isinstance(bottom, OSError) and not isinstance(bottom, requests.RequestException):
        return f"{type(bottom).__name__}: {bottom}"
    return type(error).__name__
