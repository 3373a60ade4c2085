"""The button "Read it from Microsoft": the day the client secret in use ends."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import ADMINS, company_page
from accounts.audit import Actor
from mailsettings import app_credentials
from mailsettings.models import CredentialKind
from oauth import end_dates, words


@require_POST
@company_page(*ADMINS)
def read_end(request: HttpRequest) -> HttpResponse:
    secret = app_credentials.current(request.company)
    if secret is None or secret.kind != CredentialKind.CLIENT_SECRET:
        raise Http404("No client secret.")
    found = end_dates.read(secret, actor=Actor.of(request))
    if found.ends_on is not None:
        said = _("Microsoft says that the client secret ends on %(day)s.")
        messages.success(request, said % {"day": found.ends_on.isoformat()})
    elif found.explanation is not None:
        why = words.for_person(found.explanation, request.membership)
        said = _("Microsoft did not tell the day: %(title)s. %(todo)s Type the day in the settings instead.")
        messages.warning(request, said % {"title": why.title, "todo": why.todo})
    else:
        said = _("Microsoft lists no secret that is certainly this one. Type the day in the settings.")
        messages.warning(request, said)
    return redirect("calendar", request.company.code)
