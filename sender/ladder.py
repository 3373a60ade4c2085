"""The ladder as plain values, for programs and the command line: each rung passed over, then the one taken."""

from collections.abc import Iterable

from accounts.models import Membership
from sender.routing import NoRoute, Refused, Route, route

Rung = dict[str, str]


def ladder_of(membership: Membership) -> list[Rung]:
    """The rungs tried for this person, in order; the last one's `state` is "chosen" where there is a way.

    Keys: method, label, state ("refused" or "chosen"), reason; of a refused one `cause`, of the chosen one
    `from`, `from_name`, `sender` (who sends on behalf of From, or ""), `reply_to` (or "") and `signs_in_as`.
    """
    try:
        way = route(membership)
    except NoRoute as none:
        return refused(none.refused)
    return [*refused(way.refused), _chosen(way)]


def refused(rungs: Iterable[Refused]) -> list[Rung]:
    return [
        {
            "method": rung.method,
            "label": rung.label,
            "state": "refused",
            "cause": rung.cause,
            "reason": str(rung.reason),
        }
        for rung in rungs
    ]


def _chosen(way: Route) -> Rung:
    return {
        "method": way.method,
        "label": way.label,
        "state": "chosen",
        "reason": str(way.reason),
        "from": way.from_address,
        "from_name": way.from_name,
        "sender": way.sender_address,
        "reply_to": way.reply_to,
        "signs_in_as": way.account,
    }
