"""The two ends of a Connect: the link that leaves for Microsoft, and the callback."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import company_page, membership_in
from accounts.audit import Actor
from accounts.models import Membership
from oauth import errors, flows, moving
from oauth.approval import is_answer
from oauth.links import is_valid, start_link
from oauth.models import Provider
from oauth.pages import approval, ended


@require_GET
@company_page()
def start(request: HttpRequest) -> HttpResponse:
    """Off to Microsoft; only from a button of ours that is not too old (oauth/links.py)."""
    if not is_valid(request.GET.get("intent", ""), request.membership):
        context = {"start_url": start_link(request.membership)}
        return render(request, "oauth/press_again.html", context, status=410)
    if "move" in request.GET:
        moving.wish(request.membership, request.session)
    try:
        return HttpResponseRedirect(flows.start(request.membership, request.session))
    except errors.ConnectRefused as refusal:
        return ended.show(request, refusal)


@require_GET
def callback(request: HttpRequest, company_code: str) -> HttpResponse:
    """Where Microsoft sends people back to, at either address. A code that was redeemed does not stay in the
    address of a page: both the good and the bad end redirect at once."""
    return leaving_no_trace(_answer(request, company_code))


def _answer(request: HttpRequest, company_code: str) -> HttpResponse:
    if is_answer(request.GET):  # a Microsoft administrator, who may have no account here
        who = _member(request, company_code) if request.user.is_authenticated else None
        return approval.came_back(request, who)
    if stranger := turned_away(request, company_code, Provider.MICROSOFT):
        return stranger
    membership = request.membership
    try:
        connection = flows.finish(membership, request.session, request.GET.dict(), actor=Actor.of(request))
    except errors.ConnectRefused as refusal:
        return ended.show(request, refusal)
    if connection.membership is None:
        messages.success(
            request, _("Connected. %s sends for people without a way of their own.") % connection.address
        )
        return redirect("company-mailbox", membership.company.code)
    messages.success(request, _("Connected. You are sending as %s.") % connection.address)
    if moving.move(membership, request.session, actor=Actor.of(request)):
        messages.info(request, _("Your e-mail password is not needed any more. You can delete it here."))
    return redirect("profile", membership.company.code)


def leaving_no_trace(response: HttpResponse) -> HttpResponse:
    """The answer to an address that holds a code: neither kept nor told to where it leads."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def turned_away(request: HttpRequest, company_code: str, provider: Provider) -> HttpResponse | None:
    """The page for somebody who came back and is not, or not signed in as, one of the company's people.

    None for one of them: then the request knows membership and company.
    """
    if not request.user.is_authenticated:
        return render(request, "oauth/sign_in_first.html", {"provider": provider.label}, status=403)
    membership = _member(request, company_code)
    if membership is None:
        context = {"code": company_code, "provider": provider.label}
        return render(request, "oauth/unknown_company.html", context, status=404)
    request.membership, request.company = membership, membership.company
    return None


def _member(request: HttpRequest, company_code: str) -> Membership | None:
    """None for a stranger as for a code that does not exist; the code counts letter by letter, as at Microsoft."""
    try:
        membership = membership_in(request.user, company_code)
    except Http404:
        return None
    return membership if membership.company.code == company_code else None
