"""Asking everybody who needs it to connect: first who would be asked, and why; then one button."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import letters, mailings
from accounts.access import ADMINS, company_page
from accounts.audit import Actor
from accounts.letters import NotSent
from accounts.models import Why
from sender.asking import asking

SHOWN = 100


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def ask(request: HttpRequest) -> HttpResponse:
    found = asking(request.company)
    invited = mailings.waiting_invitations(request.company)
    if request.method == "POST" and (found.people or invited):
        made = mailings.plan_asking(request.company, found.people, Actor.of(request))
        mailings.start(made, Actor.of(request))
        return redirect("mailing", request.company.code, made.pk)
    if request.method == "POST":
        messages.info(request, _("Nobody has to be asked now."))
    by_why = {why: [one for one, of in found.people if of == why] for why in Why}
    context = {
        "groups": [(why.label, len(people), people[:SHOWN]) for why, people in by_why.items() if people],
        "invited": len(invited),
        "number": len(found.people) + len(invited),
        "found": found,
        "again_days": mailings.ASK_AGAIN_AFTER.days,
    }
    try:
        context["way"] = letters.way_of(request.membership)
    except NotSent as refused:
        context["no_way"] = str(refused)
    return render(request, "sender/ask.html", context)
