"""The outbox: the list, one message with its story, and what a person may do with it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import company_page, in_company, person_for
from accounts.audit import Actor, record
from accounts.models import Membership
from mailsettings import catalog
from mailsettings.agreements import kinds
from mailsettings.models.agreement import language_name
from sender import actions
from sender.explaining import explanation_of
from sender.forms import ResolveForm
from sender.models import OutboxMessage, State
from sender.routing import NoRoute, Refused

PAGE_ROWS = 50


def visible_to(viewer: Membership) -> QuerySet[OutboxMessage]:
    """Admins and support see the company's messages, a user his own."""
    rows = OutboxMessage.objects.filter(company=viewer.company).select_related("mailbox", "membership__user")
    return rows if viewer.is_staff_of_company else rows.filter(membership=viewer)


@company_page()
def outbox(request: HttpRequest) -> HttpResponse:
    rows = visible_to(request.membership)
    has_any = rows.exists()
    state, person = request.GET.get("state", ""), None
    if state in State.values:
        rows = rows.filter(state=state)
    if asked := request.GET.get("person"):
        person = person_for(request.membership, asked)
        rows = rows.filter(membership=person)
    page = Paginator(rows.prefetch_related("recipients"), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": State.choices, "has_any": has_any, "person": person}
    return render(request, "sender/outbox.html", context)


def _message_of(request: HttpRequest, message_id: object) -> OutboxMessage:
    return in_company(visible_to(request.membership), request.company, pk=message_id)


def _story(request: HttpRequest, message: OutboxMessage) -> dict[str, object]:
    is_stuck = message.is_open and message.mailbox.health != "ready"
    return {
        "message": message,
        "method": catalog.METHODS[message.mailbox.method],
        "passed_over": [Refused(**rung) for rung in message.refused_rungs],
        "attempts": list(message.attempts.all()),
        "recipients": list(message.recipients.all()),
        "explanation": explanation_of(message),
        "agreement": _agreement_of(message),
        "is_moving": message.is_open and not is_stuck,
        "may_retry": message.state in (State.FAILED, State.WAITING, State.CANCELLED),
    }


def _agreement_of(message: OutboxMessage) -> str:
    """What was appended, such as “Order to a carrier, Latvian”; the kind's short name when it is gone."""
    if not message.agreement_kind:
        return ""
    label = kinds(message.company).get(message.agreement_kind, message.agreement_kind)
    return f"{label}, {language_name(message.agreement_language)}"


@company_page()
def message(request: HttpRequest, message_id: object) -> HttpResponse:
    return render(request, "sender/message.html", _story(request, _message_of(request, message_id)))


@company_page()
def message_status(request: HttpRequest, message_id: object) -> HttpResponse:
    """The moving part of the message's page; asked for again while the message is on its way."""
    return render(request, "sender/_message_status.html", _story(request, _message_of(request, message_id)))


def _act(request: HttpRequest, row: OutboxMessage, action: str, done: bool, said: str) -> HttpResponse:
    if done:
        record(Actor.of(request), action, company=request.company, label=row.message_id)
        messages.success(request, said)
    else:
        messages.warning(request, _("The message is in another state by now; nothing was changed."))
    return redirect("message", request.company.code, row.pk)


@require_POST
@company_page()
def retry(request: HttpRequest, message_id: object) -> HttpResponse:
    row = _message_of(request, message_id)
    try:
        done = actions.retry(row)
    except NoRoute as error:
        messages.error(request, _("There is no way to send it: %(why)s") % {"why": error})
        return redirect("message", request.company.code, row.pk)
    return _act(request, row, "message.retried", done, _("The message is tried again now."))


@require_POST
@company_page()
def cancel(request: HttpRequest, message_id: object) -> HttpResponse:
    row = _message_of(request, message_id)
    return _act(request, row, "message.cancelled", actions.cancel(row), _("The message will not be sent."))


@require_POST
@company_page()
def resolve(request: HttpRequest, message_id: object) -> HttpResponse:
    """A person says what became of a message that was handed over without an answer."""
    row = _message_of(request, message_id)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether it arrived or should be sent again."))
        return redirect("message", request.company.code, row.pk)
    if form.cleaned_data["found"] == "sent":
        return _act(request, row, "message.resolved_as_sent", actions.mark_sent(row), _("Marked as sent."))
    try:
        done = actions.send_again(row)
    except NoRoute as error:
        messages.error(request, _("There is no way to send it: %(why)s") % {"why": error})
        return redirect("message", request.company.code, row.pk)
    return _act(request, row, "message.resolved_as_lost", done, _("The message is sent again."))
