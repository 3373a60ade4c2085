"""Posting one event, signed; what came back, or why nothing did.

The address was typed by a company: it is dialled through the guard (core/guarded.py), and nothing is followed.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime

import requests
from django.utils.translation import gettext as _
from standardwebhooks.webhooks import Webhook

from core import guarded
from core.clock import now
from core.crypto import DecryptionFailed
from core.net import OutgoingRefused
from core.redact import hide, redact
from core.retry_after import seconds
from core.sentences import kept
from webhooks import secrets
from webhooks.addresses import is_fit
from webhooks.models import Endpoint, Event

REPLY_CHARACTERS = 500
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` None: there was none, and `reply` says why (core.sentences). Neither holds a secret."""

    status: int | None
    reply: str
    took_ms: int
    retry_after_s: int = 0

    @property
    def is_ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def body_of(event: Event) -> str:
    """What is posted: the same each time."""
    told = {"type": event.kind, "timestamp": event.happened_at.isoformat(), "data": event.facts}
    return json.dumps(told, separators=(",", ":"))


def post(endpoint: Endpoint, event: Event, call: guarded.Call = guarded.post) -> Answer:
    """Once, by `call`; whatever goes wrong is an answer, too."""
    moment, began_at = now(), time.monotonic()
    try:
        signing = secrets.of(endpoint, moment)
    except DecryptionFailed:
        with kept():
            return Answer(None, _("The signing secret cannot be read. Make a new one."), 0)
    status, reply, retry_after = _called(endpoint.url, event, signing, moment, call)
    safe = redact(hide(reply, *signing, *(one.removeprefix(secrets.BEGINNING) for one in signing)))
    took_ms = round((time.monotonic() - began_at) * 1000)
    return Answer(status, _storable(safe), took_ms, seconds(retry_after, moment) or 0)


def _called(
    url: str, event: Event, signing: list[str], moment: datetime, call: guarded.Call
) -> tuple[int | None, str, str]:
    body = body_of(event)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Postroom",
        "webhook-id": str(event.pk),
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(one).sign(str(event.pk), moment, body) for one in signing),
    }
    if not is_fit(url):
        with kept():
            return None, _("The address does not begin with https://."), ""
    try:
        return call(url, body.encode(), headers)
    except OutgoingRefused as error:
        return None, str(error), ""
    except (requests.RequestException, UnicodeError) as error:
        return None, _reason(error), ""


def _reason(error: Exception) -> str:
    """The innermost words: what requests and urllib3 wrap around them names their own objects."""
    while inner := [
        one for one in (getattr(error, "reason", None), *error.args) if isinstance(one, Exception)
    ]:
        error = inner[-1]
    return str(error) or type(error).__name__


def _storable(text: str) -> str:
    return text[:REPLY_CHARACTERS].replace("\0", "").strip()
