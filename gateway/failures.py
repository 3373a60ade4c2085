"""Sign-ins that failed lately, by address: counted in the cache, so together by all processes that share one.

The memory of `Counts` answers the event loop, which must not wait; this is asked in the thread that looks up the key.
"""

from django.core.cache import cache

from gateway.limits import FAILURES_WITHIN_S


def count(address: str) -> int:
    return cache.get(_name(address), 0)


def add(address: str) -> None:
    """They are counted from the first one on, for ten minutes."""
    name = _name(address)
    cache.add(name, 0, FAILURES_WITHIN_S)
    try:
        cache.incr(name)
    except ValueError:  # the ten minutes ended between the two
        cache.set(name, 1, FAILURES_WITHIN_S)


def forget(address: str) -> None:
    """Somebody with this address has signed in."""
    cache.delete(_name(address))


def _name(address: str) -> str:
    return f"gateway:failed:{address.replace('/', '-')}"
