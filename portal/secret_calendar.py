"""The calendar of a company's secrets: what ends when, and how the new one takes over without a pause."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import STAFF, company_page
from accounts.models import Company, Membership
from mailsettings import app_credentials, retirements
from mailsettings.models import APP_KINDS, Credential, CredentialKind, CredentialState, SmtpServer
from oauth.models import Connection, ConnectionState
from portal.templatetags.times import day

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """Something with an end. `url` is empty where the viewer's role cannot mend it."""

    ends_on: date | None
    title: str
    note: str
    action: str = ""
    url: str = ""


@require_safe
@company_page(*STAFF)
def calendar(request: HttpRequest) -> HttpResponse:
    """Everything with an end, the nearest first; what has none after it."""
    viewer = request.membership
    entries = [*_secrets(viewer), *_connections(viewer)]
    in_use, following = app_credentials.current(request.company), app_credentials.upcoming(request.company)
    context = {
        "entries": sorted(entries, key=lambda one: (one.ends_on is None, one.ends_on or date.max)),
        "in_use": in_use,
        "following": following,
        "is_secret": in_use is not None and in_use.kind == CredentialKind.CLIENT_SECRET,
        "retirements": _retirements(request.company),
    }
    return render(request, "portal/calendar.html", context)


def _secrets(viewer: Membership) -> Iterator[Entry]:
    """The company's, and people's that have an end."""
    rows = Credential.objects.filter(company=viewer.company, state=CredentialState.CURRENT)
    rows = rows.select_related("membership__user").defer("ciphertext", "certificate")
    of_people = rows.exclude(membership=None).exclude(expires_on=None).order_by("expires_on")[:SHOWN]
    for row in (*rows.filter(membership=None), *of_people):
        what = str(row.get_kind_display()).capitalize()
        title = f"{what}: {row.membership.user}" if row.membership else what
        facts = {"day": day(row.set_at), "who": row.set_by_label, "fingerprint": row.fingerprint}
        note = _("Set %(day)s by %(who)s, fingerprint …%(fingerprint)s.") % facts
        action = _("Change it over") if row.kind in APP_KINDS else _("Replace it")
        yield Entry(row.expires_on, title, note, action, _page_of(row, viewer))


def _page_of(row: Credential, viewer: Membership) -> str:
    code = viewer.company.code
    if row.membership_id:
        return reverse("person", args=[code, row.membership_id])
    if not viewer.is_admin:
        return ""
    if row.kind in APP_KINDS:
        return "#change-over"
    is_google = row.kind == CredentialKind.GOOGLE_CLIENT_SECRET
    return reverse("settings-google" if is_google else "settings-smtp", args=[code])


def _connections(viewer: Membership) -> Iterator[Entry]:
    """Grants whose end the provider foretold: those of an app that is still being tested, for instance."""
    rows = Connection.objects.filter(company=viewer.company, state=ConnectionState.CONNECTED)
    for row in rows.exclude(ends_at=None).select_related("membership__user").order_by("ends_at")[:SHOWN]:
        whose = str(row.membership.user) if row.membership else row.address
        title = _("Connection to %(provider)s: %(whose)s") % {
            "provider": row.get_provider_display(),
            "whose": whose,
        }
        code = viewer.company.code
        url = reverse("person", args=[code, row.membership_id]) if row.membership_id else ""
        ends_on = timezone.localdate(row.ends_at)
        yield Entry(ends_on, title, _("The provider ends it on that day."), _("Look at it"), url)


def _retirements(company: Company) -> Iterable[retirements.Notice]:
    """What providers are ending that this company uses, or may use."""
    server = SmtpServer.objects.filter(company=company).first()
    told = retirements.of_server(company, server)
    return [told] if told else []
