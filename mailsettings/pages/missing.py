"""The panel beside a settings form: what is missing, checked while somebody types. Nothing is stored here."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.access import ADMINS, company_page
from accounts.models import Company
from mailsettings import needs, retirements
from mailsettings.forms import SmtpServerForm
from mailsettings.models import SmtpServer
from mailsettings.pages.saving import allows_any, not_allowed, typed


@require_POST
@company_page(*ADMINS)
def check(request: HttpRequest, area: str) -> HttpResponse:
    """The panel for what is typed so far. What was typed does not come back, a secret least of all."""
    methods = needs.AREAS[area].methods
    if methods and not allows_any(request, *methods):
        return not_allowed(request)
    values = typed(request, needs.AREAS[area].form)
    return render(request, "mailsettings/_missing_answer.html", panel(request.company, area, values))


def panel(company: Company, area: str, values: Mapping[str, object] | None = None) -> dict[str, object]:
    """What the panel's template shows; `values` None: for the form as it is stored."""
    context = {"area": area, "needs": needs.of(area, company, values)}
    return context | {"ending": _ending(company, values)} if area == "smtp" else context


def _ending(company: Company, values: Mapping[str, object] | None) -> retirements.Notice | None:
    values = needs.shown(SmtpServerForm(company=company)) if values is None else values
    host = str(values.get("host") or "").strip()
    return retirements.of_server(
        company, SmtpServer(host=host, authentication=values.get("authentication") or "")
    )
