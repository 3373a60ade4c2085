"""One refresh of a connection's tokens at a time, and what a refused grant does to the connection."""

import time
import uuid
from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.db.models import F

from accounts.audit import WORKER
from core.clock import now
from core.crypto import DecryptionFailed
from diagnosis.vocabulary import PORTAL_AT_FAULT
from oauth import leases, services
from oauth.errors import NeedsReconnecting, TokenUnavailable
from oauth.models import Connection, ConnectionState, LeasedRow, TokenCache
from webhooks.kinds import EventKind

POLL_S = 0.05
WAIT_S = 35  # a holder's requests, all at their limits, are done by then, and a dead one's lease is over long before

LeasedOne = TypeVar("LeasedOne", bound=LeasedRow)


def connected_row(connection: Connection, *related: str) -> TokenCache:
    """The stored tokens as they are now, with their connection. Raises NeedsReconnecting.

    Also where another account connected meanwhile: a message of the first must not leave by the second's token.
    """
    rows = TokenCache.objects.select_related("connection__company", "connection__membership__user", *related)
    row = rows.filter(connection=connection.pk).first()
    current = row.connection if row else Connection.objects.filter(pk=connection.pk).first()
    if row is None or current.state != ConnectionState.CONNECTED:
        cause = (current.cause if current else "") or "not_connected"
        raise NeedsReconnecting(cause, current.cause_raw if current else "")
    if current.object_id != connection.object_id:
        raise NeedsReconnecting("not_connected")
    return row


def renewed(
    load: Callable[[], LeasedOne],
    stored: Callable[[LeasedOne], str | None],
    refresh: Callable[[LeasedOne, str], str],
    old: str,
) -> str:
    """Another token than `old`: from somebody else's refresh if one is under way, else from our own.

    `load` reads the row anew, `stored` its token if that is good, `refresh` asks the provider, holding the lease
    as the owner it is told. Raises what they raise, and TokenUnavailable when another's refresh does not end.
    """
    owner, deadline = str(uuid.uuid4()), time.monotonic() + WAIT_S
    watch = leases.Watch()
    while True:
        row = load()
        if (token := stored(row)) and token != old:
            return token
        if watch.is_over(row) and leases.take(row, owner):
            break
        if time.monotonic() > deadline:
            raise TokenUnavailable("provider_temporarily_unavailable", "A refresh under way did not end.")
        time.sleep(POLL_S)
    try:
        with leases.kept(row, owner):
            row = load()
            if (token := stored(row)) and token != old:
                return token
            return refresh(row, owner)
    finally:
        leases.let_go(row, owner)


def keep(row: TokenCache, owner: str, tokens: bytes, **changes: object) -> bool:
    """Store the new tokens and give the lease back; False, and nothing stored, when it was lost meanwhile."""
    row.seal(tokens)
    sealed = {"ciphertext": row.ciphertext, "key_id": row.key_id, "version": F("version") + 1}
    if not leases.let_go(row, owner, **sealed):
        return False
    Connection.objects.filter(pk=row.connection_id).update(refreshed_at=now(), **changes)
    return True


def opened(row: TokenCache) -> bytes:
    """The stored tokens. Raises TokenUnavailable when a key is missing: the operator brings it back."""
    try:
        return row.unseal()
    except DecryptionFailed as error:
        raise TokenUnavailable(PORTAL_AT_FAULT, str(error)) from None


@transaction.atomic
def end(connection: Connection, cause: str, raw: str) -> None:
    """Mark the connection as needing the person, once."""
    still = Connection.objects.filter(pk=connection.pk, state=ConnectionState.CONNECTED)
    if still.update(state=ConnectionState.NEEDS_RECONNECTING, cause=cause, cause_raw=raw):
        services.note(connection, WORKER, "connection.needs_reconnecting", cause=cause)
        services.publish(connection, EventKind.CONNECTION_LOST, cause)
