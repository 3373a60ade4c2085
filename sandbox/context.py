"""What every server of one sandbox shares: the world, the state, the keys, the addresses and the counters."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from aiohttp import web

from sandbox.drafts import Drafts
from sandbox.faults import Faults
from sandbox.grants import Grants
from sandbox.lockout import Lockout
from sandbox.mailroom import Mailroom
from sandbox.tokens import TokenMint
from sandbox.world import GoogleApp, World


class Ports(NamedTuple):
    """The TCP ports: https; SMTP with STARTTLS, with TLS from the start, and the relay without either."""

    https: int = 8443
    starttls: int = 8587
    tls: int = 8465
    relay: int = 8025


@dataclass
class Context:
    """Built once per start. `requests` counts what came in, `busy` the Graph requests going on by app and mailbox,
    `smtp_open` the SMTP connections, `sent_at` monotonic times of each mailbox's last minute."""

    world: World
    ports: Ports
    mint: TokenMint
    grants: Grants
    mailroom: Mailroom
    faults: Faults
    requests: Counter = field(default_factory=Counter)
    busy: Counter = field(default_factory=Counter)
    smtp_open: set = field(default_factory=set)
    sent_at: dict[str, list[float]] = field(default_factory=dict)
    drafts: Drafts = field(default_factory=Drafts)
    lockout: Lockout = field(default_factory=Lockout)

    @property
    def authority_url(self) -> str:
        return f"https://localhost:{self.ports.https}"

    @property
    def graph_url(self) -> str:
        """The base of Graph and the audience of its tokens."""
        return f"{self.authority_url}/graph"

    @property
    def outlook_url(self) -> str:
        """The audience of mail-protocol tokens; large attachments are uploaded below it."""
        return f"{self.authority_url}/outlook"

    def google_redirect_uris(self, app: GoogleApp) -> list[str]:
        return [*app.redirect_uris, *self.grants.redirect_uris(app.client_id)]

    def redirect_uris(self, client_id: str) -> list[str]:
        """Registered in directory.toml, then those added by hand."""
        app = self.world.app(client_id)
        return [*(app.redirect_uris if app else ()), *self.grants.redirect_uris(client_id)]


CONTEXT = web.AppKey("context", Context)
