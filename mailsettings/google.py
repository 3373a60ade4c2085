"""Google: where to sign in, where the Gmail API and the mail server are.

https://developers.google.com/identity/openid-connect/openid-connect#discovery and
https://developers.google.com/workspace/gmail/api/reference/rest. The operator may put other addresses in their
place with GOOGLE_FILE (TOML).
"""

import tomllib
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from core.errors import ConfigurationError

_HTTPS = ("authorize", "token", "revoke", "keys", "issuer", "gmail")


@dataclass(frozen=True, slots=True)
class GoogleService:
    authorize: str  # https addresses
    token: str
    revoke: str
    keys: str  # what ID tokens are signed with (JWKS)
    issuer: str
    gmail: str  # of the Gmail API, without version
    smtp_host: str
    smtp_port: int
    personal_domains: tuple[str, ...]  # of mailboxes without an organisation
    ca_bundle: str = ""  # path of a PEM file; empty: the system's authorities

    def __post_init__(self) -> None:
        for name in _HTTPS:
            address = urlsplit(getattr(self, name))
            if address.scheme != "https" or not address.hostname:
                raise ConfigurationError(f"Google's {name}: {getattr(self, name)!r} is not an https address.")

    @property
    def issuers(self) -> tuple[str, str]:
        """Google names itself with and without the scheme
        (developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken)."""
        return self.issuer, self.issuer.removeprefix("https://")


BUILT_IN = GoogleService(
    authorize="https://accounts.google.com/o/oauth2/v2/auth",
    token="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    revoke="https://oauth2.googleapis.com/revoke",
    keys="https://www.googleapis.com/oauth2/v3/certs",
    issuer="https://accounts.google.com",
    gmail="https://gmail.googleapis.com",
    smtp_host="smtp.gmail.com",
    smtp_port=465,
    personal_domains=("gmail.com", "googlemail.com"),
)


def read_google_file(path: Path) -> GoogleService:
    """The `[google]` table of a TOML file; what it does not name stays. Raises ConfigurationError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("google", {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"GOOGLE_FILE {path} cannot be read: {error}") from None
    if not isinstance(table, dict):
        raise ConfigurationError(f"GOOGLE_FILE {path}: [google] is one table.")
    kinds = {field.name: type(getattr(BUILT_IN, field.name)) for field in fields(GoogleService)}
    for name, value in table.items():
        kind = list if kinds.get(name) is tuple else kinds.get(name)
        if kind is None or type(value) is not kind:
            raise ConfigurationError(f"GOOGLE_FILE {path}: {name} is not known, or of the wrong kind.")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    return replace(BUILT_IN, **values)


@lru_cache(maxsize=4)
def _service(file: str) -> GoogleService:
    return read_google_file(Path(file)) if file else BUILT_IN


def google() -> GoogleService:
    """Google's addresses. Raises ConfigurationError when the operator's file is wrong."""
    return _service(settings.GOOGLE_FILE)
