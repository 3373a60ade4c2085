"""Requests to Microsoft Graph: one at a time, never repeated by themselves, never redirected.

https://learn.microsoft.com/graph/errors, https://learn.microsoft.com/graph/outlook-large-attachments
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import requests

from core import clock, retry_after
from core.redact import hide
from sender.mime import Frozen
from sender.transports import https
from sender.transports.base import Outcome, Phase, SendResult, for_all

NO_ANSWER = 0
TOKEN_KEPT_S = 30  # of the five minutes at least that a token is good for when it is given
_BLOCK_BYTES = 65_536
_REPLY_CHARACTERS = 4_000
_NOT_NOW = (408, 429, 503, 509)  # definite: the request was turned away, not begun
_KEPT_HEADERS = ("request-id", "date")
MIME, JSON = "text/plain", "application/json"


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """`mailbox` None sends as the signed-in person. `token` gives an access token; its argument: force a new one.

    `token` raises TransportError with stage "token" when there is none to be had. `scopes` are those granted,
    by short or full name; `save_to_sent` False keeps the copy out of Sent Items where Graph can.
    """

    graph_url: str
    token: Callable[[bool], str]
    mailbox: str | None = None
    ca_bundle: Path | None = None
    timeout_s: float = 60
    save_to_sent: bool = True
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request. `status` NO_ANSWER: it was cut off in `phase`, and `reply` says how."""

    status: int
    reply: str
    phase: Phase
    ids: dict[str, str]
    retry_after_s: int | None = None
    data: dict[str, object] = field(default_factory=dict, repr=False)

    def result(self, frozen: Frozen, outcome: Outcome | None = None) -> SendResult:
        """What it means when the request was the one that sends; `outcome` where the caller knows better."""
        outcome = outcome or self._outcome
        code = str(self.status) if self.status else ""
        return SendResult(
            outcome,
            self.phase,
            "graph_send",
            self.reply,
            http_status=self.status or None,
            retry_after_s=self.retry_after_s,
            request_ids=self.ids,
            recipients=for_all(frozen, outcome, code, self.reply),
        )

    @property
    def _outcome(self) -> Outcome:
        """Only 202 is a yes. 500, 502 and 504 may come after the message was taken (and any 2xx from a proxy)."""
        status = self.status
        if status == NO_ANSWER:
            return Outcome.UNKNOWN if self.phase is Phase.HANDED_OVER else Outcome.DEFERRED
        if status == 202:
            return Outcome.ACCEPTED
        if status in _NOT_NOW:
            return Outcome.DEFERRED
        if status == 401 or 300 <= status < 400:
            return Outcome.FAILED
        return Outcome.REFUSED if 400 <= status < 500 else Outcome.UNKNOWN


class Body:
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


class Calls:
    """Requests in one mailbox, over the connections that all mailboxes of the provider share."""

    def __init__(self, settings: GraphSettings) -> None:
        self.settings = settings
        self._base = self._base_of(settings)
        self._session: requests.Session | None = None
        self._token, self._token_at = "", 0.0

    def _base_of(self, settings: GraphSettings) -> str:
        who = f"users/{quote(settings.mailbox, safe='@')}" if settings.mailbox else "me"
        return f"{settings.graph_url.rstrip('/')}/v1.0/{who}/"

    def open(self) -> None:
        """Fetches a token; Graph itself is asked only when there is a message. Raises TransportError."""
        self._good_token()
        provider = self._base.partition("://")[2].partition("/")[0]
        self._session = https.session_for(provider, self.settings.ca_bundle)

    def close(self) -> None:
        """The connections stay for other mailboxes."""
        self._session = None
        self._token = ""

    def ask(self, method: str, path: str, body: Body | None = None, kind: str = "", **headers: str) -> Answer:
        """A request in the mailbox. A token that ended early is replaced once: 401 is a definite no."""
        if self._session is None:
            self.open()
        answer = self._with_token(method, path, body, kind, headers, self._good_token())
        if answer.status == 401:
            answer = self._with_token(method, path, body, kind, headers, self._good_token(is_refused=True))
        return answer

    def _good_token(self, *, is_refused: bool = False) -> str:
        """Asked for anew now and then only, as it is stored encrypted; yet so often that an end is noticed soon."""
        now = time.monotonic()
        if is_refused or now - self._token_at > TOKEN_KEPT_S or not self._token:
            self._token = ""
            self._token, self._token_at = self.settings.token(is_refused), now
        return self._token

    def without_token(self, method: str, url: str, content: bytes = b"", **headers: str) -> Answer:
        """A request to an address that is itself the key, and is kept out of every reply."""
        body = Body(content, repeatable) if content else None
        return self._request(method, url, body, headers, url)

    def _with_token(
        self, method: str, path: str, body: Body | None, kind: str, headers: dict[str, str], token: str
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            **({"Content-Type": kind} if kind else {}),
            **headers,
        }
        return self._request(method, self._base + path, body, headers, token)

    def _request(
        self, method: str, url: str, body: Body | None, headers: dict[str, str], secret: str
    ) -> Answer:
        ids = {"client-request-id": str(uuid.uuid4())}
        if body is not None:
            body.rewind()
        try:
            told = {**headers, **ids, "return-client-request-id": "true"}
            response = https.send(self._session, method, url, body, told, self.settings.timeout_s)
        except requests.RequestException as error:
            if body is not None and body.stopped_by is not None:
                raise body.stopped_by from None
            return Answer(NO_ANSWER, _described(error), _cut_in(error, body), ids)
        return _answered(response, ids, secret)


def repeatable() -> None:
    """For the body of a request that hands nothing over."""


def _cut_in(error: requests.RequestException, body: Body | None) -> Phase:
    """Without a body nothing tells how far the request came."""
    if body is None or body.has_begun:
        return Phase.HANDED_OVER
    return Phase.TLS if isinstance(error, requests.exceptions.SSLError) else Phase.CONNECT


def _answered(response: requests.Response, ids: dict[str, str], secret: str) -> Answer:
    status = response.status_code
    ids = ids | {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    reply = hide(response.text, secret)[:_REPLY_CHARACTERS]
    return Answer(
        status,
        reply or f"HTTP {status} {response.reason or ''}".strip(),
        Phase.SIGN_IN if status == 401 else Phase.HANDED_OVER,
        ids,
        retry_after.seconds(response.headers.get("Retry-After"), clock.now()),
        _json(response.content),
    )


def _json(content: bytes) -> dict[str, object]:
    try:
        data = json.loads(content)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _described(error: requests.RequestException) -> str:
    """The system's own words at the bottom of the chain; requests' may quote headers, and so the token."""
    bottom: BaseException = error
    while bottom.__cause__ or bottom.__context__:
        bottom = bottom.__cause__ or bottom.__context__
    if isinstance(bottom, OSError) and not isinstance(bottom, requests.RequestException):
        return f"{type(bottom).__name__}: {bottom}"
    return type(error).__name__
