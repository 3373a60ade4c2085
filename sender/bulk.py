"""The same for many messages: try again, do not send, say what became of those of unknown outcome."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import Actor, record
from sender import actions
from sender.actions import Round
from sender.models import OutboxMessage, State
from sender.routing import NoRoute

AT_ONCE = 500  # messages; people wait for the answer
_A_COMMIT = 25


@dataclass(frozen=True, slots=True)
class Action:
    slug: str
    label: str | Promise
    question: str | Promise  # asked before it is done
    states: tuple[State, ...]  # of the messages it is for
    do: Callable[
        [OutboxMessage, Round], bool
    ]  # False when the message is in another state by now; raises NoRoute
    event: str  # in the audit log


ACTIONS = {
    action.slug: action
    for action in (
        Action(
            "retry",
            gettext_lazy("Try again now"),
            gettext_lazy("Try these messages again now?"),
            (State.FAILED, State.WAITING, State.CANCELLED),
            actions.retry,
            "message.retried",
        ),
        Action(
            "cancel",
            gettext_lazy("Do not send"),
            gettext_lazy("Stop these messages, so that they are not sent?"),
            (State.WAITING,),
            actions.cancel,
            "message.cancelled",
        ),
        Action(
            "arrived",
            gettext_lazy("They arrived"),
            gettext_lazy("Mark these messages as sent, because somebody made sure that they arrived?"),
            (State.UNKNOWN,),
            actions.mark_sent,
            "message.resolved_as_sent",
        ),
        Action(
            "again",
            gettext_lazy("They did not arrive: send them again"),
            gettext_lazy("Send these messages again, because somebody made sure that they did not arrive?"),
            (State.UNKNOWN,),
            actions.send_again,
            "message.resolved_as_lost",
        ),
    )
}


@dataclass(slots=True)
class Result:
    done: int = 0
    left: Counter[str] = field(default_factory=Counter)  # why not -> how many

    @property
    def not_done(self) -> int:
        return self.left.total()


def fitting_in(state: str) -> list[Action]:
    """What can be done with messages of this state; of any: what most need."""
    if not state:
        return [ACTIONS["retry"], ACTIONS["cancel"]]
    return [action for action in ACTIONS.values() if state in action.states]


def perform(action: Action, messages: Iterable[OutboxMessage], actor: Actor) -> Result:
    """Do it with each message by itself: one that cannot be helped keeps none of the others back."""
    result, messages, among = Result(), list(messages), Round()
    for start in range(0, len(messages), _A_COMMIT):
        with transaction.atomic():
            for message in messages[start : start + _A_COMMIT]:
                _one(action, message, among, actor, result)
    return result


def _one(action: Action, message: OutboxMessage, among: Round, actor: Actor, result: Result) -> None:
    if message.state not in action.states:
        result.left[_("this does not fit their state")] += 1
        return
    try:
        is_done = action.do(message, among)
    except NoRoute as error:
        result.left[_("there is no way to send them: %(why)s") % {"why": error}] += 1
        return
    if is_done:
        record(actor, action.event, company=message.company, label=message.message_id)
        result.done += 1
    else:
        result.left[_("they are in another state by now")] += 1
