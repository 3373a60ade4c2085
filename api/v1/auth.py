"""Who asks: a key in `Authorization: Bearer …`, what it may do, how often it asks, and how much it sends."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from accounts.audit import Actor
from api import bodies, keys, limits
from api.models import ApiKey
from api.problems import Problem
from api.scopes import Scope

CHALLENGE = {"WWW-Authenticate": "Bearer"}
SMALL_BODY_BYTES = bodies.MB


class Key(HttpBearer):
    """The key of the request, if it has the scope. Only then is the body read, within the limit; or by the view."""

    def __init__(self, scope: Scope, *, takes_messages: bool = False, reads_body: bool = True) -> None:
        super().__init__()
        self.scope = scope
        self.takes_messages = takes_messages
        self.reads_body = reads_body

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        """Not ninja's: with DEBUG that logs what stands in the header."""
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, token) if scheme.lower() == "bearer" and token.strip() else None

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        key = keys.find(token.strip())
        if key is None:
            raise Problem(401, _("There is no such key."), slug="key_unknown", headers=CHALLENGE)
        check_alive(key)
        limits.count(request, key)
        if not key.may(self.scope):
            sentence = _("This key lacks the permission: %(permission)s")
            raise Problem(403, sentence % {"permission": self.scope.label}, slug="permission_missing")
        keys.used(key)
        if self.reads_body:
            bodies.read(request, self._most_bytes())
        return key

    def _most_bytes(self) -> int:
        return settings.API_MOST_BODY_MB * bodies.MB if self.takes_messages else SMALL_BODY_BYTES


def check_alive(key: ApiKey) -> None:
    """Raises Problem 401."""
    if key.revoked_at is not None:
        raise Problem(401, _("This key was revoked."), slug="key_revoked", headers=CHALLENGE)
    if key.has_ended:
        sentence = _("This key has ended. An administrator of the company makes a new one.")
        raise Problem(401, sentence, slug="key_ended", headers=CHALLENGE)
    if not key.company.is_active:
        raise Problem(401, _("The company of this key is closed."), slug="company_closed", headers=CHALLENGE)


def actor(request: HttpRequest) -> Actor:
    """The program that asks, for the audit log."""
    return keys.who(request.auth, request.META.get("REMOTE_ADDR") or None)
