"""Whether the company's admins need a second step at sign-in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import ADMINS, company_page, recently_authenticated
from accounts.audit import Actor
from accounts.second_step import policy
from core.errors import InputError


@company_page(*ADMINS)
@recently_authenticated
def policy_page(request: HttpRequest) -> HttpResponse:
    """One button: on or off."""
    error = ""
    if request.method == "POST":
        asked = request.POST.get("asked") == "yes"
        try:
            policy.ask_admins(request.company, asked, request.membership, Actor.of(request))
        except InputError as refused:
            error = refused.message
        else:
            text = _("Admins need a second step now.") if asked else _("Admins may sign in without it now.")
            messages.success(request, text)
            return redirect("settings", request.company.code)
    context = {"without": policy.admins_without(request.company), "error": error}
    return render(request, "accounts/second_step_policy.html", context)
