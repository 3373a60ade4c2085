"""How a Connect ended when it did not connect: what happened, what to do, and a fresh button."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import company_page
from accounts.models import Membership
from diagnosis.explain import Explanation
from oauth import approval, errors, words
from oauth.links import company_start_link, start_link

_LAST = "oauth_last_end"  # session: the company, the class and the facts of the last refusal, whose mailbox
_ENDS = {kind.__name__: kind for kind in errors.ConnectRefused.__subclasses__()}
_TEMPLATES = {
    errors.ApprovalNeeded: "oauth/approval_needed.html",
    errors.WrongAccount: "oauth/wrong_account.html",
    errors.NotPossible: "oauth/not_possible.html",
}


def show(request: HttpRequest, refusal: errors.ConnectRefused) -> HttpResponse:
    """To the page of this end, at an address without code and state."""
    end = [str(request.company.pk), type(refusal).__name__, refusal.facts, refusal.for_company]
    request.session[_LAST] = end
    return redirect("microsoft-ended", request.company.code)


@require_safe
@company_page()
def ended(request: HttpRequest) -> HttpResponse:
    company_id, name, facts, for_company = request.session.get(_LAST, ["", "", {}, False])
    if company_id != str(request.company.pk):
        return redirect("profile", request.company.code)
    refusal = _ENDS[name](**facts)
    explanation = _explained(refusal, request.membership)
    context = {
        "refusal": refusal,
        "explanation": explanation,
        "whose_turn": words.whose_turn(explanation, request.membership),
        "for_company": for_company,
        "start_url": (company_start_link if for_company else start_link)(request.membership),
        **(_approval(request) if isinstance(refusal, errors.ApprovalNeeded) else {}),
    }
    return render(request, _TEMPLATES.get(type(refusal), "oauth/refused.html"), context)


def _explained(refusal: errors.ConnectRefused, membership: Membership) -> Explanation:
    if isinstance(refusal, errors.ProviderRefused):
        return words.for_person(refusal.explanation, membership)
    return words.of_cause(refusal.cause, membership)


def _approval(request: HttpRequest) -> dict[str, object]:
    """What the Microsoft administrator needs; nothing when the settings were taken away meanwhile."""
    found = [one for one in approval.of_company(request.company) if one.kind == approval.Kind.PEOPLE]
    return {"approval": found[0]} if found else {}
