"""Who may stand in From and Sender of a message sent by Graph, and what Exchange adds for the recipients.

https://learn.microsoft.com/graph/outlook-send-mail-from-other-user
"""

from dataclasses import replace

from sandbox import letters
from sandbox.graph.access import Caller
from sandbox.graph.compose import Submission
from sandbox.graph.errors import GraphError
from sandbox.world import Person

_SHARED = "Mail.Send.Shared"


def checked(caller: Caller, owner: Person, submission: Submission) -> Submission:
    """The message as recipients get it: with a Sender line where it was sent on behalf of somebody.

    Exchange asks for Send As or Send on Behalf (403 ErrorSendAsDenied), Graph for the permission to use it
    (403 ErrorAccessDenied). An app may send from any mailbox it sends in.
    """
    actor = caller.person or owner
    for address in letters.addresses(submission.raw, "from"):
        if not actor.may_send_for(address):
            raise _denied()
        if caller.person and address.casefold() != actor.address:
            caller.need(_SHARED)
    for address in letters.addresses(submission.raw, "sender"):
        if not actor.may_send_as(address):
            raise _denied()
    return replace(submission, raw=with_sender(submission.raw, actor))


def with_sender(raw: bytes, actor: Person) -> bytes:
    """A Sender line on top, where From names somebody for whom `actor` holds Send on Behalf only."""
    named = letters.addresses(raw, "from")
    if all(actor.may_send_as(address) for address in named) or letters.values(raw, "sender"):
        return raw
    return f"Sender: {actor.address}\r\n".encode() + raw


def _denied() -> GraphError:
    message = "The user account which was used to submit this request does not have the right to send mail"
    return GraphError(403, "ErrorSendAsDenied", f"{message} on behalf of the specified sending account.")
