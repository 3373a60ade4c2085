"""Pages outside any company."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import languages
from accounts.models import Membership
from portal.context import THEMES


def _memberships(request: HttpRequest) -> list[Membership]:
    rows = Membership.objects.filter(user=request.user, company__is_active=True)
    return list(rows.select_related("company").order_by("company__name"))


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the person's company; a choice when there are several; operators go to their own pages."""
    memberships = _memberships(request)
    if len(memberships) == 1:
        return redirect("overview", memberships[0].company.code)
    if not memberships and request.user.is_operator:
        return redirect("operator-overview")
    return render(request, "portal/home.html", {"memberships": memberships, "target": "overview"})


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """To the person's own settings in his company."""
    memberships = _memberships(request)
    if len(memberships) == 1:
        return redirect("profile", memberships[0].company.code)
    return render(request, "portal/home.html", {"memberships": memberships, "target": "profile"})


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or automatic colours in a cookie."""
    theme = request.POST.get("theme", "auto")
    response = _back(request)
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=31_536_000, samesite="Lax", secure=settings.IS_HTTPS)
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language: of a signed-in person with the account, of others in a cookie; empty: none chosen."""
    tag = request.POST.get("language", "")
    response = _back(request)
    if tag and not languages.known(tag):
        return response
    if request.user.is_authenticated:
        request.user.language = tag
        request.user.save(update_fields=["language"])
    if request.user.is_authenticated or not tag:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    else:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, tag, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax",
            secure=settings.IS_HTTPS,
        )  # fmt: skip
    return response


def _back(request: HttpRequest) -> HttpResponse:
    """To where the form stood; never to another site."""
    back = request.POST.get("next", "/")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()})
    return HttpResponseRedirect(back if is_ours else "/")
