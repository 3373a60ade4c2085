"""The portal's letters as mail of a person of the company: stored in the outbox like any other message."""

from accounts.letters import Carrier, NotSent, Text
from accounts.models import Membership
from core.errors import InputError
from sender.routing import NoRoute
from sender.sending_state import state_of
from sender.services import Draft, submit

KIND = "letter"


def way(by: Membership) -> str:
    """A way that is broken is none: letters would only wait in the outbox."""
    state = state_of(by)
    if not state.can_send:
        raise NotSent(state.reason or str(NoRoute(state.refused)))
    return state.reason


def carry(by: Membership, text: Text) -> None:
    draft = Draft(to=[text.to], subject=text.subject, text=text.body)
    try:
        submit(by, draft, submitted_by=by.user.email, kind=KIND)
    except NoRoute as none:
        raise NotSent(str(none)) from None
    except InputError as refused:
        raise NotSent(refused.message) from None


CARRIER = Carrier(way, carry)
