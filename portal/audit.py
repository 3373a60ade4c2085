"""The audit log of a company, for its admins."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import ADMINS, company_page
from accounts.models import AuditEvent

EVENTS_A_PAGE = 50


@company_page(*ADMINS)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what, newest first."""
    rows = AuditEvent.objects.filter(company=request.company)
    events = Paginator(rows, EVENTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/audit.html", {"events": events})
