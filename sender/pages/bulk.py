"""Doing the same with many messages: first a page that says with how many, then the thing itself."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import company_page
from accounts.audit import Actor
from core.keyset import ROWS, filter_of, key_of
from sender import bulk, listing
from sender.bulk import Action, Result
from sender.models import OutboxMessage
from sender.outbox_filter import OutboxFilter

SHOWN = 8
_NEEDED = ("mailbox", "membership__user", "membership__company", "company")


@require_POST
@company_page()
def many(request: HttpRequest) -> HttpResponse:
    """Asks back what is about to be done with how many; done when `confirmed`. Changes nothing before."""
    query = filter_of(QueryDict(request.POST.get("query", "")))
    back = f"{reverse('outbox', args=[request.company.code])}{'?' if query else ''}{query}"
    action = bulk.ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return redirect("outbox", request.company.code)
    rows = _chosen(request, query, action)
    if not rows:
        messages.warning(request, _("No message was chosen. Tick those that are meant."))
        return HttpResponseRedirect(back)
    if request.POST.get("confirmed"):
        _say(request, bulk.perform(action, rows, Actor.of(request)))
        return HttpResponseRedirect(back)
    return render(
        request, "sender/bulk.html", _question(request, action, rows) | {"query": query, "back": back}
    )


def _chosen(request: HttpRequest, query: str, action: Action) -> list[OutboxMessage]:
    """Those that were ticked; or all that the filter finds up to the newest that was seen, some at a time."""
    if request.POST.get("which") == "all":
        form = OutboxFilter(QueryDict(query), request.membership)
        if not form.is_valid() or form.wanted.is_searched or form.wanted.state not in action.states:
            return []
        rows = listing.fitting(request.membership, form.wanted)
        if (newest := key_of(request.POST.get("newest"))) is not None:
            rows = rows.filter(pk__lte=newest)
        return list(rows.select_related(*_NEEDED).order_by("pk")[: bulk.AT_ONCE])
    keys = [key for key in map(key_of, request.POST.getlist("message")[:ROWS]) if key]
    rows = listing.visible_to(request.membership).filter(pk__in=keys)
    return list(rows.select_related(*_NEEDED).order_by("pk"))


def _question(request: HttpRequest, action: Action, rows: list[OutboxMessage]) -> dict[str, object]:
    fitting = [row for row in rows if row.state in action.states]
    is_all = request.POST.get("which") == "all"
    return {
        "action": action,
        "which": "all" if is_all else "ticked",
        "keys": [] if is_all else [row.pk for row in rows],
        "newest": _newest(rows),
        "count": len(fitting),
        "left_out": len(rows) - len(fitting),
        "shown": fitting[:SHOWN],
        "more": max(0, len(fitting) - SHOWN),
        "is_full": len(rows) == bulk.AT_ONCE,
        "at_once": bulk.AT_ONCE,
    }


def _newest(rows: list[OutboxMessage]) -> UUID:
    return max(row.pk for row in rows)


def _say(request: HttpRequest, result: Result) -> None:
    if result.done:
        text = ngettext("Done with %(count)s message.", "Done with %(count)s messages.", result.done)
        messages.success(request, text % {"count": result.done})
    for why, count in result.left.items():
        text = ngettext(
            "%(count)s message was left as it is: %(why)s.",
            "%(count)s messages were left as they are: %(why)s.",
            count,
        )
        messages.warning(request, text % {"count": count, "why": why.rstrip(".")})
