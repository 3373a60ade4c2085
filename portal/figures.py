"""The overview's numbers: what was handed over in the last thirty days and what became of it, and what waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import company_page
from accounts.models import MailState, Membership
from core import clock, spreadsheet
from portal.chart import Bar, Chart, charts
from portal.crowd import Crowd
from portal.templatetags.times import ago
from sender.daily import Day, last_days
from sender.listing import visible_to
from sender.models import OutboxMessage, State

DAYS = 30


@dataclass(frozen=True, slots=True)
class Figures:
    days: list[Day]
    waiting: int
    oldest: datetime | None
    last_sent: datetime | None

    def total(self, what: str) -> int:
        return sum(getattr(day, what) for day in self.days)

    @property
    def is_empty(self) -> bool:
        return not (
            self.waiting or self.last_sent or any(self.total(what) for what in ("sent", "failed", "unknown"))
        )

    @property
    def charts(self) -> list[Chart]:
        return charts([_bar(day) for day in self.days])


@dataclass(frozen=True, slots=True)
class Tile:
    """`links`: text and address of each."""

    label: str
    value: str
    note: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)


def figures_of(viewer: Membership) -> Figures:
    rows = visible_to(viewer)
    waiting = rows.filter(finished_at=None).aggregate(number=Count("pk"), oldest=Min("submitted_at"))
    days = last_days(viewer, timezone.localdate(clock.now()), DAYS)
    return Figures(days, waiting["number"], waiting["oldest"], _last_sent(rows))


def _last_sent(rows: QuerySet[OutboxMessage]) -> datetime | None:
    """When the newest of those that left did; found without looking through all of them."""
    return rows.filter(state=State.SENT).order_by("-id").values_list("finished_at", flat=True).first()


def number(value: int) -> str:
    return number_format(value, use_l10n=True, force_grouping=True)


def _bar(day: Day) -> Bar:
    return day.day, (("sent", day.sent), ("failed", day.failed), ("waiting", day.waiting + day.unknown))


def tiles(viewer: Membership, figures: Figures, crowd: Crowd | None) -> list[Tile]:
    outbox = reverse("outbox", args=[viewer.company.code])
    show = _("Show")
    oldest = _("oldest: %(when)s") % {"when": ago(figures.oldest)} if figures.oldest else _("nothing waits")
    found = [
        Tile(_("Sent, 30 days"), number(figures.total("sent")), "", [(show, f"{outbox}?state=sent")]),
        Tile(_("Failed, 30 days"), number(figures.total("failed")), "", [(show, f"{outbox}?state=failed")]),
        Tile(_("Waiting"), number(figures.waiting), oldest, [(show, f"{outbox}?state=waiting")]),
    ]
    return [*found, _people_tile(viewer, crowd)] if crowd else found


def _people_tile(viewer: Membership, crowd: Crowd) -> Tile:
    page = reverse("people", args=[viewer.company.code])
    text = _("%(able)s of %(all)s") % {"able": number(crowd.able), "all": number(crowd.total)}
    attention, never = crowd.numbers[MailState.ATTENTION], crowd.numbers[MailState.NEVER]
    links = []
    if attention:
        words = ngettext("%(n)s needs attention", "%(n)s need attention", attention) % {
            "n": number(attention)
        }
        links.append((words, f"{page}?state={MailState.ATTENTION}"))
    if never:
        words = ngettext("%(n)s not set up", "%(n)s not set up", never) % {"n": number(never)}
        links.append((words, f"{page}?state={MailState.NEVER}"))
    return Tile(_("People who can send"), text, "", links or [(_("Show"), page)])


@require_safe
@company_page()
def days_file(request: HttpRequest) -> StreamingHttpResponse:
    """The chart's numbers for a spreadsheet."""
    days = last_days(request.membership, timezone.localdate(clock.now()), DAYS)
    head = (_("Day"), _("Sent"), _("Failed"), _("Waiting"), _("Not known"))
    return spreadsheet.download(f"days-{request.company.code}", head, _rows(days))


def _rows(days: Sequence[Day]) -> list[tuple[object, ...]]:
    return [(day.day.isoformat(), day.sent, day.failed, day.waiting, day.unknown) for day in days]
