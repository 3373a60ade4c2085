"""One message with its story, and what a person may do with it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import company_page, in_company
from accounts.audit import Actor, record
from sender import actions, story, waits
from sender.explaining import explanation_of
from sender.forms import ResolveForm
from sender.listing import visible_to
from sender.mending import mending_of
from sender.models import OutboxMessage, State
from sender.reading import has_content, may_read
from sender.routing import NoRoute


def message_of(request: HttpRequest, message_id: object) -> OutboxMessage:
    rows = visible_to(request.membership).select_related("mailbox", "membership__user", "company")
    return in_company(rows, request.company, pk=message_id)


@company_page()
def message(request: HttpRequest, message_id: object) -> HttpResponse:
    return render(request, "sender/message.html", _story(request, message_of(request, message_id)))


@company_page()
def message_status(request: HttpRequest, message_id: object) -> HttpResponse:
    """The moving part of the message's page; asked for again while the message is on its way."""
    return render(request, "sender/_message_status.html", _story(request, message_of(request, message_id)))


def _story(request: HttpRequest, message: OutboxMessage) -> dict[str, object]:
    is_stuck = message.is_open and message.mailbox.health != "ready"
    attempts = list(message.attempts.all())
    explanation = explanation_of(message)
    recipients, more_recipients = story.recipients_of(message)
    wait = waits.of([message]).get(message.pk)
    ahead = waits.ahead_of(message) if wait and wait.reason == waits.Reason.LINE else 0
    return {
        "message": message,
        "method": story.method_of(message),
        "passed_over": story.passed_over(message),
        "events": story.events_of(message, attempts),
        "attempts": attempts,
        "recipients": recipients,
        "more_recipients": more_recipients,
        "explanation": explanation,
        "tone": "warn" if wait and wait.until else "bad",  # it goes on by itself
        "mending": explanation and mending_of(message, explanation.cause, request.membership),
        "agreement": story.agreement_of(message),
        "may_read": may_read(request.membership, message),
        "is_moving": message.is_open and not is_stuck,
        "wait": wait,
        "ahead": ahead,
        "most_ahead": waits.COUNTED,
        "is_held_back": bool(ahead or (wait and wait.until)),
        "may_retry": message.state in (State.FAILED, State.WAITING, State.CANCELLED) and has_content(message),
    }


def _act(request: HttpRequest, row: OutboxMessage, action: str, done: bool, said: str) -> HttpResponse:
    if done:
        record(Actor.of(request), action, company=request.company, label=row.message_id)
        messages.success(request, said)
    else:
        messages.warning(request, _("The message is in another state by now; nothing was changed."))
    return redirect("message", request.company.code, row.pk)


def _no_way(request: HttpRequest, row: OutboxMessage, error: NoRoute) -> HttpResponse:
    messages.error(request, _("There is no way to send it: %(why)s") % {"why": error})
    return redirect("message", request.company.code, row.pk)


@require_POST
@company_page()
def retry(request: HttpRequest, message_id: object) -> HttpResponse:
    row = message_of(request, message_id)
    try:
        done = actions.retry(row)
    except NoRoute as error:
        return _no_way(request, row, error)
    return _act(request, row, "message.retried", done, _("The message is tried again now."))


@require_POST
@company_page()
def cancel(request: HttpRequest, message_id: object) -> HttpResponse:
    row = message_of(request, message_id)
    return _act(request, row, "message.cancelled", actions.cancel(row), _("The message will not be sent."))


@require_POST
@company_page()
def resolve(request: HttpRequest, message_id: object) -> HttpResponse:
    """A person says what became of a message that was handed over without an answer."""
    row = message_of(request, message_id)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether it arrived or should be sent again."))
        return redirect("message", request.company.code, row.pk)
    if form.cleaned_data["found"] == "sent":
        return _act(request, row, "message.resolved_as_sent", actions.mark_sent(row), _("Marked as sent."))
    try:
        done = actions.send_again(row)
    except NoRoute as error:
        return _no_way(request, row, error)
    return _act(request, row, "message.resolved_as_lost", done, _("The message is sent again."))
