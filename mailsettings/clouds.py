"""The Microsoft clouds: where to sign in, where Graph and the mail servers are.

National clouds: learn.microsoft.com/entra/identity-platform/authentication-national-cloud and
learn.microsoft.com/graph/deployments. The operator may add entries with MICROSOFT_CLOUDS_FILE (TOML).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Cloud:
    name: str
    label: str
    authority: str  # https address, without the directory
    graph: str  # https address, without the version
    smtp_host: str
    smtp_port: int
    imap_host: str
    pop_host: str
    mail_scope_prefix: str  # of delegated SMTP, IMAP and POP scopes
    ca_bundle: str = ""  # path of a PEM file; empty: the system's authorities
    outlook_resource: str = ""  # of app-only mail tokens; empty: the same as of delegated ones

    def __post_init__(self) -> None:
        for address in (self.authority, self.graph):
            if urlsplit(address).scheme != "https" or not urlsplit(address).hostname:
                raise ConfigurationError(f"Cloud {self.name!r}: {address!r} is not an https address.")

    @property
    def graph_scope(self) -> str:
        """What an app asks for to use Graph as itself: all it was granted there."""
        return f"{self.graph.rstrip('/')}/.default"

    @property
    def outlook_scope(self) -> str:
        """The same for SMTP, IMAP and POP."""
        return f"{(self.outlook_resource or self.mail_scope_prefix).rstrip('/')}/.default"

    def token_url(self, directory: str) -> str:
        return f"{self.authority.rstrip('/')}/{directory}/oauth2/v2.0/token"


GLOBAL = "global"
BUILT_IN = (
    Cloud(GLOBAL, "Microsoft 365 (worldwide, GCC)", "https://login.microsoftonline.com",
          "https://graph.microsoft.com", "smtp.office365.com", 587, "outlook.office365.com",
          "outlook.office365.com", "https://outlook.office.com/",
          outlook_resource="https://outlook.office365.com"),
    Cloud("gcc-high", "Microsoft 365 GCC High (US)", "https://login.microsoftonline.us",
          "https://graph.microsoft.us", "smtp.office365.us", 587, "outlook.office365.us",
          "outlook.office365.us", "https://outlook.office365.us/"),
    Cloud("dod", "Microsoft 365 DoD (US)", "https://login.microsoftonline.us",
          "https://dod-graph.microsoft.us", "outlook-dod.office365.us", 587, "outlook-dod.office365.us",
          "outlook-dod.office365.us", "https://outlook.office365.us/"),
    Cloud("china", "Microsoft 365 operated by 21Vianet (China)", "https://login.partner.microsoftonline.cn",
          "https://microsoftgraph.chinacloudapi.cn", "smtp.partner.outlook.cn", 587, "partner.outlook.cn",
          "partner.outlook.cn", "https://partner.outlook.cn/"),
)  # fmt: skip


def read_clouds_file(path: Path) -> list[Cloud]:
    """The `[[cloud]]` tables of a TOML file. Raises ConfigurationError naming the entry that is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("cloud", [])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"MICROSOFT_CLOUDS_FILE {path} cannot be read: {error}") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"MICROSOFT_CLOUDS_FILE {path}: each cloud is a table [[cloud]].")
    kinds = {field.name: field.type for field in fields(Cloud)}
    found = []
    for number, table in enumerate(tables, start=1):
        if unknown := set(table) - set(kinds):
            raise ConfigurationError(
                f"Cloud number {number} in {path}: unknown {', '.join(sorted(unknown))}."
            )
        if wrong := [name for name, value in table.items() if type(value) is not kinds[name]]:
            raise ConfigurationError(f"Cloud number {number} in {path}: {wrong[0]} is of the wrong kind.")
        try:
            found.append(Cloud(**table))
        except TypeError as error:
            raise ConfigurationError(f"Cloud number {number} in {path}: {error}") from None
    return found


@lru_cache(maxsize=4)
def _table(file: str) -> Mapping[str, Cloud]:
    added = read_clouds_file(Path(file)) if file else []
    return {cloud.name: cloud for cloud in (*BUILT_IN, *added)}


def clouds() -> Mapping[str, Cloud]:
    """All clouds by name; the operator's own replace built-in ones of the same name."""
    return _table(settings.MICROSOFT_CLOUDS_FILE)


def cloud(name: str) -> Cloud:
    """One cloud. Raises ConfigurationError when the operator took it out of the table."""
    try:
        return clouds()[name]
    except KeyError:
        raise ConfigurationError(f"The Microsoft cloud {name!r} is not known to this portal.") from None


def cloud_choices() -> list[tuple[str, str]]:
    return [(cloud.name, cloud.label) for cloud in clouds().values()]
