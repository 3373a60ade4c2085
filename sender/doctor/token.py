"""What an access token shows of itself: for whom, for what, by which permissions. It is never shown itself."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from mailsettings.clouds import Cloud
from oauth import issued

# The ids by which Microsoft names the two services in every cloud.
_GRAPH_ID, _EXCHANGE_ID = "00000003-0000-0000-c000-000000000000", "00000002-0000-0ff1-ce00-000000000000"


@dataclass(frozen=True, slots=True)
class Shown:
    """Empty where the token cannot be read, as Google's."""

    audience: str
    permissions: frozenset[str]  # scopes of a person, roles of an app
    who: str
    is_app: bool

    def has(self, name: str) -> bool:
        return name.casefold() in {one.rpartition("/")[2].casefold() for one in self.permissions}

    def is_for(self, cloud: Cloud, *, exchange: bool) -> bool:
        """Whether it is for Exchange's mail servers (or Graph), as far as it says."""
        if not self.audience:
            return True
        known = [_EXCHANGE_ID] if exchange else [_GRAPH_ID]
        places = [cloud.mail_scope_prefix, cloud.outlook_resource] if exchange else [cloud.graph]
        return self.audience in known or _host(self.audience) in [_host(one) for one in places if one]


def shown_by(token: str) -> Shown:
    """Reads the claims; whether Microsoft signed them is for the server that is given the token."""
    scopes, roles = issued.claim(token, "scp"), issued.claim(token, "roles")
    found = str(scopes).split() if scopes else [str(one) for one in roles] if isinstance(roles, list) else []
    who = next((issued.claim(token, name) for name in ("upn", "unique_name", "preferred_username")), None)
    who = who or issued.claim(token, "app_displayname") or issued.claim(token, "appid") or ""
    is_app = issued.claim(token, "idtyp") == "app" or (not scopes and isinstance(roles, list))
    return Shown(str(issued.claim(token, "aud") or ""), frozenset(found), str(who), is_app)


def _host(address: str) -> str:
    return urlsplit(address).netloc.casefold()
