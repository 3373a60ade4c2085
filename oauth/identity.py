"""Who signed in at Microsoft, and whether it is who was expected.

MSAL checks nothing in an ID token but the nonce, so the claims are checked here (OpenID Connect Core 1.0
section 3.1.3.7; ASVS 5.0, 10.5). The token came straight from the token endpoint over TLS, which stands in for
its signature there.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from accounts.models import Membership
from core.addresses import stored
from core.net import http_session
from mailsettings.clouds import Cloud
from mailsettings.models import UserMailSettings
from oauth.errors import AnswerRejected
from oauth.registration import Registration, is_guid

CLOCK_SKEW_S = 300


@dataclass(frozen=True, slots=True)
class Account:
    """A person at Microsoft. `addresses`: those he is known by, his mailbox's first."""

    object_id: str
    name: str
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        return self.addresses[0] if self.addresses else ""

    def has_one_of(self, expected: list[str]) -> bool:
        return any(is_one_of(address, expected) for address in self.addresses)


def is_one_of(address: str, expected: list[str]) -> bool:
    """Whether it is one of these, in whatever spelling of capitals and of its domain (providers write IDNA)."""
    return stored(address) in map(stored, expected)


def expected_addresses(membership: Membership) -> list[str]:
    """The addresses this person may connect: his own, and the user name he typed where that is one."""
    typed = UserMailSettings.objects.filter(membership=membership).values_list("user_name", flat=True).first()
    found = [membership.user.email]
    if typed and "@" in typed and not is_one_of(typed, found):
        found.insert(0, typed)
    return found


def check_id_token(claims: Mapping[str, object], registration: Registration, issuer: str) -> None:
    """Raises AnswerRejected naming the first check that fails.

    `issuer` is the discovery document's; for a directory given by a domain it holds the id to expect.
    """
    directory = str(claims.get("tid", ""))
    checks = {
        "id_token": bool(claims),
        "aud": str(claims.get("aud", "")).lower() == registration.client_id,
        "iss": bool(issuer) and claims.get("iss") == issuer,
        "tid": is_guid(directory) and directory in issuer.split("/"),
        "directory": directory == registration.tenant.lower() or not is_guid(registration.tenant),
        "exp": _number(claims.get("exp")) > time.time() - CLOCK_SKEW_S,
        "oid": is_guid(str(claims.get("oid", ""))),
    }
    failed = [name for name, passed in checks.items() if not passed]
    if failed:
        raise AnswerRejected(failed[0])


def account_of(claims: Mapping[str, object], cloud: Cloud, access_token: str) -> tuple[Account, bool]:
    """The account, and whether Graph was asked with success; otherwise only the ID token's name for it is known.

    Raises AnswerRejected when Graph names another account than the ID token.
    """
    object_id, user_name = str(claims["oid"]), str(claims.get("preferred_username", ""))
    me = _who_am_i(cloud, access_token)
    if me is None:
        return Account(object_id, str(claims.get("name", "")), tuple(filter(None, [user_name]))), False
    if str(me.get("id", "")).lower() != object_id.lower():
        raise AnswerRejected("oid")
    addresses = [me.get("mail"), me.get("userPrincipalName"), user_name]
    known = tuple(dict.fromkeys(str(address) for address in addresses if address))
    return Account(object_id, str(me.get("displayName") or claims.get("name", "")), known), True


def _who_am_i(cloud: Cloud, access_token: str) -> dict | None:
    """https://learn.microsoft.com/graph/api/user-get; None when Graph gives no such answer now."""
    session = http_session(Path(cloud.ca_bundle) if cloud.ca_bundle else None)
    try:
        response = session.get(
            f"{cloud.graph.rstrip('/')}/v1.0/me",
            params={"$select": "id,displayName,mail,userPrincipalName"},
            headers={"Authorization": f"Bearer {access_token}"},
            allow_redirects=False,
            timeout=(5, 15),
        )
        found = response.json() if response.status_code == requests.codes.ok else None
    except requests.RequestException:
        return None
    finally:
        session.close()
    return found if isinstance(found, dict) else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
