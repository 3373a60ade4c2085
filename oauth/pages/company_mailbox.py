"""The mailbox an admin connects for the company: which one it is, and the two ends of its connection."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import ADMINS, company_page, recently_authenticated
from accounts.audit import Actor
from mailsettings import catalog, effects
from mailsettings import services as settings
from mailsettings.forms import CompanyMailboxForm
from mailsettings.pages.before_saving import saved_or_held
from mailsettings.pages.saving import allows_any, not_allowed, saved, show, typed
from oauth import errors, flows, services
from oauth.links import company_start_link, is_valid_for_company
from oauth.models import Connection, ConnectionState
from oauth.pages import ended
from oauth.registration import lacking
from oauth.words import of_connection


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def company_mailbox(request: HttpRequest) -> HttpResponse:
    if not allows_any(request, catalog.COMPANY_MAILBOX):
        return not_allowed(request)
    form = CompanyMailboxForm(typed(request), company=request.company)
    changes, shown = saved_or_held(
        request,
        "company-mailbox",
        form,
        lambda: settings.save_policy(request.company, form.values, actor=Actor.of(request)),
    )
    if changes is None:
        return show(request, "oauth/company_mailbox.html", form, **_connected(request), **shown)
    return saved(request, changes, _("The company's mailbox is saved."), "company-mailbox")


def _connected(request: HttpRequest) -> dict[str, object]:
    """What the card of the connection shows."""
    connection = _connection(request)
    wanted = CompanyMailboxForm(company=request.company).instance.fallback_mailbox
    explanation = of_connection(connection, request.membership) if connection and connection.cause else None
    return {
        "connection": connection,
        "is_another": bool(connection and wanted and connection.address.casefold() != wanted.casefold()),
        "wanted": wanted,
        "explanation": explanation,
        "lacks": ", ".join(lacking(connection)) if connection and connection.is_usable else "",
        "hindrances": services.can_connect_mailbox(request.membership),
        "start_url": company_start_link(request.membership),
    }


def _connection(request: HttpRequest) -> Connection | None:
    connection = services.connection_of_company(request.company)
    return None if connection and connection.state == ConnectionState.DISCONNECTED else connection


@require_GET
@company_page(*ADMINS)
def start(request: HttpRequest) -> HttpResponse:
    """Off to Microsoft; only from a button of ours that is not too old (oauth/links.py)."""
    if not is_valid_for_company(request.GET.get("intent", ""), request.membership):
        messages.info(request, _("The page was open too long. Press the button again."))
        return redirect("company-mailbox", request.company.code)
    try:
        return HttpResponseRedirect(flows.start(request.membership, request.session, for_company=True))
    except errors.ConnectRefused as refusal:
        refusal.for_company = True
        return ended.show(request, refusal)


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def disconnect(request: HttpRequest) -> HttpResponse:
    connection = _connection(request)
    if connection is None:
        raise Http404("There is no connection to end.")
    if request.method == "GET":
        number = effects.sending_by(request.company, [catalog.COMPANY_MAILBOX])
        context = {"connection": connection, "people_concerned": number}
        return render(request, "oauth/company_mailbox_disconnect.html", context)
    services.disconnect(connection, Actor.of(request))
    messages.success(request, _("Disconnected. The company's mailbox sends no more."))
    return redirect("company-mailbox", request.company.code)
