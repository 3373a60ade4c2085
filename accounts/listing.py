"""The list of a company's people: filtered, in order, a part at a time.

Parts begin after a person, not at a number of rows: the last of ten thousand are as quick to find as the first, and
nobody is missed when somebody joins meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from accounts.models import Company, MailState, Membership
from accounts.searching import folded

PEOPLE_A_PAGE = 50
AT_ONCE = 500
MANY, COUNTED_FOR_S = 2_000, 5  # people; counting them takes a database longer than finding a page of them
LOOKED_AT_AT_ONCE = 200  # people; of a larger company a worker looks at their states


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is filtered by; empty fields let everybody through."""

    words: str = ""
    state: str = ""
    method: str = ""

    @classmethod
    def asked(cls, query: dict[str, str]) -> "Wanted":
        """As a page's address says; what makes no sense is left out."""
        state = query.get("state", "")
        words, method = (query.get(name, "").replace("\0", "").strip() for name in ("q", "method"))
        return cls(words[:200], state if state in MailState.values else "", method[:32])

    def of(self, company: Company) -> QuerySet[Membership]:
        rows = Membership.objects.filter(company=company).select_related("user")
        if self.state:
            rows = rows.filter(mail_state=self.state)
        if self.method:
            rows = rows.filter(mail_method=self.method)
        for word in folded(self.words).split():
            rows = rows.filter(found_by__contains=word)
        return rows.order_by("found_by", "pk")

    @property
    def is_everybody(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Part:
    """Some people in order, and after or before whom there are more."""

    people: list[Membership]
    before: UUID | None = None
    after: UUID | None = None


def part(
    company: Company, wanted: Wanted, *, after: str = "", before: str = "", size: int | None = None
) -> Part:
    """The people who follow one of them, or who stand before one; the first ones when that one is gone."""
    size, rows = size or PEOPLE_A_PAGE, wanted.of(company)
    mark = _mark(company, after or before)
    if mark is None:
        found = _of(company, rows[: size + 1])
        return Part(found[:size], None, found[size - 1].pk if len(found) > size else None)
    if after:
        found = _of(company, _beyond(rows, mark, "gt")[: size + 1])
        people = found[:size]
        return Part(people, people[0].pk if people else None, people[-1].pk if len(found) > size else None)
    found = _of(company, _beyond(rows, mark, "lt").order_by("-found_by", "-pk")[: size + 1])
    people = found[:size][::-1]
    more = people[0].pk if len(found) > size else None
    return Part(people, more, people[-1].pk if people else None)


def in_parts(rows: QuerySet[Membership]) -> Iterator[list[Membership]]:
    """All of them, some at a time, so that a file of ten thousand takes little memory."""
    found = list(rows[:AT_ONCE])
    while found:
        yield found
        found = list(_beyond(rows, found[-1], "gt")[:AT_ONCE])


def counts(company: Company) -> dict[str, int]:
    """How many people there are in each state; "" for all. Of many thousands they are as old as COUNTED_FOR_S."""
    place = f"people-counted-{company.pk}"
    if (found := cache.get(place)) is None and (found := _counted(company))[""] > MANY:
        cache.set(place, found, COUNTED_FOR_S)
    return found


def _counted(company: Company) -> dict[str, int]:
    rows = Membership.objects.filter(company=company).order_by().values("mail_state")
    found = {row["mail_state"]: row["count"] for row in rows.annotate(count=Count("pk"))}
    by_state = {state: found.get(state, 0) for state in MailState.values}
    return {"": sum(by_state.values()), **by_state}


def _of(company: Company, rows: QuerySet[Membership]) -> list[Membership]:
    """The rows, knowing their company: read with each of them it would take half of the time."""
    people = list(rows)
    for one in people:
        one.company = company
    return people


def _mark(company: Company, key: str) -> Membership | None:
    try:
        pk = UUID(key)
    except ValueError:
        return None
    return Membership.objects.only("found_by").filter(company=company, pk=pk).first()


def _beyond(rows: QuerySet[Membership], mark: Membership, way: str) -> QuerySet[Membership]:
    """Those after (`gt`) or before (`lt`) the mark. The first condition is one an index can be entered by."""
    same = Q(found_by=mark.found_by, **{f"pk__{way}": mark.pk})
    return rows.filter(
        Q(**{f"found_by__{way}e": mark.found_by}), Q(**{f"found_by__{way}": mark.found_by}) | same
    )
