"""The list of guides, and each of them with the values of the viewer's company."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import ADMINS, STAFF, company_page
from accounts.models import Membership
from diagnosis.causes.shape import Text
from mailsettings import retirements
from portal.guides.catalogue import AS_OF, GROUPS, GUIDES
from portal.guides.scripts import SCRIPTS
from portal.guides.shape import Step
from portal.guides.values import Values, values_for
from portal.templatetags.nav import EVERYBODY

# Where a step is done in this portal, by URL name: in words, and who may go there.
PLACES = {
    "profile": (_("My profile"), EVERYBODY),
    "profile-password": (_("My profile → E-mail password"), EVERYBODY),
    "profile-gmail": (_("My profile → Gmail app password"), EVERYBODY),
    "test-send": (_("Test send"), EVERYBODY),
    "check": (_("Check"), EVERYBODY),
    "people": (_("People"), STAFF),
    "settings-office365": (_("Mail settings → Office 365"), ADMINS),
    "app-credential": (_("Mail settings → Office 365 → use a certificate instead"), ADMINS),
    "settings-approval": (_("Mail settings → Office 365 → Ask a Microsoft administrator to approve"), ADMINS),
    "settings-app-only": (_("Mail settings → Office 365, app-only"), ADMINS),
    "settings-google": (_("Mail settings → Google"), ADMINS),
    "settings-smtp": (_("Mail settings → Mail server"), ADMINS),
    "settings-policy": (_("Mail settings → Policy"), ADMINS),
}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step with the company's values filled in; `url_name` is empty where the viewer may not go."""

    text: Text
    values: list[dict[str, object]]
    script: str
    place: Text
    url_name: str
    part: str


@require_safe
@company_page()
def index(request: HttpRequest) -> HttpResponse:
    groups = [
        (title, [guide for guide in GUIDES.values() if guide.reader == reader]) for reader, title in GROUPS
    ]
    return render(request, "guides/index.html", {"groups": groups})


@require_safe
@company_page()
def guide(request: HttpRequest, guide: str) -> HttpResponse:
    chosen = GUIDES.get(guide)
    if chosen is None:
        raise Http404("No such guide.")
    values = values_for(request.membership)
    context = {
        "guide": chosen,
        "steps": [_shown(step, values, request.membership) for step in chosen.steps],
        "endings": [retirements.told(one) for one in chosen.retirements],
        "as_of": AS_OF,
        "see": [GUIDES[slug] for slug in chosen.see],
    }
    return render(request, "guides/guide.html", context)


def _shown(step: Step, values: Values, viewer: Membership) -> ShownStep:
    place, roles = PLACES.get(step.page, ("", ()))
    return ShownStep(
        text=step.text,
        values=values.named(step.values),
        script=SCRIPTS[step.script](values) if step.script else "",
        place=place,
        url_name=step.page if viewer.role in roles else "",
        part=step.part,
    )
