"""The outbox: the list with its filter, and the same as a table to download."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.access import company_page
from accounts.audit import Actor, record
from accounts.models import Membership
from core import spreadsheet
from core.addresses import readable
from core.keyset import filter_of
from diagnosis import vocabulary
from mailsettings import catalog
from sender import bulk, listing, recipients, retention, waits
from sender.listing import Wanted
from sender.models import OutboxMessage, State
from sender.outbox_filter import OutboxFilter

MOST_EXPORTED = 100_000
SUBJECT_CHARACTERS = 80


@company_page()
def outbox(request: HttpRequest) -> HttpResponse:
    viewer = request.membership
    form = OutboxFilter(request.GET, viewer)
    context = {"form": form, "states": State.choices, "kept_days": request.company.retention_days}
    context |= {"facts_days": retention.FACTS_KEPT.days, "most_exported": MOST_EXPORTED}
    context["query"] = filter_of(request.GET)
    if form.is_valid():
        wanted = form.wanted
        found = listing.found(viewer, wanted, request.GET)
        rows = _shown(found.rows)
        context |= {"wanted": wanted, "found": found, "rows": rows, "actions": bulk.fitting_in(wanted.state)}
        context |= _all_that_match(viewer, wanted) if rows else {"has_any": _has_any(viewer, wanted)}
        context["oldest"] = listing.oldest(viewer)
        context["is_waiting"] = any(row.state == State.WAITING for row in found.rows)
    return render(request, "sender/outbox.html", context)


def _shown(rows: list[OutboxMessage]) -> list[tuple[object, ...]]:
    """What the template writes of each row, ready to be written: fifty rows must cost next to nothing."""
    found = recipients.summed_up([row.pk for row in rows])
    whom = {key: (breaking(each.first), each.others, each.refused) for key, each in found.items()}
    nobody = ("", 0, 0)
    labels = {value: str(label) for value, label in State.choices}
    waiting = waits.of(rows)
    causes = {row.pk: row.cause for row in rows}
    causes |= {key: wait.cause for key, wait in waiting.items() if wait.cause}
    titles = {slug: str(vocabulary.cause(slug).title) for slug in set(causes.values()) if slug}
    nameless = _("(no subject)")
    return [
        (
            row.pk,
            shortened(row.subject) or nameless,
            titles.get(causes[row.pk], ""),
            waiting.get(row.pk),
            *whom.get(row.pk, nobody),
            breaking(row.person),
            row.state,
            labels[row.state],
            row.submitted_at,
            row.submitted_at.isoformat(timespec="seconds"),
        )
        for row in rows
    ]


def breaking(address: str) -> str:
    """As HTML in which a narrow column breaks it after the @ rather than anywhere."""
    return mark_safe(escape(readable(address)).replace("@", "@<wbr>"))  # noqa: S308 - escaped just before


def shortened(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_CHARACTERS else f"{subject[: SUBJECT_CHARACTERS - 1]}…"


def _has_any(viewer: Membership, wanted: Wanted) -> bool:
    return not wanted.is_all and listing.visible_to(viewer).exists()


def _all_that_match(viewer: Membership, wanted: Wanted) -> dict[str, object]:
    """Counted only where something can be done with all of them, and an index counts."""
    if not wanted.state or wanted.is_searched or not bulk.fitting_in(wanted.state):
        return {}
    count = listing.counted(viewer, wanted)
    return {"matching": min(count, listing.COUNTED), "is_more": count > listing.COUNTED}


@company_page()
def export(request: HttpRequest) -> HttpResponse:
    """What the filter finds, newest first, as CSV."""
    form = OutboxFilter(request.GET, request.membership)
    if not form.is_valid():
        return redirect(f"{request.path.removesuffix('export/')}?{filter_of(request.GET)}")
    query = filter_of(request.GET)
    record(Actor.of(request), "outbox.exported", company=request.company, filter=query)
    rows = _lines(request.membership, form.wanted)
    name = f"outbox-{request.company.code}-{timezone.localdate():%Y-%m-%d}"
    return spreadsheet.download(name, [str(title) for title in _titles()], rows)


def _titles() -> list[str]:
    return [
        _("Handed over"),
        _("Person"),
        _("From"),
        _("To"),
        pgettext("recipients", "Refused"),
        _("Subject"),
        _("State"),
        _("Cause"),
        _("Method"),
        _("Attempts"),
        pgettext("a message", "Ended"),
        _("Size in bytes"),
        "Message-ID",
    ]


def _lines(viewer: Membership, wanted: Wanted) -> Iterator[list[object]]:
    """Times in the zone of the company; the answer is read after the page's own is over."""
    zone = viewer.company.zone
    for part in listing.every(viewer, wanted, MOST_EXPORTED):
        to, methods = recipients.all_of([row.pk for row in part]), listing.methods_of(part)
        for row in part:
            yield _line(row, to[row.pk], methods[row.mailbox_id], zone)


def _line(row: OutboxMessage, to: list[tuple[str, bool]], method: str, zone: ZoneInfo) -> list[object]:
    ended = row.finished_at and f"{row.finished_at.astimezone(zone):%Y-%m-%d %H:%M:%S%z}"
    return [
        f"{row.submitted_at.astimezone(zone):%Y-%m-%d %H:%M:%S%z}",
        row.person,
        row.from_address,
        ", ".join(address for address, _is_refused in to),
        ", ".join(address for address, is_refused in to if is_refused),
        row.subject,
        str(State(row.state).label),
        row.cause,
        str(catalog.METHODS[method].label),
        row.attempts_made,
        ended,
        row.size_bytes,
        row.message_id,
    ]
