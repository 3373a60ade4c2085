"""A company's people as its overview needs them: how many send, and those of whom something is to be said.

Of a company of ordinary size everybody is looked at anew. Of a large one, the kept states (sender/standing.py) say how
many there are of each, and only some of those in trouble are looked at: ten thousand would take a second.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from accounts import listing
from accounts.models import Company, MailState, Membership
from sender import standing
from sender.sending_state import SendingState, states

LOOKED_AT = 50  # of a large company
NAMED = 3

States = dict[Membership, SendingState]


@dataclass(frozen=True, slots=True)
class Crowd:
    """`states` holds everybody, or those in trouble who were looked at; `without` the first without any way."""

    states: States
    numbers: dict[str, int]  # by MailState
    able: int  # who can send
    without: list[Membership]
    without_number: int
    methods: Counter[str]  # people by the way their mail takes

    @property
    def not_looked_at(self) -> int:
        """Of those in trouble, how many `states` says nothing of."""
        return max(0, self.numbers[MailState.ATTENTION] - len(self.states))

    @property
    def total(self) -> int:
        return sum(self.numbers.values())


def crowd_of(company: Company) -> Crowd:
    people = Membership.objects.filter(company=company, user__is_active=True)
    people = people.select_related("user", "company")
    kept = listing.counts(company)
    if kept[""] <= standing.SMALL:
        return _small(company, list(people))
    return _large(company, people, {state: kept[state] for state in MailState.values})


def _small(company: Company, people: list[Membership]) -> Crowd:
    by_id = states(company, people)
    found = {one: by_id[one.pk] for one in people}
    numbers = Counter(standing.of(state) for state in found.values())
    without = [one for one, state in found.items() if not state.can_send and state.tone == "warn"]
    return Crowd(
        found,
        {state: numbers[state] for state in MailState},
        sum(state.can_send for state in found.values()),
        without[:NAMED],
        len(without),
        Counter(state.method for state in found.values()),
    )


def _large(company: Company, people: QuerySet[Membership], numbers: dict[str, int]) -> Crowd:
    troubled = list(people.filter(mail_state=MailState.ATTENTION).order_by("found_by")[:LOOKED_AT])
    by_id = states(company, troubled)
    found = {one: by_id[one.pk] for one in troubled}
    rows = Membership.objects.filter(company=company).order_by().values("mail_method")
    methods = Counter({row["mail_method"]: row["n"] for row in rows.annotate(n=Count("pk"))})
    never = numbers[MailState.NEVER]
    return Crowd(
        found,
        numbers,
        numbers[MailState.WORKS] + sum(state.can_send for state in found.values()),
        list(people.filter(mail_state=MailState.NEVER).order_by("found_by")[:NAMED]) if never else [],
        never,
        methods,
    )
