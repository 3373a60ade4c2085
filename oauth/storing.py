"""Writing down a grant that passed every check."""

from dataclasses import dataclass, field
from datetime import datetime

from accounts.audit import Actor
from core.clock import now
from oauth import services
from oauth.models import Connection, ConnectionState, TokenCache
from webhooks.kinds import EventKind


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Who allowed what to which app. `tokens`: what the provider's own module reads again later.

    `is_continued`: the refresh token is the one stored before, so that the connection began back then.
    """

    client_id: str
    directory: str  # of Google the Workspace domain, or ""
    object_id: str
    address: str
    name: str
    scopes: list[str]
    tokens: bytes = field(repr=False)
    ends_at: datetime | None = None
    is_continued: bool = False


def store(connection: Connection, grant: NewGrant, actor: Actor) -> Connection:
    """Make the connection (perhaps not saved yet) what the grant says. Call in a transaction, one at a time."""
    was_lost = connection.state == ConnectionState.NEEDS_RECONNECTING
    connection.state, connection.cause, connection.cause_raw = ConnectionState.CONNECTED, "", ""
    connection.client_id = grant.client_id
    connection.tenant_id, connection.object_id = grant.directory, grant.object_id
    connection.address, connection.display_name = grant.address, grant.name[:254]
    connection.scopes, connection.ends_at = grant.scopes, grant.ends_at
    connection.refreshed_at = now()
    if not grant.is_continued:
        connection.connected_at = connection.refreshed_at
    connection.save()
    cache = TokenCache.objects.filter(connection=connection).first() or TokenCache(connection=connection)
    cache.version += 1
    cache.lease_owner, cache.lease_until = "", None  # whoever refreshes the old grant must not write it back
    cache.seal(grant.tokens)
    cache.save()
    services.note(connection, actor, "connection.connected", tenant_id=connection.tenant_id)
    if was_lost:
        services.publish(connection, EventKind.CONNECTION_RESTORED)
    services.announce(connection)
    return connection
