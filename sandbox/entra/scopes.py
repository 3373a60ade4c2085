"""Reading the `scope` parameter: which resource, which permissions.

https://learn.microsoft.com/entra/identity-platform/scopes-oidc
"""

import re
from dataclasses import dataclass

from sandbox.context import Context
from sandbox.entra.errors import EntraError
from sandbox.world import AppRegistration

GRAPH, OUTLOOK = "graph", "outlook"
ROLES = "roles"  # what consents to application permissions are kept under, beside the resources
DEFAULT = ".default"
RESERVED = {"openid", "profile", "email", "offline_access"}
DELEGATED = {
    GRAPH: (
        "Mail.Read", "Mail.Read.Shared", "Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared",
        "User.Read", "User.ReadBasic.All", "User.Read.All",
    ),
    OUTLOOK: ("SMTP.Send", "IMAP.AccessAsUser.All", "POP.AccessAsUser.All"),
}  # fmt: skip
_WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True)
class ScopeRequest:
    """`words` as they were asked, in their order; `wanted` the permissions by resource, spelt as we spell them."""

    words: tuple[str, ...]
    wanted: dict[str, frozenset[str]]

    @property
    def offline(self) -> bool:
        return "offline_access" in self.words

    @property
    def openid(self) -> bool:
        return "openid" in self.words

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def one_resource(self) -> str:
        """The single resource a token is for; Graph when only sign-in scopes were asked. Raises AADSTS28000."""
        if len(self.wanted) > 1:
            raise EntraError(28000, scope=self.text)
        return next(iter(self.wanted), GRAPH)


def audience(context: Context, resource: str) -> str:
    return context.graph_url if resource == GRAPH else context.outlook_url


def read(context: Context, app: AppRegistration, text: str, unknown: int = 70011) -> ScopeRequest:
    """Parse a delegated scope string. Raises AADSTS70011 when malformed, `unknown` for a permission nobody has,
    AADSTS500011 for an unknown resource."""
    words = tuple(text.split())
    if not words or not all(_WORD.fullmatch(word) and "," not in word for word in words):
        raise EntraError(70011, scope=text)
    wanted: dict[str, set[str]] = {}
    for word in words:
        if word in RESERVED:
            continue
        resource, name = _resource(context, word)
        if name == DEFAULT:
            names = {each for each in app.delegated if each in DELEGATED[resource]}
        else:
            names = {_known(resource, name, unknown, app)}
        wanted.setdefault(resource, set()).update(names)
    return ScopeRequest(words, {resource: frozenset(names) for resource, names in wanted.items()})


def read_default(context: Context, text: str) -> str:
    """The resource of an app-only request, which must be exactly one `<resource>/.default` (AADSTS1002012)."""
    words = text.split()
    if len(words) != 1 or not words[0].endswith("/" + DEFAULT):
        raise EntraError(1002012, scope=text)
    return _resource(context, words[0])[0]


def _resource(context: Context, word: str) -> tuple[str, str]:
    base, slash, name = word.rpartition("/")
    if not slash:
        return GRAPH, name
    bases = {
        context.graph_url: GRAPH,
        context.outlook_url: OUTLOOK,
        "https://graph.microsoft.com": GRAPH,
        "00000003-0000-0000-c000-000000000000": GRAPH,
        "https://outlook.office.com": OUTLOOK,
        "https://outlook.office365.com": OUTLOOK,
    }
    resource = bases.get(base.rstrip("/").lower())
    if not resource:
        raise EntraError(500011, resource=base)
    return resource, name


def _known(resource: str, name: str, unknown: int, app: AppRegistration) -> str:
    for each in DELEGATED[resource]:
        if each.casefold() == name.casefold():
            return each
    raise EntraError(unknown, scope=name, app=app.name)
