"""A person's route, kept in this process for as long as everything it was chosen from is the same.

Choosing reads a dozen rows, which costs more than storing the message. The choice is a pure function of those
rows and the day, so one query that brings their values as text tells whether it would come out
the same. Nothing has to be told about a change, and none can be missed. PostgreSQL is first asked, at a third of
the cost, whether they are still the same versions of the same rows, and SQLite whether it has changed at all.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from threading import Lock
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from accounts.models import Company, Membership, User
from mailsettings.models import (
    AppOnlySettings,
    CompanyMailSettings,
    Credential,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
    UserMailSettings,
)
from oauth.models import Connection
from sender import changes
from sender.mime import checked_address
from sender.models import Health, SendingMailbox
from sender.routing import NO_MAILBOX, Route, choose_to_store, gather
from sender.rungs import of_app
from sender.statements import prepared

MOST = 5_000  # people; the ones asked for longest ago are forgotten

# As `routing.not_mailboxes` asks: a secret that ended leaves thousands in trouble, which decide nothing here.
_CAUSES, _METHODS = (", ".join(f"'{each}'" for each in names) for names in (NO_MAILBOX, of_app.SWITCHES))
_IS_NO_MAILBOX = f"health = '{Health.NEEDS_ATTENTION}' AND cause IN ({_CAUSES}) AND method IN ({_METHODS})"

# What the choice is made from: model, whose rows of it. A test compares this with what `gather` reads.
SOURCES: tuple[tuple[type[models.Model], str], ...] = (
    (Company, "id = %(company)s"),
    (Membership, "id = %(membership)s"),
    (User, "id = %(user)s"),
    (CompanyMailSettings, "company_id = %(company)s"),
    (UserMailSettings, "membership_id = %(membership)s"),
    (MicrosoftApp, "company_id = %(company)s"),
    (GoogleApp, "company_id = %(company)s"),
    (SmtpServer, "company_id = %(company)s"),
    (AppOnlySettings, "company_id = %(company)s"),
    (Connection, "company_id = %(company)s AND membership_id IS NULL"),
    (Connection, "membership_id = %(membership)s"),
    (Credential, "company_id = %(company)s AND membership_id IS NULL"),
    (Credential, "membership_id = %(membership)s"),
    (SendingMailbox, f"company_id = %(company)s AND {_IS_NO_MAILBOX}"),
)
# Values that change with use and decide nothing.
_OF_NO_MATTER = frozenset(
    [
        *("ciphertext", "certificate", "password", "cause_raw"),
        *("last_worked_at", "last_used_at", "refreshed_at", "last_login"),
        *("paused_until", "next_due_at", "last_turn_at"),
        *("allowance", "allowance_at", "counted_on", "recipients_counted"),
    ]
)


@dataclass(frozen=True)
class Way:
    """A route, its reasons as they are stored, with what storing a message needs besides."""

    route: Route
    policy: CompanyMailSettings
    person: str  # whose mail it is: the user's address
    mailbox_id: UUID | None = None  # the route's sending mailbox, once it is known

    @cached_property
    def of_each_message(self) -> dict[str, object]:
        """What every message that goes this way keeps of it."""
        refused = [{"method": r.method, "cause": r.cause, "reason": r.reason} for r in self.route.refused]
        return {
            "person": self.person,
            "mailbox_id": self.mailbox_id,
            "route_reason": self.route.reason,
            "refused_rungs": refused,
            "from_address": checked_address(self.route.from_address, "sender"),
        }

    @cached_property
    def refused_as_json(self) -> str:
        return json.dumps(self.of_each_message["refused_rungs"])


@dataclass(frozen=True, slots=True)
class _Kept:
    versions: list[tuple] | tuple | None  # of the rows or the database, where it tells them
    stamp: bytes  # of their values
    way: Way | None


_NOTHING = _Kept(None, b"", None)
_memory: OrderedDict[tuple, _Kept] = OrderedDict()
_lock = Lock()


def way_of(membership: Membership) -> Way:
    """The way this person's mail goes now. Raises NoRoute."""
    key, versions = _key(membership), _versions(membership)
    with _lock:
        kept = _memory.get(key, _NOTHING)
        if versions and kept.versions == versions:
            _memory.move_to_end(key)
            return kept.way
    stamp, way = _stamp(membership), kept.way
    if kept.stamp != stamp:
        facts = gather(_as_stored(membership))
        way = Way(choose_to_store(facts), facts.policy, facts.email)
    _keep(key, _Kept(versions, stamp, way))
    return way


def _as_stored(membership: Membership) -> Membership:
    """Read anew: the caller may have read person and company before the change, and others get this way, too."""
    rows = Membership.objects.select_related("user", "company")
    return rows.filter(pk=membership.pk).first() or membership


def improve(membership: Membership, way: Way, known: Way) -> None:
    """Keep `known` instead of `way`, which it completes; call once its mailbox is committed."""
    key = _key(membership)
    with _lock:
        kept = _memory.get(key, _NOTHING)
        if kept.way is way:
            _memory[key] = replace(kept, way=known)


def forget() -> None:
    """For tests, and where a remembered mailbox turns out to be gone."""
    with _lock:
        _memory.clear()


def _keep(key: tuple, kept: _Kept) -> None:
    with _lock:
        _memory[key] = kept
        _memory.move_to_end(key)
        while len(_memory) > MOST:
            _memory.popitem(last=False)


def _key(membership: Membership) -> tuple:
    """The database's name is in it since tests of one process use several."""
    return connections[DEFAULT_DB_ALIAS].settings_dict["NAME"], membership.pk, membership.company.today


def _versions(membership: Membership) -> list[tuple] | tuple | None:
    """What is the same as before only while everything is.

    In PostgreSQL, which rows there are, and the transaction and place of each one's version: no two are alike in
    all three.

    https://www.postgresql.org/docs/current/ddl-system-columns.html
    """
    own = connections[DEFAULT_DB_ALIAS]
    return changes.seen(own) if own.vendor == "sqlite" else prepared(_query(_version), _ids(membership))


def _stamp(membership: Membership) -> bytes:
    part = _values_in_postgresql if connection.vendor == "postgresql" else _values_in_sqlite
    rows = sorted(row[0] for row in prepared(_query(part), _ids(membership)))
    return hashlib.blake2b("\0".join(rows).encode(), digest_size=16).digest()


def _ids(membership: Membership) -> dict[str, object]:
    return {"company": membership.company_id, "membership": membership.pk, "user": membership.user_id}


@cache
def _query(part: Callable[[str, list[str]], str]) -> str:
    """All sources at once, `part` saying what is wanted of a table and its columns that matter."""
    return " UNION ALL ".join(
        f"SELECT {part(model._meta.db_table, _columns(model))} FROM {model._meta.db_table} WHERE {rows}"  # noqa: S608
        for model, rows in SOURCES
    )


def _columns(model: type[models.Model]) -> list[str]:
    columns = [field.column for field in model._meta.concrete_fields]
    return [connection.ops.quote_name(each) for each in columns if each not in _OF_NO_MATTER]


def _version(_table: str, _columns: list[str]) -> str:
    return "tableoid, xmin, ctid"


def _values_in_postgresql(table: str, columns: list[str]) -> str:
    return f"'{table}' || CAST(ROW({', '.join(columns)}) AS text)"


def _values_in_sqlite(table: str, columns: list[str]) -> str:
    return f"'{table}' || " + " || '|' || ".join(f"quote({column})" for column in columns)
