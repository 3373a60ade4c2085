"""Connect to Google: the link that leaves, the callback, and the end of one's own connection."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import company_page
from accounts.audit import Actor
from oauth import errors, google_flows, google_services
from oauth.links import google_start_link, is_valid
from oauth.models import Provider
from oauth.pages import ended
from oauth.pages.connect import leaving_no_trace, turned_away
from oauth.pages.disconnect import ask_and_end


@require_GET
@company_page()
def start(request: HttpRequest) -> HttpResponse:
    """Off to Google; only from a button of ours that is not too old (oauth/links.py)."""
    if not is_valid(request.GET.get("intent", ""), request.membership):
        context = {"start_url": google_start_link(request.membership), "provider": Provider.GOOGLE.label}
        return render(request, "oauth/press_again.html", context, status=410)
    try:
        return HttpResponseRedirect(google_flows.start(request.membership, request.session))
    except errors.ConnectRefused as refusal:
        return ended.show(request, refusal, Provider.GOOGLE)


@require_GET
def callback(request: HttpRequest, company_code: str) -> HttpResponse:
    """Where Google sends people back to. A code that was redeemed does not stay in the address of a page."""
    return leaving_no_trace(_answer(request, company_code))


def _answer(request: HttpRequest, company_code: str) -> HttpResponse:
    if stranger := turned_away(request, company_code, Provider.GOOGLE):
        return stranger
    query, actor = request.GET.dict(), Actor.of(request)
    try:
        connection = google_flows.finish(request.membership, request.session, query, actor=actor)
    except errors.ConnectRefused as refusal:
        return ended.show(request, refusal, Provider.GOOGLE)
    messages.success(request, _("Connected. You are sending as %s.") % connection.address)
    return redirect("profile", request.company.code)


@require_http_methods(["GET", "POST"])
@company_page()
def disconnect(request: HttpRequest) -> HttpResponse:
    return ask_and_end(request, google_services.connection_of(request.membership))
