"""How many requests a key may make in a minute, told with each answer.

The headers are those of https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-07, which clients
know. Processes that share no cache count for themselves. While a common one is away nobody counts: orders matter more.
"""

import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from api.models import ApiKey
from api.problems import Problem

WINDOW_S = 60

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Count:
    limit: int
    remaining: int
    reset_s: int


def count(request: HttpRequest, key: ApiKey) -> None:
    """Count this request. Raises Problem when it is one too many."""
    limit, now = settings.API_REQUESTS_A_MINUTE, time.time()
    try:
        used = _counted(f"api:{key.pk}:{int(now // WINDOW_S)}")
    except DatabaseError:
        raise  # the cache is a table, and the portal has no database either
    except Exception as error:  # what the client of that cache raises, such as redis.ConnectionError
        log.warning("requests are not counted: the cache does not answer", error=type(error).__name__)
        return
    request.api_count = Count(limit, max(limit - used, 0), WINDOW_S - int(now % WINDOW_S))
    if used > limit:
        wait_s = str(request.api_count.reset_s)
        sentence = ngettext(
            "A key may make %(limit)s requests a minute. Go on in %(seconds)s second.",
            "A key may make %(limit)s requests a minute. Go on in %(seconds)s seconds.",
            int(wait_s),
        )
        raise Problem(
            429, sentence % {"limit": limit, "seconds": wait_s}, headers={"Retry-After": wait_s}
        )  # fmt: skip


def tell(request: HttpRequest, response: HttpResponse) -> None:
    counted: Count | None = getattr(request, "api_count", None)
    if counted is not None:
        response["RateLimit-Limit"] = str(counted.limit)
        response["RateLimit-Remaining"] = str(counted.remaining)
        response["RateLimit-Reset"] = str(counted.reset_s)


def _counted(name: str) -> int:
    try:
        return cache.incr(name)
    except ValueError:  # nobody counted in this minute yet
        return 1 if cache.add(name, 1, 2 * WINDOW_S) else cache.incr(name)
