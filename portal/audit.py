"""The audit log of a company, for its admins: who did what, found by a filter, and as a file."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import ADMINS, company_page
from accounts.audit import Actor, record
from accounts.models import AuditEvent, Company
from core import spreadsheet
from core.keyset import filter_of
from portal.audit_facts import actor_of
from portal.audit_log import AT_ONCE, AuditFilter
from portal.audit_words import details, sentence

MOST_EXPORTED = 100_000


@company_page(*ADMINS)
def audit(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    form = AuditFilter(request.GET)
    query = filter_of(request.GET)
    context: dict[str, object] = {"form": form, "query": query, "most_exported": MOST_EXPORTED}
    if form.is_valid():
        found = form.found(request.company, request.GET)
        context |= {"found": found, "events": [(event, *_said(event)) for event in found.events]}
        is_filtered = any(form.cleaned_data.values())
        context["has_any"] = is_filtered and AuditEvent.objects.filter(company=request.company).exists()
    return render(request, "portal/audit.html", context)


@company_page(*ADMINS)
def export(request: HttpRequest) -> HttpResponse:
    """What the filter finds, newest first, as CSV."""
    form = AuditFilter(request.GET)
    if not form.is_valid():
        return redirect(f"{request.path.removesuffix('export/')}?{filter_of(request.GET)}")
    record(Actor.of(request), "audit.exported", company=request.company, filter=filter_of(request.GET))
    titles = [_("When"), _("Who"), _("IP address"), _("What"), _("Action"), _("On"), _("Details")]
    name = f"audit-{request.company.code}-{timezone.localdate():%Y-%m-%d}"
    return spreadsheet.download(name, titles, _lines(form, request.company))


def _said(event: AuditEvent) -> tuple[str, str, list[str]]:
    """Who, what, and the facts of it."""
    return actor_of(event.actor_label), sentence(event.action, event.object_label), details(event.details)


def _lines(form: AuditFilter, company: Company) -> Iterator[list[object]]:
    """Read while the answer is sent, when the page's own time zone is over."""
    zone, left, asked = company.zone, MOST_EXPORTED, {}
    while left > 0:
        with timezone.override(zone):  # days begin where they do on the page
            part = form.found(company, asked, AT_ONCE)
        for event in part.events:
            who, words, facts = _said(event)
            at = f"{event.at.astimezone(zone):%Y-%m-%d %H:%M:%S%z}"
            yield [at, who, event.ip_address or "", words, event.action, event.object_label, "; ".join(facts)]
        if part.older is None:
            return
        left, asked = left - len(part.events), {"before": str(part.older)}
