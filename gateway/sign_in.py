"""Who signs in: the password is an API key of a company, the user name says as whom it is used."""

from dataclasses import dataclass

from accounts.models import Membership
from api import keys
from api.models import ApiKey
from api.scopes import Scope
from gateway import replies
from gateway.reading import Refused


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`person` None: signed in as the company, and each message is of the person in its From."""

    key: ApiKey
    person: Membership | None


def sign_in(user_name: str, secret: str) -> SignedIn:
    """Raises Refused. Why a key is refused is told to nobody but who has its secret."""
    key = keys.find(secret.strip())  # pasted into a device with what stood around it
    if key is None:
        raise Refused(replies.NOT_KNOWN)
    if not key.is_usable:
        raise Refused(replies.NOT_USABLE)
    if not key.may(Scope.SEND):
        raise Refused(replies.MAY_NOT_SEND)
    person = keys.person(key, user_name) if user_name.isprintable() else None
    # Devices that insist on an address in this field get the code before an @.
    if person is None and user_name.partition("@")[0].casefold() != key.company.code.casefold():
        raise Refused(replies.NOT_THEIRS)
    keys.used(key)
    return SignedIn(key, person)


def still(who: SignedIn, address: str) -> tuple[ApiKey, Membership | None]:
    """The key as it is now, as it may have been revoked since, and the person with this address. Raises Refused."""
    key, person = keys.with_person(who.key, address)
    if key is None or not key.is_usable or not key.may(Scope.SEND):
        raise Refused(replies.NOT_USABLE)
    return key, person
