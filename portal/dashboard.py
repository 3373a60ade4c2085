"""The overview of a company: does mail work, what is broken, what ends soon, what went out last."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import company_page
from accounts.models import Membership
from core import clock
from mailsettings.models import APP_KINDS, Credential
from portal import problems
from portal.problems import Problem, States
from portal.templatetags.times import ago
from sender.models import OutboxMessage, State
from sender.models.message import OPEN_STATES
from sender.sending_state import state_of
from sender.sending_state import states as states_of

PERIOD = timedelta(days=30)
LAST_MESSAGES = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    tone: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    value: str
    note: str = ""
    url: str = ""


@company_page()
def overview(request: HttpRequest) -> HttpResponse:
    """Admins and support see the company's overview, a user his own."""
    viewer = request.membership
    whole_company = viewer.is_staff_of_company
    people = _people(viewer) if whole_company else [viewer]
    messages = _messages(viewer)
    counts = _counts(messages)
    secrets = _secrets(viewer)
    if whole_company:
        by_id = states_of(viewer.company, people)
        states = {one: by_id[one.pk] for one in people}
        of_app = next((one for one in secrets if one.kind in APP_KINDS and not one.is_next), None)
        broken = problems.of_company(viewer, states, of_app)
        verdict = company_verdict(states, broken, counts["last"])
    else:
        states = {viewer: state_of(viewer)}
        broken = problems.of_person(viewer, states[viewer])
        verdict = own_verdict(viewer, states, counts["last"])
    context = {
        "verdict": verdict,
        "problems": broken,
        "tiles": _tiles(viewer, counts, states),
        "secrets": secrets,
        "last_messages": messages.select_related("membership__user")[:LAST_MESSAGES],
        "whole_company": whole_company,
        "state": states.get(viewer),
    }
    return render(request, "portal/overview.html", context)


def _people(viewer: Membership) -> list[Membership]:
    rows = Membership.objects.filter(company=viewer.company, user__is_active=True)
    return list(rows.select_related("user", "company"))


def _messages(viewer: Membership) -> QuerySet[OutboxMessage]:
    rows = OutboxMessage.objects.filter(company=viewer.company)
    return rows if viewer.is_staff_of_company else rows.filter(membership=viewer)


def _secrets(viewer: Membership) -> list[Credential]:
    """The company's secrets for admins and support, his own for a user; the first to end first."""
    mine = None if viewer.is_staff_of_company else viewer
    rows = Credential.objects.filter(company=viewer.company, membership=mine).defer("ciphertext")
    return sorted(rows, key=lambda one: (one.expires_on is None, one.expires_on or one.set_at.date()))


def _counts(messages: QuerySet[OutboxMessage]) -> dict[str, object]:
    """Of the last 30 days: sent, failed; of any age: waiting, the oldest of them, the last sent."""
    recent = Q(submitted_at__gte=clock.now() - PERIOD)
    is_open = Q(state__in=OPEN_STATES)
    return messages.aggregate(
        sent=Count("pk", filter=recent & Q(state=State.SENT)),
        failed=Count("pk", filter=recent & Q(state=State.FAILED)),
        waiting=Count("pk", filter=is_open),
        oldest=Min("submitted_at", filter=is_open),
        last=Max("finished_at", filter=Q(state=State.SENT)),
    )


def company_verdict(states: States, broken: list[Problem], last: datetime | None) -> Verdict:
    """One line that says whether the company's mail works."""
    able = sum(state.can_send for state in states.values())
    if not able:
        return Verdict("bad", "circle-x", _("No mail can leave."))
    if able < len(states) or any(problem.tone == "bad" for problem in broken):
        text = _("Mail can leave for %(able)s of %(all)s people.") % {"able": able, "all": len(states)}
        return Verdict("warn", "triangle-alert", text)
    return _working(last, _("Mail works."))


def own_verdict(viewer: Membership, states: States, last: datetime | None) -> Verdict:
    """The same line for one person."""
    if not states[viewer].can_send:
        return Verdict("bad", "circle-x", _("Your mail cannot leave."))
    return _working(last, _("Your mail works."))


def _working(last: datetime | None, words: str) -> Verdict:
    """Only a message that really went out makes it certain."""
    if last is None:
        return Verdict("info", "info", _("It is set up. Send a test to see that mail really leaves."))
    left = _("The last message left %(when)s.") % {"when": ago(last)}
    return Verdict("good", "circle-check", f"{words} {left}")


def _tiles(viewer: Membership, counts: dict[str, object], states: States) -> list[Tile]:
    outbox = reverse("outbox", args=[viewer.company.code])
    oldest = counts["oldest"]
    tiles = [
        Tile(_("Sent, 30 days"), f"{counts['sent']:,}", url=f"{outbox}?state=sent"),
        Tile(_("Failed, 30 days"), f"{counts['failed']:,}", url=f"{outbox}?state=failed"),
        Tile(
            _("Waiting"),
            f"{counts['waiting']:,}",
            _("oldest: %(when)s") % {"when": ago(oldest)} if oldest else _("nothing waits"),
            f"{outbox}?state=waiting",
        ),
    ]
    if viewer.is_staff_of_company:
        able = sum(state.can_send for state in states.values())
        text = _("%(able)s of %(all)s") % {"able": able, "all": len(states)}
        tiles.append(Tile(_("People who can send"), text, url=reverse("people", args=[viewer.company.code])))
    return tiles
