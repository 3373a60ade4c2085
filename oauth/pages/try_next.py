"""The button "Try the new one": the waiting credential of the app registration, tried at Microsoft."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import ADMINS, company_page, recently_authenticated
from accounts.audit import Actor
from mailsettings import app_credentials
from oauth import trial, words


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def try_next(request: HttpRequest) -> HttpResponse:
    """GET is where the password page leads back to."""
    if request.method == "GET":
        return redirect("settings-office365", request.company.code)
    waiting = app_credentials.upcoming(request.company)
    if waiting is None:
        raise Http404("Nothing waits to be tried.")
    if trial.too_many(request.company):
        messages.error(
            request, _("That was many tries in a short time. Wait ten minutes before the next one.")
        )
        return redirect("settings-office365", request.company.code)
    try:
        refusal = trial.try_next(waiting, actor=Actor.of(request))
    except trial.ReplacedMeanwhile:
        messages.warning(request, _("It was replaced while it was tried. Try the one that waits now."))
        return redirect("settings-office365", request.company.code)
    if refusal is not None:
        context = {"credential": waiting, "explanation": words.for_person(refusal, request.membership)}
        return render(request, "oauth/next_refused.html", context)
    messages.success(
        request, _("Microsoft accepted it. The new one is in use now, and the old one was deleted.")
    )
    return redirect("settings-office365", request.company.code)
