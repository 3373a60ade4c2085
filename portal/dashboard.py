"""The overview of a company: does mail work, what is broken, what ends soon, what went out."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import company_page
from accounts.models import Membership
from mailsettings.models import APP_KINDS, Credential
from portal import beginning, problems
from portal.crowd import Crowd, crowd_of
from portal.figures import figures_of, number, tiles
from portal.problem import Problem
from portal.templatetags.times import ago
from sender.listing import visible_to
from sender.sending_state import state_of

LAST_MESSAGES = 6


@dataclass(frozen=True, slots=True)
class Verdict:
    tone: str
    icon: str
    text: str | Promise


FIRST_DAY = Verdict("info", "info", gettext_lazy("No mail can leave yet. These steps lead there."))


@require_safe
@company_page()
def overview(request: HttpRequest) -> HttpResponse:
    """Admins and support see the company's overview, a user his own."""
    viewer = request.membership
    context = _of_company(viewer) if viewer.is_staff_of_company else _of_person(viewer)
    rows = visible_to(viewer).select_related("membership__user").order_by("-id")
    context["last_messages"] = rows[:LAST_MESSAGES]
    return render(request, "portal/overview.html", context)


def _of_company(viewer: Membership) -> dict[str, object]:
    secrets, figures, crowd = secrets_of(viewer), figures_of(viewer), crowd_of(viewer.company)
    of_app = next((one for one in secrets if one.kind in APP_KINDS and not one.is_next), None)
    is_broken = any(state.tone == "bad" for state in crowd.states.values())
    is_new = figures.is_empty and not crowd.able and not is_broken
    broken = problems.of_company(viewer, crowd, of_app, is_new=is_new)
    return {
        "verdict": FIRST_DAY if is_new else company_verdict(crowd, broken, figures.last_sent),
        "problems": broken,
        "steps": beginning.steps(viewer, crowd) if is_new else None,
        "figures": figures,
        "tiles": tiles(viewer, figures, crowd),
        "secrets": secrets,
        "whole_company": True,
    }


def _of_person(viewer: Membership) -> dict[str, object]:
    figures, state = figures_of(viewer), state_of(viewer)
    return {
        "verdict": own_verdict(state.can_send, figures.last_sent),
        "problems": problems.of_person(viewer, state),
        "figures": figures,
        "tiles": tiles(viewer, figures, None),
        "secrets": secrets_of(viewer),
        "state": state,
        "whole_company": False,
    }


def secrets_of(viewer: Membership) -> list[Credential]:
    """The company's secrets for admins and support, his own for a user; the first to end first."""
    mine = None if viewer.is_staff_of_company else viewer
    rows = Credential.objects.filter(company=viewer.company, membership=mine).defer("ciphertext")
    return sorted(rows, key=lambda one: (one.expires_on is None, one.expires_on or one.set_at.date()))


def company_verdict(crowd: Crowd, broken: list[Problem], last: datetime | None) -> Verdict:
    """One line that says whether the company's mail works."""
    if not crowd.able:
        return Verdict("bad", "circle-x", _("No mail can leave."))
    if crowd.able < crowd.total or any(problem.tone == "bad" for problem in broken):
        text = _("Mail can leave for %(able)s of %(all)s people.") % {
            "able": number(crowd.able),
            "all": number(crowd.total),
        }
        return Verdict("warn", "triangle-alert", text)
    return _working(last, _("Mail works."))


def own_verdict(can_send: bool, last: datetime | None) -> Verdict:
    """The same line for one person."""
    if not can_send:
        return Verdict("bad", "circle-x", _("Your mail cannot leave."))
    return _working(last, _("Your mail works."))


def _working(last: datetime | None, words: str) -> Verdict:
    """Only a message that really went out makes it certain."""
    if last is None:
        return Verdict("info", "info", _("It is set up. Send a test to see that mail really leaves."))
    left = _("The last message left %(when)s.") % {"when": ago(last)}
    return Verdict("good", "circle-check", f"{words} {left}")
