"""The made-up directories, apps and people of the sandbox, read from directory.toml.

Nothing here changes at run time."""

import tomllib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

WORLD_FILE = Path(__file__).with_name("directory.toml")
_PEOPLE_NAMESPACE = uuid.UUID("a1dc9911-af1a-4e8a-acc7-92eeb8ff4217")


@dataclass(frozen=True)
class Directory:
    """One customer's directory. `user_consent` False: only its admins may accept an app's permissions."""

    id: str
    name: str
    domain: str
    user_consent: bool = True
    smtp_auth: bool = True


@dataclass(frozen=True)
class Secret:
    """A client secret: `id` is what people paste by mistake, `value` is what works until `expires_on`."""

    id: str
    value: str
    expires_on: date

    @property
    def expired(self) -> bool:
        return datetime.now(UTC).date() > self.expires_on


@dataclass(frozen=True)
class AppRegistration:
    """An app registration; `graph_roles` and `outlook_roles` are its application permissions.

    They are consented at home, unless `roles_need_approval`: then by the admin consent endpoint only.
    """

    name: str
    directory: str
    client_id: str
    service_principal_id: str
    redirect_uris: tuple[str, ...]
    secrets: tuple[Secret, ...]
    multi_tenant: bool = False
    roles_need_approval: bool = False
    delegated: tuple[str, ...] = ()
    graph_roles: tuple[str, ...] = ()
    outlook_roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workspace:
    """An organisation at Google. `blocks_apps`: only `trusted_apps` (client ids) may be used."""

    domain: str
    name: str
    blocks_apps: bool = False
    trusted_apps: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoogleApp:
    """An OAuth client in Google Cloud. `publishing`: internal (people of `organisation` only), testing
    (`test_users` only, for seven days at a time) or production."""

    name: str
    client_id: str
    secret: str
    publishing: str
    organisation: str = ""
    redirect_uris: tuple[str, ...] = ()
    test_users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """A person or shared mailbox. `send_as`, `send_on_behalf` and `full_access` list other mailboxes, "*" is all of
    the directory. `app_access` False: Exchange lets no app use the mailbox by itself."""

    address: str
    name: str
    directory: str = ""
    role: str = "user"
    password: str = ""
    app_password: str = ""
    note: str = ""
    directory_admin: bool = False
    declines: bool = False
    needs_approval: bool = False
    blocked: bool = False
    mfa: bool = False
    federated: bool = False  # another service checks the password; Entra has none
    password_expired: bool = False
    refresh_error: int = 0
    mailbox: bool = True
    email_verified: bool = True
    shared: bool = False
    smtp_auth: bool = True
    app_access: bool = True
    send_as: tuple[str, ...] = ()
    send_on_behalf: tuple[str, ...] = ()
    full_access: tuple[str, ...] = ()

    @cached_property
    def id(self) -> str:
        """The object id: fixed, as it is made from the address."""
        return str(uuid.uuid5(_PEOPLE_NAMESPACE, self.address))

    def may_send_as(self, address: str) -> bool:
        return address.casefold() in (self.address, *self.send_as) or "*" in self.send_as

    def may_send_for(self, address: str) -> bool:
        """As the address, or on behalf of it."""
        return self.may_send_as(address) or address.casefold() in self.send_on_behalf

    def may_open(self, address: str) -> bool:
        return address.casefold() in (self.address, *self.full_access) or "*" in self.full_access


@dataclass(frozen=True)
class World:
    """Everything directory.toml says, with the look-ups the servers need."""

    directories: tuple[Directory, ...]
    apps: tuple[AppRegistration, ...]
    people: tuple[Person, ...]
    workspaces: tuple[Workspace, ...] = ()
    google_apps: tuple[GoogleApp, ...] = ()
    _by_address: dict[str, Person] = field(default_factory=dict, repr=False)

    def __post_init__(self):
        self._by_address.update({person.address: person for person in self.people})

    def directory(self, id_or_domain: str) -> Directory | None:
        wanted = id_or_domain.casefold()
        return next((each for each in self.directories if wanted in (each.id, each.domain)), None)

    def app(self, client_id: str) -> AppRegistration | None:
        return next((each for each in self.apps if each.client_id == client_id.casefold()), None)

    def workspace(self, domain: str) -> Workspace | None:
        return next((each for each in self.workspaces if each.domain == domain.casefold()), None)

    def google_app(self, client_id: str) -> GoogleApp | None:
        return next((each for each in self.google_apps if each.client_id == client_id), None)

    def person(self, address_or_id: str) -> Person | None:
        wanted = address_or_id.casefold()
        return self._by_address.get(wanted) or next((each for each in self.people if each.id == wanted), None)

    def people_of(self, directory_id: str) -> list[Person]:
        return [person for person in self.people if person.directory == directory_id]


def load(path: Path = WORLD_FILE) -> World:
    """Read the world. Unknown keys raise TypeError, so a typing mistake in the file is noticed at once."""
    data = tomllib.loads(path.read_text("utf-8"))
    directories = tuple(Directory(**entry) for entry in data["directory"])
    ids = {directory.domain: directory.id for directory in directories}
    apps = tuple(_app(entry, ids) for entry in data["app"])
    people = tuple(_person(entry, ids) for entry in data["person"])
    workspaces = tuple(Workspace(**_frozen(entry)) for entry in data["workspace"])
    google_apps = tuple(GoogleApp(**_frozen(entry)) for entry in data["google_app"])
    return World(directories, apps, people, workspaces, google_apps)


def _app(entry: dict, ids: dict[str, str]) -> AppRegistration:
    secrets = tuple(Secret(**secret) for secret in entry.pop("secret"))
    entry["directory"] = ids[entry["directory"]]
    return AppRegistration(secrets=secrets, **_frozen(entry))


def _person(entry: dict, ids: dict[str, str]) -> Person:
    domain = entry["address"].partition("@")[2]
    return Person(directory=ids.get(domain, ""), **_frozen(entry))


def _frozen(entry: dict) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
