"""What a slot sends next: taken and read beforehand, by a helper, while it sends what it has.

Otherwise the server would wait each time while the database is written and read.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from functools import partial

from sender import claims
from sender.claims import Claimed, Loaded
from sender.helpers import Helpers, here

MOST_BYTES = 640 * 1024  # of message bodies read at once for one slot, or one message
ALL_BYTES = 12 * 1024 * 1024  # of all slots of a worker, each with as much beforehand


class Batch:
    """`is_full`: it has as many messages as were asked for, so that there may be more."""

    def __init__(self, claimed: list[Claimed], asked: int, most_bytes: int = MOST_BYTES) -> None:
        """Reads the first few at once."""
        self.claimed = claimed
        self.is_full = len(claimed) == asked
        self._groups = claims.in_groups(claimed, most_bytes)
        self._loaded = claims.loaded(next(self._groups)) if claimed else None

    def each(self, helpers: Helpers | None) -> Iterator[Loaded]:
        """Every message with its content, which is not kept here."""
        do = helpers.do if helpers else here
        while self._loaded:
            yield self._loaded.popleft()
            if not self._loaded and (group := next(self._groups, None)):
                self._loaded = do(partial(claims.loaded, group))


class Supply:
    """Of one slot. `take` takes and reads the next batch, in whichever thread."""

    def __init__(self, take: Callable[[], Batch], helpers: Helpers | None) -> None:
        self._take = take
        self._helpers = helpers
        self._ahead: Future[Batch] | None = None

    def next(self) -> Batch:
        """Raises what `take` raises."""
        if self._helpers is None:
            return self._take()
        ahead, self._ahead = self._ahead or self._helpers.begin(self._take), None
        return ahead.result()

    def begin(self) -> None:
        """Have the batch after this one taken meanwhile."""
        if self._helpers is not None:
            self._ahead = self._helpers.begin(self._take)

    def end(self) -> None:
        """No more is taken afterwards. Whatever went wrong meanwhile, the lease knows that it is not certain."""
        if self._ahead is not None and not self._ahead.cancel():
            wait([self._ahead])
        self._ahead = None


def share(slots: int) -> int:
    """Bytes of message bodies that each of so many slots may read at once."""
    return min(MOST_BYTES, ALL_BYTES // (2 * max(slots, 1)))
