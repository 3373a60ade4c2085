"""What people have allowed: consents, authorisation codes, refresh tokens, revocations, added redirect addresses."""

import hashlib
import secrets
import time
from dataclasses import dataclass

from sandbox.state import State

CODE_LIFETIME_S = 600
REFRESH_IDLE_LIFETIME_S = 90 * 24 * 3600


@dataclass(frozen=True)
class Code:
    """What an authorisation code stands for, and whether its ten minutes or its single use are over."""

    person: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str
    issued_at: float
    redeemed: bool

    @property
    def expired(self) -> bool:
        return time.time() - self.issued_at > CODE_LIFETIME_S


@dataclass(frozen=True)
class RefreshToken:
    """Bound to a person and a client, not to a resource; a new one does not end the old one, as at Entra."""

    person: str
    client_id: str
    issued_at: float

    @property
    def age_s(self) -> float:
        return time.time() - self.issued_at

    @property
    def idle_too_long(self) -> bool:
        return self.age_s > REFRESH_IDLE_LIFETIME_S


class Grants:
    """Reads and writes grants. Codes and tokens are kept as hashes only."""

    def __init__(self, state: State):
        self._state = state

    def issue_code(
        self, *, person: str, client_id: str, redirect_uri: str, scope: str, nonce: str, challenge: str
    ) -> str:
        code = "1." + secrets.token_urlsafe(48)
        self._state.run(
            "INSERT INTO code (hash, issued_at, person, client_id, redirect_uri, scope, nonce, challenge)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            _hash(code), time.time(), person, client_id, redirect_uri, scope, nonce, challenge,
        )  # fmt: skip
        return code

    def take_code(self, code: str) -> Code | None:
        """Look a code up and mark it used in the same step; the second caller sees `redeemed`."""
        with self._state.transaction():
            row = self._state.row("SELECT * FROM code WHERE hash = ?", _hash(code))
            self._state.run("UPDATE code SET redeemed = 1 WHERE hash = ?", _hash(code))
        return _built(Code, row)

    def issue_refresh_token(self, person: str, client_id: str, prefix: str = "1.AR") -> str:
        token = prefix + secrets.token_urlsafe(72)
        self._state.run(
            "INSERT INTO refresh_token VALUES (?, ?, ?, ?)", _hash(token), time.time(), person, client_id
        )
        return token

    def refresh_token(self, token: str) -> RefreshToken | None:
        return _built(
            RefreshToken, self._state.row("SELECT * FROM refresh_token WHERE hash = ?", _hash(token))
        )

    def age(self, person: str, days: float) -> None:
        """Let so many days pass for every refresh token the person has now."""
        self._state.run(
            "UPDATE refresh_token SET issued_at = issued_at - ? WHERE person = ?", days * 86_400, person
        )

    def forget_client(self, person: str, client_id: str) -> None:
        """The person takes back everything he allowed one app."""
        with self._state.transaction():
            self._state.run("DELETE FROM refresh_token WHERE person = ? AND client_id = ?", person, client_id)
            self._state.run("DELETE FROM consent WHERE holder = ? AND client_id = ?", person, client_id)

    def revoke(self, person: str) -> None:
        """End every refresh token the person has now; later ones work."""
        self._state.run("INSERT OR REPLACE INTO revocation VALUES (?, ?)", person, time.time())

    def revoked(self, person: str, issued_at: float) -> bool:
        row = self._state.row("SELECT at FROM revocation WHERE person = ?", person)
        return row is not None and issued_at <= row["at"]

    def consent(self, holder: str, client_id: str, resource: str, scopes: set[str]) -> None:
        """Remember scopes for a holder: a person's id, or a directory's id when an admin accepts for everybody."""
        with self._state.transaction():
            for scope in scopes:
                self._state.run(
                    "INSERT OR IGNORE INTO consent VALUES (?, ?, ?, ?)", holder, client_id, resource, scope
                )

    def consented(self, holders: tuple[str, ...], client_id: str, resource: str) -> set[str]:
        found: set[str] = set()
        for holder in holders:
            rows = self._state.rows(
                "SELECT scope FROM consent WHERE holder = ? AND client_id = ? AND resource = ?",
                holder, client_id, resource,
            )  # fmt: skip
            found.update(row["scope"] for row in rows)
        return found

    def add_redirect_uri(self, client_id: str, uri: str) -> None:
        self._state.run("INSERT OR IGNORE INTO redirect_uri VALUES (?, ?)", client_id, uri)

    def redirect_uris(self, client_id: str) -> list[str]:
        rows = self._state.rows("SELECT uri FROM redirect_uri WHERE client_id = ? ORDER BY rowid", client_id)
        return [row["uri"] for row in rows]

    def add_certificate(self, client_id: str, pem: str) -> None:
        self._state.run("INSERT OR IGNORE INTO certificate VALUES (?, ?)", client_id, pem)

    def certificates(self, client_id: str) -> list[str]:
        """The PEM texts registered for an app."""
        rows = self._state.rows("SELECT pem FROM certificate WHERE client_id = ? ORDER BY rowid", client_id)
        return [row["pem"] for row in rows]

    def forget(self) -> None:
        """Back to the state of a first start."""
        with self._state.transaction():
            for table in ("code", "refresh_token", "consent", "revocation", "redirect_uri", "certificate"):
                self._state.run(f"DELETE FROM {table}")  # noqa: S608 - the names are those above


def _built(cls, row):
    if row is None:
        return None
    return cls(**{name: row[name] for name in cls.__dataclass_fields__})


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
