"""The same idempotency key within a company gives the message stored before, and is an error for another one."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import InputError
from sender.models import OutboxMessage
from sender.statements import prepared

MOST_CHARACTERS = OutboxMessage._meta.get_field("idempotency_key").max_length
# That the key is not empty is said as the index says it: without, SQLite reads all messages of the company.
_USED = (
    "SELECT id FROM sender_outboxmessage WHERE company_id = %(company)s"
    " AND NOT (idempotency_key = '') AND idempotency_key "
)
_AMONG = {"postgresql": "= ANY(%(keys)s)", "sqlite": "IN (SELECT value FROM json_each(%(keys)s))"}


class IdempotencyClash(InputError):
    """The key was used before, for another message."""


def is_key(key: str) -> bool:
    """Whether it can be one; an empty one stands for none. No database is asked for anything else."""
    return len(key) <= MOST_CHARACTERS and key.isprintable()


def check(key: str) -> None:
    """Raises InputError for what is no key."""
    if not is_key(key):
        message = _("An idempotency key has at most %(limit)s printable characters.")
        raise InputError(message % {"limit": MOST_CHARACTERS}, "idempotency_key")


def content_hash(message: object, agreement: str, language: str) -> str:
    """Of what the caller gave: dates, Message-IDs and agreement texts added by us do not count.

    Keyed, so that a stolen database does not tell whether a guessed text is the right one.
    """
    given = repr([*_plain(message), agreement, language]).encode("utf-8", "surrogateescape")
    return hmac.digest(settings.SECRET_KEY.encode(), given, hashlib.sha256).hex()


def used(company_id: object, keys: Sequence[str]) -> list[object]:
    """The ids of the company's messages with these keys."""
    if not keys:
        return []
    listed = list(keys) if connection.vendor == "postgresql" else json.dumps(list(keys))
    rows = prepared(_USED + _AMONG[connection.vendor], {"company": company_id, "keys": listed})
    return [row[0] for row in rows]


def earlier(membership: Membership, key: str, content_hash: str) -> OutboxMessage | None:
    """The message stored with this key. Raises IdempotencyClash when it is another one, or another person's."""
    found = used(membership.company_id, [key] if key else [])
    if not found:
        return None
    message = OutboxMessage.objects.filter(pk=found[0]).first()  # None when it was deleted meanwhile
    if message and (message.content_hash != content_hash or message.membership_id != membership.pk):
        sentence = _("The idempotency key %(key)s was used before for another message.")
        raise IdempotencyClash(sentence % {"key": key}, "idempotency_key")
    return message


def _plain(value: object) -> object:
    """What tells two values apart, in a form that does not depend on how they were given."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Mapping):
        return sorted(value.items())
    if is_dataclass(value):
        return [_plain(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
