"""Moving from a password to Connect to Microsoft: the wish is remembered while the person signs in there.

It outlives a cancelled or mistaken sign-in, so that "try again" still moves him; nothing changes before the
connection is there.
"""

from django.contrib.sessions.backends.base import SessionBase

from accounts.audit import Actor
from accounts.models import Membership
from core.clock import now
from mailsettings.models import UserMailSettings
from mailsettings.services import save_person
from oauth.links import INTENT_LIFETIME_S, start_link

_WISH = "oauth_move"  # session: whose wish, and when


def move_link(membership: Membership) -> str:
    """The address behind the button that moves the person."""
    return f"{start_link(membership)}&move=1"


def wish(membership: Membership, session: SessionBase) -> None:
    session[_WISH] = [str(membership.pk), now().timestamp()]


def move(membership: Membership, session: SessionBase, *, actor: Actor) -> bool:
    """Once connected: let the ladder choose again, which prefers the connection. False without a fresh wish."""
    whose, wished_at = session.pop(_WISH, ("", 0))
    if whose != str(membership.pk) or now().timestamp() - wished_at > INTENT_LIFETIME_S:
        return False
    if UserMailSettings.objects.filter(membership=membership).exclude(method="").exists():
        save_person(membership, {"method": ""}, actor=actor)
    return True
