"""Batches that programs handed over: the list, one with its progress and what was refused, stopping it."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import STAFF, company_page, in_company
from accounts.audit import Actor, record
from core import spreadsheet
from core.keyset import stretch
from sender import batches, listing
from sender.models import Batch, BatchLine, State
from sender.models.message import OPEN_STATES

SHOWN = 50  # refused lines of a page
QUIET_AFTER = timedelta(minutes=2)  # a request that stores nothing for so long has broken off
_CSV_AT_ONCE = 500


@require_safe
@company_page()
def overview(request: HttpRequest) -> HttpResponse:
    found = stretch(batches.visible_to(request.membership), request.GET)
    rows = [(batch, is_taken_now(batch)) for batch in found.rows]
    return render(request, "sender/batches.html", {"found": found, "rows": rows})


@require_safe
@company_page()
def batch(request: HttpRequest, batch_id: object) -> HttpResponse:
    found = batch_of(request, batch_id)
    context = _progress(request, found) | _refused(request, found)
    return render(request, "sender/batch.html", context)


@require_safe
@company_page()
def batch_status(request: HttpRequest, batch_id: object) -> HttpResponse:
    """The moving part of the batch's page; asked for again while something of it is on its way."""
    return render(request, "sender/_batch_status.html", _progress(request, batch_of(request, batch_id)))


@require_http_methods(["GET", "POST"])
@company_page(*STAFF)
def batch_cancel(request: HttpRequest, batch_id: object) -> HttpResponse:
    """Asks back first."""
    found = batch_of(request, batch_id)
    if request.method == "GET":
        return render(request, "sender/batch_cancel.html", _progress(request, found))
    stopped = batches.cancel(found, Actor.of(request), listing.visible_to(request.membership))
    text = ngettext(
        "The batch is stopped: %(count)s message is not sent.",
        "The batch is stopped: %(count)s messages are not sent.",
        stopped,
    )
    messages.success(request, text % {"count": stopped})
    return redirect("batch", request.company.code, found.pk)


@require_safe
@company_page()
def batch_refused(request: HttpRequest, batch_id: object) -> HttpResponse:
    """The lines that were refused, as CSV."""
    found = batch_of(request, batch_id)
    record(Actor.of(request), "batch.exported", company=request.company, label=found.key)
    name = f"refused-{request.company.code}-{timezone.localdate(found.made_at):%Y-%m-%d}"
    rows = batches.lines_seen_by(request.membership, found).filter(message=None)
    head = [_("Line"), _("Field"), _("Cause"), _("What is wrong")]
    return spreadsheet.download(name, head, _csv(rows.values_list("line", "field", "cause", "detail")))


def batch_of(request: HttpRequest, batch_id: object) -> Batch:
    return in_company(batches.visible_to(request.membership), request.company, pk=batch_id)


def is_taken_now(batch: Batch) -> bool:
    """Whether a request that brings lines of it is still coming in, as far as anybody can tell."""
    is_over = batch.finished_at or batch.cancelled_at or batch.stopped_why
    return not is_over and timezone.now() - (batch.taken_at or batch.made_at) < QUIET_AFTER


def _progress(request: HttpRequest, batch: Batch) -> dict[str, object]:
    """A person sees the messages of his own, as in the outbox."""
    counts = batches.states_of(batch, listing.visible_to(request.membership))
    still_open, total = sum(counts[state] for state in OPEN_STATES), counts.total()
    return {
        "batch": batch,
        "states": [(state.value, state.label, counts[state]) for state in State if counts[state]],
        "total": total,
        "ended": total - still_open,
        "waiting": counts[State.WAITING],
        "is_taken_now": is_taken_now(batch),
        "is_moving": bool(still_open) or is_taken_now(batch),
        "stopped_why": _why(batch.stopped_why),
    }


def _why(slug: str) -> str:
    sentences = {
        "too_many_lines": _("It has more lines than one batch may have."),
        "too_large": _("It is larger than one batch may be."),
        "too_slow": _("It came in too slowly."),
        "key_revoked": _("The API key was revoked meanwhile."),
        "key_ended": _("The API key ended meanwhile."),
    }
    return sentences.get(slug, _("The program’s request broke off.") if slug else "")


def _refused(request: HttpRequest, batch: Batch) -> dict[str, object]:
    typed = request.GET.get("after", "")
    after = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0
    rows = batches.lines_seen_by(request.membership, batch).filter(message=None, line__gt=after)
    found: list[BatchLine] = list(rows[: SHOWN + 1])
    shown = found[:SHOWN]
    return {
        "refused": shown,
        "after": shown[-1].line if len(found) > SHOWN else None,
        "is_first": not after,
    }


def _csv(rows: object) -> Iterator[tuple[object, ...]]:
    return rows.iterator(chunk_size=_CSV_AT_ONCE)
