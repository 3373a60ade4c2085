"""A client that lost our 250 sends the message again: it is known by its Message-ID, and not stored twice.

RFC 5321 section 4.5.3.2.6 tells of such repeats. The same are: key, person, Message-ID, recipients and text. A
Message-ID alone is not enough: a client may send one message to its recipients one by one.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from accounts.models import Membership
from api.models import ApiKey
from sender import idempotency
from sender.mime.raw import Top
from sender.models import OutboxMessage

WITHIN = timedelta(days=1)


class Once:
    """What tells one message from another; a message without Message-ID has no repeats."""

    def __init__(self, key: ApiKey, person: Membership, top: Top, recipients: Sequence[str]) -> None:
        self._company_id, self._top = key.company_id, top
        everybody = ",".join(sorted({address.casefold() for address in recipients}))
        self._facts = (str(key.pk), str(person.pk), top.message_id, everybody)

    @cached_property
    def _digest(self) -> str:
        """Keyed: whether somebody wrote a certain text to somebody cannot be tried out on a stolen database."""
        text = hashlib.sha256(self._top.body).hexdigest()
        together = "\0".join((*self._facts, text)).encode("utf-8", "surrogateescape")
        return hmac.digest(settings.SECRET_KEY.encode(), together, hashlib.sha256).hex()

    def _on(self, day: object) -> str:
        return f"smtp-{day:%Y%m%d}-{self._digest}"

    @property
    def today(self) -> str:
        """The idempotency key of the message; "" for none."""
        return self._on(timezone.now()) if self._top.message_id else ""

    def earlier(self) -> OutboxMessage | None:
        """The message as it came within the last day."""
        if not self._top.message_id:
            return None
        now = timezone.now()
        found = idempotency.used(self._company_id, [self._on(now), self._on(now - WITHIN)])
        if not found:
            return None
        return OutboxMessage.objects.filter(pk__in=found, submitted_at__gte=now - WITHIN).first()
