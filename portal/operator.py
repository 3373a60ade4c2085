"""The operator's overview: every company at a glance, worst first; states and counts, no secret and no message."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Company, Membership
from alarms.models import Alarm, WorkerSeen
from alarms.pages.alarms import of_company
from core.keyset import key_of
from sender.models import OutboxMessage

COMPANIES_A_PAGE = 50
IN_TROUBLE = 200
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Line:
    """One company. `worst` is its worst open alarm, or None."""

    company: Company
    worst: Alarm | None

    @property
    def tone(self) -> str:
        if not self.company.is_active:
            return "plain"
        return self.worst.tone if self.worst else "good"


def operators_page(view: View) -> View:
    """For operators; to everybody else it does not exist."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_operator:
            raise Http404("No such page.")
        return view(request, *args, **kwargs)

    return inner


@require_safe
@operators_page
def overview(request: HttpRequest) -> HttpResponse:
    """Companies with open alarms, the worst first; then all of them by name, in pages."""
    worst_first = Subquery(_open_alarms().order_by("severity").values("severity")[:1])
    troubled = Company.objects.annotate(worst=worst_first).filter(worst__isnull=False, is_active=True)
    troubled = list(_counted(troubled.order_by("worst", "name"))[:IN_TROUBLE])
    after, key = request.GET.get("after", "").replace("\0", ""), key_of(request.GET.get("key"))
    beyond = Q(name__gt=after) | Q(name=after, pk__gt=key) if key else Q(name__gt=after)
    rows = _counted(Company.objects.filter(beyond).order_by("name", "pk"))
    page = list(rows[: COMPANIES_A_PAGE + 1])
    context = {
        "troubled": _lines(troubled),
        "companies": _lines(page[:COMPANIES_A_PAGE]),
        "last": page[COMPANIES_A_PAGE - 1] if len(page) > COMPANIES_A_PAGE else None,
        "after": after,
        "own_alarms": of_company(None).filter(closed_at=None),
        "workers": WorkerSeen.objects.order_by("-seen_at")[:10],
    }
    return render(request, "portal/operator.html", context)


def _counted(rows: QuerySet[Company]) -> QuerySet[Company]:
    """With people, open alarms, waiting messages and the oldest of them; each by a query of its own.

    Joined, each alarm would meet each person: nine million rows for three thousand of both.
    """
    waiting = OutboxMessage.objects.filter(company=OuterRef("pk"), finished_at=None)
    people = Membership.objects.filter(company=OuterRef("pk"), user__is_active=True)
    return rows.annotate(
        waiting=_number(waiting),
        oldest=Subquery(waiting.order_by("id").values("submitted_at")[:1]),
        alarms_open=_number(_open_alarms()),
        people=_number(people),
    )


def _number(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().values("company").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, IntegerField()), 0)


def _open_alarms() -> QuerySet[Alarm]:
    """Of the company of the query around it."""
    return Alarm.objects.filter(company=OuterRef("pk"), closed_at=None)


def _lines(companies: Iterable[Company]) -> list[Line]:
    rows = list(companies)
    worst_of = Subquery(_open_alarms().order_by("severity", "-id").values("pk")[:1])
    keys = Company.objects.filter(pk__in=[one.pk for one in rows]).annotate(key=worst_of)
    open_now = Alarm.objects.filter(pk__in=list(keys.values_list("key", flat=True)))
    worst = {alarm.company_id: alarm for alarm in open_now.select_related("company", "membership__user")}
    return [Line(company, worst.get(company.pk)) for company in rows]
