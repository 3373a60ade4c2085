"""The doors: the only ways from a request to a company and what belongs to it.

What lies behind a door that is not yours answers 404, as if it did not exist. Inside your own company,
a page above your role answers 403.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from accounts import languages
from accounts.models import Company, Membership, Role, User
from accounts.second_step import policy

M = TypeVar("M", bound=Model)

View = Callable[..., HttpResponse]

STAFF = (Role.ADMIN, Role.SUPPORT)
ADMINS = (Role.ADMIN,)

# Somebody filling in a form longer than the time limit still gets it in: only a secret typed then would be lost.
POST_GRACE_S = 30 * 60


def membership_in(user: User, code: str) -> Membership:
    """The user's membership in the company with this code, whatever the code's case.

    Raises Http404 when there is none, or the company is closed.
    """
    try:
        found = Membership.objects.select_related("company").get(
            user=user, company__code__iexact=code, company__is_active=True
        )
    except Membership.DoesNotExist:
        raise Http404("No such company.") from None
    found.user = user
    return found


def company_page(*roles: str) -> Callable[[View], View]:
    """A view below `/<company_code>/`: sets `request.membership` and `request.company`, and its time zone.

    Signed-out visitors are sent to sign in, and back to the page whose form they sent. With `roles`, members of
    another role get 403; so does an admin without the second step at sign-in that his company asks of its admins,
    with words on what to do.
    A code typed in another case is redirected to the company's own.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, company_code: str, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            membership = membership_in(request.user, company_code)
            if membership.company.code != company_code and request.method == "GET":
                path = request.get_full_path().replace(company_code, membership.company.code, 1)
                return HttpResponseRedirect(path)
            request.membership = membership
            request.company = membership.company
            languages.speak(request, membership.company)
            if roles and membership.role not in roles:
                raise PermissionDenied
            if policy.lacks_second_step(membership):
                return render(request, "accounts/second_step_needed.html", status=403)
            with timezone.override(membership.company.zone):
                return view(request, *args, **kwargs)

        return inner

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """What a form's buttons lead to often is no page: after signing in, the form's own page is opened instead."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    if not request.htmx:
        text = _("Nothing was saved: you were signed out meanwhile. Sign in, then do it again.")
        messages.warning(request, text)
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return redirect_to_login(reverse("home"))
    return redirect_to_login(urlsplit(came_from)._replace(scheme="", netloc="").geturl())


def recently_authenticated(view: View) -> View:
    """A view that takes or deletes a secret: the person typed his password in the last 15 minutes, or does so now.

    Stands below `company_page`. A form that was opened in time may be sent for 30 more minutes; later its
    secret is not taken, and the person is told to type it again.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        limit_s = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        if request.method == "POST":
            limit_s += POST_GRACE_S
        if _authenticated_ago_s(request) < limit_s:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            text = _(
                "Nothing was saved: the page was open too long. Type the password, then fill it in again."
            )
            messages.warning(request, text)
        here = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{here}")

    return inner


def _authenticated_ago_s(request: HttpRequest) -> float:
    """Seconds since the person last proved who he is in this session, by signing in or again later."""
    records = get_authentication_records(request, request.user)
    return time.time() - max((record["at"] for record in records), default=0.0)


def in_company(rows: QuerySet[M], company: Company, **lookup: object) -> M:
    """The one row of this company that fits the lookup; Http404 otherwise, also for another company's."""
    try:
        return rows.get(company=company, **lookup)
    except (rows.model.DoesNotExist, ValidationError):  # the latter for what is no id at all
        raise Http404("No such object in this company.") from None


def person_for(viewer: Membership, membership_id: object) -> Membership:
    """The membership a page is about: one's own, or for admins and support any of the company.

    Raises Http404 for a stranger's and, for a plain user, a colleague's.
    """
    if not viewer.is_staff_of_company and str(viewer.pk) != str(membership_id):
        raise Http404("No such person.")
    return in_company(Membership.objects.select_related("user", "company"), viewer.company, pk=membership_id)
