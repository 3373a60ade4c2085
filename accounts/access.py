"""The doors: the only ways from a request to a company and what belongs to it.

What lies behind a door that is not yours answers 404, as if it did not exist. Inside your own company,
a page above your role answers 403.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import Company, Membership, Role, User

M = TypeVar("M", bound=Model)

STAFF = (Role.ADMIN, Role.SUPPORT)
ADMINS = (Role.ADMIN,)


def membership_in(user: User, code: str) -> Membership:
    """The user's membership in the company with this code, whatever the code's case.

    Raises Http404 when there is none, or the company is closed.
    """
    try:
        return Membership.objects.select_related("company", "user").get(
            user=user, company__code__iexact=code, company__is_active=True
        )
    except Membership.DoesNotExist:
        raise Http404("No such company.") from None


def company_page(*roles: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view below `/<company_code>/`: sets `request.membership` and `request.company`.

    Signed-out visitors are sent to sign in. With `roles`, members of another role get 403.
    A code typed in another case is redirected to the company's own.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def inner(request: HttpRequest, company_code: str, *args: object, **kwargs: object) -> HttpResponse:
            membership = membership_in(request.user, company_code)
            if membership.company.code != company_code and request.method == "GET":
                path = request.get_full_path().replace(company_code, membership.company.code, 1)
                return HttpResponseRedirect(path)
            request.membership = membership
            request.company = membership.company
            if roles and membership.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return inner

    return decorate


def in_company(rows: QuerySet[M], company: Company, **lookup: object) -> M:
    """The one row of this company that fits the lookup; Http404 otherwise, also for another company's."""
    try:
        return rows.get(company=company, **lookup)
    except rows.model.DoesNotExist:
        raise Http404("No such object in this company.") from None


def person_for(viewer: Membership, membership_id: object) -> Membership:
    """The membership a page is about: one's own, or for admins and support any of the company.

    Raises Http404 for a stranger's and, for a plain user, a colleague's.
    """
    if not viewer.is_staff_of_company and str(viewer.pk) != str(membership_id):
        raise Http404("No such person.")
    return in_company(Membership.objects.select_related("user", "company"), viewer.company, pk=membership_id)
