"""What a sink counts, so that every run can be checked: nothing lost, nothing twice."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field

_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(\S+)")
HEADER_BYTES = 4_096


@dataclass
class Books:
    """`refused`: connections or requests turned away since a mailbox had its limit already."""

    messages: Counter[bytes] = field(default_factory=Counter)
    signed_in: int = 0
    refused: int = 0
    tokens: int = 0
    answer_s: float = 0.0  # from having a message to telling so
    first_at: float = 0.0
    last_at: float = 0.0
    open_now: Counter[str] = field(default_factory=Counter)
    most_open: int = 0

    def begin(self) -> None:
        """The first sign of the first message."""
        self.first_at = self.first_at or time.monotonic()

    def accept(self, mime: bytes) -> None:
        found = _MESSAGE_ID.search(bytes(mime[:HEADER_BYTES]))
        self.messages[found[1] if found else b""] += 1
        self.last_at = time.monotonic()

    def enter(self, mailbox: str) -> int:
        """One more connection or request of this mailbox; how many there are now."""
        self.open_now[mailbox] += 1
        self.most_open = max(self.most_open, self.open_now[mailbox])
        return self.open_now[mailbox]

    def leave(self, mailbox: str) -> None:
        self.open_now[mailbox] -= 1

    def told(self) -> dict[str, float]:
        """All counts so far; `seconds` since they were told last."""
        facts = self._as_json()
        self.first_at = 0.0
        return facts

    def _as_json(self) -> dict[str, float]:
        return {
            "messages": len(self.messages),
            "twice": sum(count - 1 for count in self.messages.values()),
            "signed_in": self.signed_in,
            "refused": self.refused,
            "tokens": self.tokens,
            "most_open": self.most_open,
            "seconds": self.last_at + self.answer_s - self.first_at,
        }
