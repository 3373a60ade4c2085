"""What every transport does, and the one vocabulary for what came of it, beside the provider's own words."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, Self

from core.errors import PostroomError
from diagnosis.retry import Retry
from sender.mime import Frozen


class Outcome(StrEnum):
    ACCEPTED = "accepted"  # the provider took charge of it (SMTP 250, Graph 202): not "delivered"
    DEFERRED = "deferred"  # not handed over, may be tried again: a definite "not now", or no connection
    REFUSED = "refused"  # a definite "no" to this message
    FAILED = "failed"  # sign-in or settings: would meet every message of this mailbox
    UNKNOWN = "unknown"  # handed over without a definite answer: must not be sent again blindly


class Phase(StrEnum):
    """How far an attempt came; in this order."""

    CONNECT = "connect"
    TLS = "tls"
    SIGN_IN = "sign_in"
    ENVELOPE = "envelope"
    CONTENT = "content"
    HANDED_OVER = "handed_over"  # the point of no return was passed


_PHASE_OF_STAGE = {"smtp_connect": Phase.CONNECT, "smtp_tls": Phase.TLS, "graph_send": Phase.CONNECT}


@dataclass(slots=True)
class RecipientResult:
    address: str
    outcome: Outcome
    code: str  # the server's number for this recipient ("550"); "" without one
    reply: str


@dataclass(slots=True)  # not frozen, which takes three times as long to make
class SendResult:
    outcome: Outcome
    phase: Phase
    stage: str  # as `diagnosis.explain` names it
    reply: str = ""  # the server's own words; may hold anything, redact before storing
    smtp_code: int | None = None
    http_status: int | None = None
    retry_after_s: int | None = None
    request_ids: dict[str, str] = field(default_factory=dict)
    recipients: tuple[RecipientResult, ...] = ()
    note: str = ""  # a sentence for people, where it went otherwise than was asked for


class TransportError(PostroomError):
    """The transport could not get ready: no connection, no TLS, no sign-in, no token. Nothing is handed over.

    `stage` is in the words of `diagnosis` (smtp_connect, smtp_tls, smtp_auth, token, graph_send); `reply`
    holds the provider's own words and is not in `str()`, since a token could be among them.
    """

    def __init__(
        self,
        *,
        stage: str,
        reply: str = "",
        smtp_code: int | None = None,
        http_status: int | None = None,
        retry_after_s: int | None = None,
        request_ids: dict[str, str] | None = None,
        cause: str = "",
        retry: Retry | None = None,
    ) -> None:
        super().__init__(f"The mailbox could not get ready to send (stage {stage}).")
        self.stage = stage
        self.phase = _PHASE_OF_STAGE.get(stage, Phase.SIGN_IN)
        self.reply = reply
        self.smtp_code = smtp_code
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        self.request_ids = request_ids or {}
        self.cause = cause
        self.retry = retry


class Drafts(Protocol):
    """Where a transport that makes drafts at the provider notes them, so that a dead worker's are found."""

    def left(self) -> list[str]:
        """The ids of those that earlier attempts at this message left behind."""

    def made(self, draft_id: str) -> None:
        """Note durably that this attempt made one."""

    def gone(self, draft_id: str) -> None:
        """It lies there no longer."""


class Transport(ABC):
    """A connection to one provider, signed in as one mailbox; used by one thread at a time.

    `provider` is microsoft, google, yahoo or other; `label` names the server for people. `drafts` belongs to the
    message that is sent next.
    """

    provider: str
    label: str
    drafts: Drafts | None = None

    @abstractmethod
    def open(self) -> None:
        """Connect and sign in. Raises TransportError."""

    @abstractmethod
    def send(self, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        """Hand one message over, unchanged.

        `before_handover` is called once, right before the point of no return, to note durably that it is
        passed; if it raises, nothing is handed over and its exception goes on to the caller. A connection lost
        before is DEFERRED, after it UNKNOWN. Never raises for what the server or the network does to the
        message; TransportError only where a new connection or a new token is needed and cannot be had.
        """

    @abstractmethod
    def close(self) -> None:
        """End the connection politely; never raises for the network. `send` after it connects again."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def for_all(frozen: Frozen, outcome: Outcome, code: str = "", reply: str = "") -> tuple[RecipientResult, ...]:
    """The same result for every recipient, for providers that answer once."""
    return tuple(RecipientResult(address, outcome, code, reply) for address in frozen.recipients)
