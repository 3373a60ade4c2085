"""How much one address, one key and all together may take of a gateway; kept in the memory of one process.

Where a gateway has several, that is the one which hands connections over (gateway/processes.py). Failed sign-ins
are counted in the cache as well (gateway/failures.py).
"""

import time
from collections import Counter, deque
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from gateway import replies

FAILURES_WITHIN_S = 600
_MOST_ADDRESSES_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    connections: int = 500
    connections_per_address: int = 50
    connections_per_key: int = 20
    failures_per_address: int = 20  # within ten minutes
    failures_per_connection: int = 3
    recipients: int = 1_000  # of one message; RFC 5321 section 4.5.3.1.8 wants at least 100
    message_bytes: int = 40 * 1024 * 1024
    in_hand_bytes: int = 400 * 1024 * 1024  # of all messages being received or stored
    sign_in_s: float = 60  # from the beginning of a connection
    idle_s: float = 300  # RFC 5321 section 4.5.3.2.7
    data_s: float = 600  # from DATA to the final dot
    store_s: float = 120
    goodbye_s: float = 5  # then a connection that does not close is cut
    drain_s: float = 60


@dataclass(frozen=True, slots=True)
class Admitted:
    """A connection: the address it is counted for, None where it is one too many; why it is not served."""

    address: str | None
    refusal: str = ""


class Counts:
    """Used by one thread only."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._addresses: Counter[str] = Counter()
        self._keys: Counter[object] = Counter()
        self._failures: dict[str, deque[float]] = {}
        self.in_hand_bytes = 0

    def admit(self, peer: object) -> Admitted:
        """Count a connection from there (a socket's address)."""
        address = counted_as(peer)
        if not self.connect(address):
            return Admitted(None, replies.TOO_MANY_CONNECTIONS)
        return Admitted(address, replies.TOO_MANY_FAILURES if self.is_locked_out(address) else "")

    async def ask(self, what: str, about: object) -> bool:
        """`use_key` or `is_locked_out`, for a session, which may have to wait for the answer of another process."""
        return getattr(self, what)(about)

    def connect(self, address: str) -> bool:
        """Count a connection; False when it is one too many, and then it is not counted."""
        most = self.limits.connections_per_address
        if self._addresses.total() >= self.limits.connections or self._addresses[address] >= most:
            return False
        self._addresses[address] += 1
        return True

    def disconnect(self, address: str) -> None:
        _less(self._addresses, address)

    def use_key(self, key: object) -> bool:
        if self._keys[key] >= self.limits.connections_per_key:
            return False
        self._keys[key] += 1
        return True

    def leave_key(self, key: object) -> None:
        _less(self._keys, key)

    def failed(self, address: str) -> None:
        if address not in self._failures and len(self._failures) >= _MOST_ADDRESSES_REMEMBERED:
            self._failures.pop(next(iter(self._failures)))
        self._failures.setdefault(address, deque(maxlen=self.limits.failures_per_address))
        self._failures[address].append(time.monotonic())

    def succeeded(self, address: str) -> None:
        self._failures.pop(address, None)

    def is_locked_out(self, address: str) -> bool:
        """Whether too many sign-ins from this address failed lately."""
        times = self._failures.get(address, ())
        return (
            len(times) >= self.limits.failures_per_address and times[0] > time.monotonic() - FAILURES_WITHIN_S
        )


def counted_as(peer: object) -> str:
    """The address that is counted: of IPv6 the network of one customer, who has all of its addresses."""
    try:
        address = ip_address(peer[0].partition("%")[0])
    except (TypeError, IndexError, ValueError):  # gone already, or no internet socket
        return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


def _less(counter: Counter, name: object) -> None:
    counter[name] -= 1
    if counter[name] <= 0:
        del counter[name]
