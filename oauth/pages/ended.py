"""How a Connect ended when it did not connect: what happened, what to do, and a fresh button."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import company_page
from accounts.models import Company, Membership
from diagnosis.explain import Explanation
from oauth import approval, errors, google_services, services, words
from oauth.links import company_start_link, google_start_link, start_link
from oauth.models import Provider

_LAST = "oauth_last_end"  # session: the company, the class and the facts of the last refusal, whose mailbox
_ENDS = {kind.__name__: kind for kind in errors.ConnectRefused.__subclasses__()}
_SETTINGS = {Provider.MICROSOFT: "settings-office365", Provider.GOOGLE: "settings-google"}
_TEMPLATES = {
    errors.ApprovalNeeded: "oauth/approval_needed.html",
    errors.WrongAccount: "oauth/wrong_account.html",
    errors.NotPossible: "oauth/not_possible.html",
}


def show(
    request: HttpRequest, refusal: errors.ConnectRefused, provider: str = Provider.MICROSOFT
) -> HttpResponse:
    """To the page of this end, at an address without code and state."""
    end = [str(request.company.pk), type(refusal).__name__, refusal.facts, refusal.for_company]
    request.session[_LAST] = [*end, provider]
    return redirect(f"{provider}-ended", request.company.code)


@require_safe
@company_page()
def ended(request: HttpRequest) -> HttpResponse:
    company_id, name, facts, for_company, *last = request.session.get(_LAST, ["", "", {}, False])
    provider = Provider(last[0] if last else Provider.MICROSOFT)
    if company_id != str(request.company.pk):
        return redirect("profile", request.company.code)
    refusal = _ENDS[name](**facts)
    explanation = _explained(refusal, request.membership, provider, for_company)
    context = {
        "refusal": refusal,
        "explanation": explanation,
        "whose_turn": words.whose_turn(explanation, request.membership),
        "for_company": for_company,
        "provider": provider.label,
        "settings_page": _settings_page(request.company, provider),
        "start_url": _start_url(request.membership, provider, for_company),
        **(_approval(request) if isinstance(refusal, errors.ApprovalNeeded) else {}),
    }
    return render(request, _TEMPLATES.get(type(refusal), "oauth/refused.html"), context)


def _settings_page(company: Company, provider: str) -> str:
    """Where an admin mends it: on the app's page, or, where the app is complete, among all settings."""
    if provider == Provider.GOOGLE:
        return "settings" if google_services.is_set_up(company) else _SETTINGS[provider]
    return _SETTINGS[provider] if services.app_hindrances(company) else "settings"


def _start_url(membership: Membership, provider: str, for_company: bool) -> str:
    if provider == Provider.GOOGLE:
        return google_start_link(membership)
    return (company_start_link if for_company else start_link)(membership)


def _explained(
    refusal: errors.ConnectRefused, membership: Membership, provider: str, for_company: bool
) -> Explanation:
    if isinstance(refusal, errors.ProviderRefused):
        return words.for_person(words.of_connecting(refusal.explanation), membership)
    if isinstance(refusal, errors.WrongAccount) and for_company:
        return words.of_wrong_mailbox(membership)
    return words.of_cause(refusal.cause, membership, provider)


def _approval(request: HttpRequest) -> dict[str, object]:
    """What the Microsoft administrator needs; nothing when the settings were taken away meanwhile."""
    found = [one for one in approval.of_company(request.company) if one.kind == approval.Kind.PEOPLE]
    return {"approval": found[0]} if found else {}
