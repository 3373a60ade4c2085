"""Test send: support picks a person, everybody may test himself; shows the route first."""

from dataclasses import replace
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import languages
from accounts.access import company_page
from accounts.audit import Actor, record
from accounts.models import Membership
from core.errors import InputError
from core.ids import first_of
from sender.forms import TestSendForm
from sender.mime import Attachment
from sender.models import OutboxMessage
from sender.pages.picking import picked, to_pick_from
from sender.routing import NoRoute, Refused, Route, route
from sender.services import Draft, submit

_FIELDS = {"to": "to", "attachments": "file"}  # of the form, by what was wrong
MOST_TESTS, TESTS_WITHIN = 10, timedelta(minutes=10)


def _route_of(person: Membership) -> tuple[Route | None, list[Refused]]:
    try:
        way = route(person)
    except NoRoute as error:
        return None, error.refused
    return way, way.refused


def _draft(person: Membership, by: Membership, to: str) -> Draft:
    now = timezone.localtime()
    at = f"{date_format(now, 'DATE_FORMAT')}, {now:%H:%M} {now.tzname()}"
    facts = {"person": person.user, "company": person.company, "by": by.user, "at": at}
    return Draft(
        to=[to],
        subject=_("Test message from %(company)s") % facts,
        text=_(
            "This is a test message.\n\nSent as: %(person)s\nCompany: %(company)s\nAsked for by: %(by)s\nAt: %(at)s\n"
        )
        % facts,
    )


def _send(request: HttpRequest, person: Membership, given: dict[str, object]) -> OutboxMessage:
    """Raises InputError."""
    to, file = given["to"], given["file"]
    with translation.override(languages.of_address(to, request.company)):
        draft = _draft(person, request.membership, to)
    if file:
        draft = replace(draft, attachments=[Attachment(file.name, file.read())])
    message = submit(person, draft, submitted_by=request.user.email, kind="test")
    facts = {"to": to} | ({"file_bytes": file.size} if file else {})
    record(Actor.of(request), "message.test_sent", company=request.company, label=str(person.user), **facts)
    return message


def _too_many(viewer: Membership) -> bool:
    """Test sends are for looking, not for mailing: a limit for each person who asks for them."""
    since = timezone.now() - TESTS_WITHIN
    tests = OutboxMessage.objects.filter(company=viewer.company, kind="test", pk__gt=first_of(since))
    return tests.filter(submitted_by=viewer.user.email).count() >= MOST_TESTS


@company_page()
def send_test(request: HttpRequest) -> HttpResponse:
    """GET shows the person's route; POST hands over a test message and goes to its page."""
    viewer = request.membership
    person = picked(request)
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = TestSendForm(*given, initial={"to": request.user.email})
    way, refused = _route_of(person)
    if request.method == "POST" and form.is_valid() and _too_many(viewer):
        form.add_error(None, _("That was many tests in a short time. Wait ten minutes before the next one."))
    elif request.method == "POST" and form.is_valid() and way is not None:
        try:
            message = _send(request, person, form.cleaned_data)
        except InputError as error:
            form.add_error(_FIELDS.get(error.field), error.message)
        else:
            return redirect("message", request.company.code, message.pk)
    elif request.method == "POST" and way is None:
        messages.error(request, _("Nothing was sent: there is no way for this person's mail yet."))
    context = {"form": form, "person": person, "route": way, "refused": refused}
    context |= to_pick_from(viewer)
    return render(request, "sender/test_send.html", context, status=422 if form.errors else 200)
