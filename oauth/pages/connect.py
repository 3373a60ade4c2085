"""The two ends of a Connect: the link that leaves for Microsoft, and the callback."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import company_page, membership_in
from accounts.audit import Actor
from accounts.models import Membership
from diagnosis.vocabulary import cause
from oauth import errors, flows
from oauth.links import is_valid, start_link
from oauth.registration import registration_of

# What each unhappy end answers: whose turn it is shows in the page, the status is for programs.
_STATUS = {
    errors.NotPossible: 409,
    errors.ProviderRefused: 502,
    errors.LinkExpired: 410,
    errors.Replayed: 410,
}
_TEMPLATES = {
    errors.ApprovalNeeded: "oauth/approval_needed.html",
    errors.WrongAccount: "oauth/wrong_account.html",
    errors.NotPossible: "oauth/not_possible.html",
}


@require_GET
@company_page()
def start(request: HttpRequest) -> HttpResponse:
    """Off to Microsoft; only from a button of ours that is not too old (oauth/links.py)."""
    if not is_valid(request.GET.get("intent", ""), request.membership):
        context = {"start_url": start_link(request.membership)}
        return render(request, "oauth/press_again.html", context, status=410)
    try:
        return HttpResponseRedirect(flows.start(request.membership, request.session))
    except errors.ConnectRefused as refusal:
        return _refused(request, refusal)


@require_GET
def callback(request: HttpRequest, company_code: str) -> HttpResponse:
    """Where Microsoft sends people back to, at either address. Always ends without a code in the address
    that could be used again: redeemed, or never redeemable without this session."""
    response = _answer(request, company_code)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request: HttpRequest, company_code: str) -> HttpResponse:
    if "admin_consent" in request.GET:  # an administrator's way back, who need not have an account here
        return render(request, "oauth/approval_given.html", {"declined": "error" in request.GET})
    if not request.user.is_authenticated:
        return render(request, "oauth/sign_in_first.html", status=403)
    membership = _member(request, company_code)
    if membership is None:
        return render(request, "oauth/unknown_company.html", {"code": company_code}, status=404)
    request.membership, request.company = membership, membership.company
    try:
        connection = flows.finish(membership, request.session, request.GET, actor=Actor.of(request))
    except errors.ConnectRefused as refusal:
        return _refused(request, refusal)
    messages.success(request, _("Connected. You are sending as %s.") % connection.address)
    return redirect("profile", membership.company.code)


def _member(request: HttpRequest, company_code: str) -> Membership | None:
    """None for a stranger as for a code that does not exist; the code counts letter by letter, as at Microsoft."""
    try:
        membership = membership_in(request.user, company_code)
    except Http404:
        return None
    return membership if membership.company.code == company_code else None


def _refused(request: HttpRequest, refusal: errors.ConnectRefused) -> HttpResponse:
    """The page of one unhappy end: what happened, what to do, and a fresh button."""
    kind = type(refusal)
    context = {
        "refusal": refusal,
        "explanation": refusal.explanation or cause(refusal.cause),
        "start_url": start_link(request.membership),
    }
    if kind is errors.ApprovalNeeded:
        registration = registration_of(request.company)
        context["approval_url"] = flows.admin_consent_address(registration)
        context["client_id"] = registration.client_id
    template = _TEMPLATES.get(kind, "oauth/refused.html")
    return render(request, template, context, status=_STATUS.get(kind, 403))
