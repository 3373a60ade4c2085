"""Whose mail a page is about: picked from a list in a small company, typed by address in a large one."""

from django.http import HttpRequest

from accounts.access import in_company, person_for
from accounts.models import Membership
from core.addresses import stored

MOST_LISTED = 100


def picked(request: HttpRequest) -> Membership:
    """By id or address, as asked for; oneself when nobody is. Raises Http404 as `person_for` does."""
    viewer = request.membership
    asked = (request.POST.get("person") or request.GET.get("person") or "").strip()
    if "@" in asked and "\0" not in asked and viewer.is_staff_of_company:
        rows = Membership.objects.select_related("user", "company")
        return in_company(rows, viewer.company, user__email=stored(asked))
    return person_for(viewer, asked or viewer.pk)


def to_pick_from(viewer: Membership) -> dict[str, object]:
    """For the template: the people, or that there are too many of them to list."""
    if not viewer.is_staff_of_company:
        return {}
    people = list(viewer.company.memberships.select_related("user")[: MOST_LISTED + 1])
    return {"people": people, "is_typed": len(people) > MOST_LISTED}
