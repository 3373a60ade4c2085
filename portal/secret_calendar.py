"""The calendar of a company's secrets: what ends when, and how the new one takes over without a pause."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Alarm, Calendar, Event

from accounts.access import STAFF, company_page
from accounts.models import Company, Membership
from api.models import ApiKey
from core import clock
from mailsettings import app_credentials, retirements
from mailsettings.models import APP_KINDS, Credential, CredentialKind, CredentialState, SmtpServer
from oauth.models import Connection, ConnectionState
from portal.audit_facts import actor_of
from portal.templatetags.times import day

SHOWN = 200
REMINDER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something with an end. `url` is empty where the viewer's role cannot mend it."""

    key: object
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
    in_use, following = app_credentials.current(request.company), app_credentials.upcoming(request.company)
    context = {
        "entries": entries_of(viewer),
        "in_use": in_use,
        "following": following,
        "is_secret": in_use is not None and in_use.kind == CredentialKind.CLIENT_SECRET,
        "retirements": _retirements(request.company),
    }
    return render(request, "portal/calendar.html", context)


@require_safe
@company_page(*STAFF)
def calendar_file(request: HttpRequest) -> HttpResponse:
    """The same for a calendar program: a day for each end, with a reminder two weeks before (RFC 5545)."""
    company, host = request.company, urlsplit(settings.PUBLIC_URL).hostname
    file = Calendar()
    file.add("prodid", "-//Postroom//")
    file.add("version", "2.0")
    for entry in entries_of(request.membership):
        if entry.ends_on:
            file.add_component(_event(entry, f"{company.name}: {entry.title}", f"{entry.key}@{host}"))
    headers = {"Content-Disposition": f'attachment; filename="{company.code}.ics"'}
    return HttpResponse(file.to_ical(), content_type="text/calendar; charset=utf-8", headers=headers)


def _event(entry: Entry, title: str, uid: str) -> Event:
    event, reminder = Event(), Alarm()
    event.add("uid", uid)
    event.add("dtstamp", clock.now())
    event.add("dtstart", entry.ends_on)
    event.add("summary", title)
    event.add("description", entry.note)
    reminder.add("action", "DISPLAY")
    reminder.add("description", title)
    reminder.add("trigger", -REMINDER)
    event.add_component(reminder)
    return event


def entries_of(viewer: Membership) -> list[Entry]:
    """The nearest end first; what has none comes last."""
    entries = [*_secrets(viewer), *_connections(viewer), *_keys(viewer)]
    return sorted(entries, key=lambda one: (one.ends_on is None, one.ends_on or date.max))


def _secrets(viewer: Membership) -> Iterator[Entry]:
    """The company's, and people's that have an end."""
    rows = Credential.objects.filter(company=viewer.company, state=CredentialState.CURRENT)
    rows = rows.select_related("membership__user").defer("ciphertext", "certificate")
    of_people = rows.exclude(membership=None).exclude(expires_on=None).order_by("expires_on")[:SHOWN]
    for row in (*rows.filter(membership=None), *of_people):
        what = str(row.get_kind_display()).capitalize()
        title = f"{what}: {row.membership.user}" if row.membership else what
        facts = {"day": day(row.set_at), "who": actor_of(row.set_by_label), "fingerprint": row.fingerprint}
        note = _("Set %(day)s by %(who)s, fingerprint …%(fingerprint)s.") % facts
        action = _("Change it over") if row.kind in APP_KINDS else _("Replace it")
        yield Entry(row.pk, row.expires_on, title, note, action, _page_of(row, viewer))


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
        yield Entry(row.pk, ends_on, title, _("The provider ends it on that day."), _("Look at it"), url)


def _keys(viewer: Membership) -> Iterator[Entry]:
    """API keys in use that have a last day."""
    rows = ApiKey.objects.filter(company=viewer.company, revoked_at=None).exclude(ends_on=None)
    url = reverse("api-keys", args=[viewer.company.code]) if viewer.is_admin else ""
    for row in rows.order_by("ends_on")[:SHOWN]:
        note = _("Made %(day)s by %(who)s.") % {"day": day(row.made_at), "who": actor_of(row.made_by_label)}
        title = _("API key: %(name)s") % {"name": row.name}
        yield Entry(row.pk, row.ends_on, title, note, _("Look at it"), url)


def _retirements(company: Company) -> Iterable[retirements.Notice]:
    """What providers are ending that this company uses, or may use."""
    server = SmtpServer.objects.filter(company=company).first()
    told = retirements.of_server(company, server)
    return [told] if told else []
