"""Whom From may name in a finished message that comes in with a key: the provider need not look, so a door must."""

from accounts.models import Membership
from api import keys
from api.models import ApiKey
from sender.route_memory import way_of


def may_name(key: ApiKey, author: str, sender: Membership) -> bool:
    """Whether the key is for a person with this address, or for `sender`, whose mail leaves with it. Raises NoRoute."""
    return keys.person(key, author) is not None or is_own(key, author, sender)


def is_own(key: ApiKey, author: str, sender: Membership) -> bool:
    """Whether this person's mail leaves with this address in From, such as a shared mailbox's. Raises NoRoute."""
    still_theirs = keys.person(key, sender.user.email)
    return bool(still_theirs) and way_of(still_theirs).route.from_address.casefold() == author.casefold()
