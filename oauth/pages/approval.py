"""Approval by a Microsoft administrator: what to approve, going there, coming back, and checking it."""

from dataclasses import asdict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import ADMINS, company_page
from accounts.audit import Actor
from accounts.models import Membership
from oauth import approval, approval_check, words
from oauth.approval import Answer, Approval, Outcome
from oauth.approval_check import Finding
from oauth.links import is_valid, link_with_intent

_SHOWN = "oauth_approval"  # session: company, the last answer, the last finding


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def overview(request: HttpRequest) -> HttpResponse:
    """GET shows what needs approval, POST checks one of them."""
    approvals = approval.of_company(request.company)
    if request.method == "POST":
        return _check(request, _chosen(approvals, request.POST))
    answer, finding = _take_shown(request)
    rows = [_row(request, one, answer, finding) for one in approvals]
    return render(request, "oauth/approval.html", {"rows": rows})


@require_GET
@company_page(*ADMINS)
def start(request: HttpRequest) -> HttpResponse:
    """Off to Microsoft, by a button of ours."""
    if not is_valid(request.GET.get("intent", ""), request.membership):
        messages.info(request, _("The page was open too long. Press the button again."))
        return redirect("settings-approval", request.company.code)
    chosen = _chosen(approval.of_company(request.company), request.GET)
    address = approval.ask(chosen, request.membership, request.session, actor=Actor.of(request))
    return HttpResponseRedirect(address)


def came_back(request: HttpRequest, membership: Membership | None) -> HttpResponse:
    """The callback. The admin who asked goes on to his page; anybody else reads that it may be done."""
    query = request.GET.dict()
    if membership is not None and membership.is_admin:
        answer = approval.take(membership, request.session, query, actor=Actor.of(request))
        if answer is not None:
            _show_next(request, membership, answer, _proof(answer, membership, Actor.of(request)))
            return redirect("settings-approval", membership.company.code)
    outcome = approval.outcome_of(query)
    refused = Answer(approval.Kind.PEOPLE, outcome, approval.words(query))
    context = {"outcome": outcome, "explanation": refused.explanation}
    return render(request, "oauth/approval_given.html", context)


def _check(request: HttpRequest, chosen: Approval) -> HttpResponse:
    if approval.too_many_checks(request.company):
        text = _("That was many checks in a short time. Wait ten minutes before the next one.")
        messages.warning(request, text)
    else:
        found = approval_check.check(chosen, request.membership, actor=Actor.of(request))
        _show_next(request, request.membership, None, found)
    return redirect("settings-approval", request.company.code)


def _proof(answer: Answer, membership: Membership, actor: Actor) -> Finding | None:
    """What a token shows right after Microsoft said that the approval was given."""
    asked = [one for one in approval.of_company(membership.company) if one.kind == answer.kind]
    if answer.outcome != Outcome.GIVEN or not asked or approval.too_many_checks(membership.company):
        return None
    return approval_check.check(asked[0], membership, actor=actor)


def _chosen(approvals: list[Approval], given: dict[str, str]) -> Approval:
    found = [one for one in approvals if one.kind == given.get("kind", "")]
    if not found:
        raise Http404("There is no such approval to ask for.")
    return found[0]


def _row(
    request: HttpRequest, one: Approval, answer: Answer | None, finding: Finding | None
) -> dict[str, object]:
    answer = answer if answer and answer.kind == one.kind else None
    finding = finding if finding and finding.kind == one.kind else None
    why = (answer and answer.explanation) or (finding and finding.explanation)
    return {
        "approval": one,
        "answer": answer,
        "finding": finding,
        "explanation": words.for_person(why, request.membership) if why else None,
        "start_url": link_with_intent("settings-approval-start", request.membership, kind=one.kind),
    }


def _show_next(
    request: HttpRequest, membership: Membership, answer: Answer | None, finding: Finding | None
) -> None:
    values = [answer and asdict(answer), finding and asdict(finding)]
    request.session[_SHOWN] = [str(membership.company_id), *values]


def _take_shown(request: HttpRequest) -> tuple[Answer | None, Finding | None]:
    company_id, answer, finding = request.session.pop(_SHOWN, ["", None, None])
    if company_id != str(request.company.pk):
        return None, None
    return answer and Answer(**answer), finding and Finding(**finding)
