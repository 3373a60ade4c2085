"""Locking accounts after wrong passwords, as Entra's smart lockout does.

https://learn.microsoft.com/entra/identity/authentication/howto-password-smart-lockout: ten wrong ones, then a minute.
The last three wrong passwords are known again and not counted twice.
"""

import hashlib
import time
from dataclasses import dataclass, field

MOST_WRONG = 10
LOCKED_S = 60
_KNOWN_AGAIN = 3


@dataclass
class _Account:
    wrong: int = 0
    last: list[str] = field(default_factory=list)
    locked_until: float = 0.0


class Lockout:
    """In memory: a restart unlocks everybody."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def is_locked(self, address: str) -> bool:
        return self._of(address).locked_until > time.monotonic()

    def wrong(self, address: str, password: str) -> None:
        """Count a wrong password; the tenth locks the account."""
        account, digest = self._of(address), hashlib.sha256(password.encode()).hexdigest()
        if digest in account.last:
            return
        account.last = [*account.last, digest][-_KNOWN_AGAIN:]
        account.wrong += 1
        if account.wrong >= MOST_WRONG:
            account.locked_until = time.monotonic() + LOCKED_S

    def right(self, address: str) -> None:
        self._accounts.pop(address, None)

    def forget(self) -> None:
        self._accounts.clear()

    def _of(self, address: str) -> _Account:
        return self._accounts.setdefault(address, _Account())
