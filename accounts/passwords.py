"""New passwords of the portal itself, told to the audit log: a row each, without the value."""

from allauth.account.signals import password_changed, password_reset, password_set
from django.http import HttpRequest

from accounts.audit import Actor, record
from accounts.models import User


def watch() -> None:
    """Listen to allauth; the operator's pages call `note` themselves."""
    for signal in (password_changed, password_reset, password_set):
        signal.connect(_by_himself, dispatch_uid="accounts.passwords")


def note(actor: Actor, user: User) -> None:
    record(actor, "user.password_changed", label=user.email)


def _by_himself(sender: object, request: HttpRequest, user: User, **_more: object) -> None:
    """Also after "forgot password", where nobody is signed in: whoever holds the link acts as the user."""
    note(Actor(user, user.email, request.META.get("REMOTE_ADDR") or None), user)
