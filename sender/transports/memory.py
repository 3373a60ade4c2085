"""A transport that keeps what was sent, for tests and for looking at what would be sent."""

from collections import deque
from collections.abc import Callable, Iterable

from sender.mime import Frozen
from sender.transports.base import Outcome, Phase, SendResult, Transport, TransportError, for_all


class MemoryTransport(Transport):
    """Accepts everything, or answers in turn with `answers`: a SendResult, or a TransportError for `open`."""

    provider = "other"
    label = "memory"

    def __init__(self, answers: Iterable[SendResult | TransportError] = ()) -> None:
        self.sent: list[Frozen] = []
        self.answers = deque(answers)
        self.is_open = False

    def open(self) -> None:
        if self.answers and isinstance(self.answers[0], TransportError):
            raise self.answers.popleft()
        self.is_open = True

    def send(self, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        if not self.is_open:
            self.open()
        answer = self.answers.popleft() if self.answers else _accepted(frozen)
        if isinstance(answer, TransportError):
            raise answer
        if answer.phase is Phase.HANDED_OVER:
            before_handover()
        if answer.outcome is Outcome.ACCEPTED:
            self.sent.append(frozen)
        return answer

    def close(self) -> None:
        self.is_open = False


def _accepted(frozen: Frozen) -> SendResult:
    return SendResult(
        Outcome.ACCEPTED, Phase.HANDED_OVER, "memory", recipients=for_all(frozen, Outcome.ACCEPTED)
    )
