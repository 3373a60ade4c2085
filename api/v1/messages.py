"""Messages: handed over, listed, looked at, stopped, tried again, settled. The rules are the services', as on pages."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Header, Query, Router
from pydantic import Field

from accounts.audit import record
from api import keys
from api.models import ApiKey
from api.problems import Problem
from api.scopes import Scope
from api.v1 import intake, mistakes
from api.v1.auth import Key, actor
from api.v1.shapes import (
    Line,
    MessageDetail,
    MessageList,
    MessageOut,
    Moment,
    Resolution,
    State,
    Strict,
    explained,
)
from core.addresses import stored
from core.sentences import said
from sender import actions, listing, recipients
from sender.explaining import explanation_of
from sender.models import OutboxMessage
from sender.services import submit

router = Router(tags=["messages"])

MOST_LISTED = 100


class Filter(Strict):
    state: State | None = None
    as_: Line = Field("", alias="as", max_length=320, description="Handed over as this person’s address.")
    method: Line = Field("", max_length=32, description="The way it goes, such as microsoft_graph.")
    cause: Line = Field("", max_length=64)
    since: Moment | None = Field(None, description="Handed over at this time or later.")
    until: Moment | None = Field(None, description="Handed over before this time.")
    q: Line = Field(
        "",
        max_length=200,
        description="Words in subject or recipients, or a whole Message-ID.",
    )
    before: UUID | None = Field(None, description="The id to go on with to older ones.")
    after: UUID | None = Field(
        None, description="Only those with a newer id than this; none where there are none."
    )
    limit: int = Field(50, ge=1, le=MOST_LISTED)


def seen_by(key: ApiKey) -> QuerySet[OutboxMessage]:
    """The messages of those whom the key is for."""
    rows = OutboxMessage.objects.filter(company=key.company_id)
    return rows if key.is_for_all else rows.filter(membership__in=key.people.values("pk"))


def message_of(key: ApiKey, message_id: UUID) -> OutboxMessage:
    """Raises Problem 404, also for another company's."""
    rows = seen_by(key).select_related("mailbox", "membership__user", "membership__company", "company")
    found = rows.filter(pk=message_id).first()
    if found is None:
        raise Problem(404, _("There is no such message, or not for this key."))
    return found


@router.post(
    "/messages", response={202: MessageOut}, auth=Key(Scope.SEND, takes_messages=True), summary="Hand over a message"
)  # fmt: skip
def hand_over(
    request: HttpRequest,
    as_: str = Query("", alias="as", max_length=320, description="For message/rfc822: the person who sends."),
    idempotency_key: str = Header(
        "",
        alias="Idempotency-Key",
        max_length=200,
        description="The same key gives the message stored before, and does not send twice.",
    ),
) -> HttpResponse:
    """Answers once the message is stored; a worker sends it. One bad address, and nothing is stored at all.

    The body is JSON, or a finished message as `message/rfc822` with `?as=`.
    """
    person, wanted = intake.read(request, as_, idempotency_key)
    key: ApiKey = request.auth
    with timezone.override(key.company.zone):
        message = submit(
            person,
            wanted.message,
            submitted_by=str(keys.who(key)),
            idempotency_key=wanted.idempotency_key,
            kind=wanted.kind,
            agreement=wanted.agreement,
            language=wanted.language,
            priority=wanted.priority,
            not_before=wanted.not_before,
        )
    # As ninja would write it, which looks at each field anew: a tenth of the whole request.
    taken = {name: getattr(message, name) for name in MessageOut.model_fields}
    return JsonResponse(taken, status=202, headers={"Location": f"{request.path}/{message.pk}"})


@router.get("/messages", response=MessageList, auth=Key(Scope.READ), summary="List messages")
def listed(request: HttpRequest, wanted: Query[Filter]) -> dict[str, object]:
    """The newest first. Only those of the people whom the key is for."""
    mistakes.check_query(request, Filter)
    person = keys.person(request.auth, wanted.as_) if wanted.as_ else None
    chosen = listing.Wanted(
        state=wanted.state or "",
        person=person,
        address="" if person else stored(wanted.as_),
        method=wanted.method,
        cause=wanted.cause,
        since=wanted.since,
        until=wanted.until,
        words=wanted.q.strip(),
    )
    found = listing.between(seen_by(request.auth), chosen, wanted.before, wanted.after, wanted.limit)
    refused = recipients.refused_of([row.pk for row in found.rows])
    for row in found.rows:
        row.refused_recipients = refused.get(row.pk, 0)
    return {
        "messages": found.rows,
        "before": found.older,
        "after": found.newer,
        "looked_back_to": found.looked_back_to,
    }


@router.get(
    "/messages/{uuid:message_id}", response=MessageDetail, auth=Key(Scope.READ), url_name="message",
    summary="Look at a message",
)  # fmt: skip
def message(request: HttpRequest, message_id: UUID) -> dict[str, object]:
    """With its recipients, what was tried, and what is wrong, in words. Never the text itself."""
    return _detail(message_of(request.auth, message_id))


@router.post(
    "/messages/{uuid:message_id}/cancel", response=MessageDetail, auth=Key(Scope.ACT), summary="Stop a message"
)  # fmt: skip
def cancel(request: HttpRequest, message_id: UUID) -> dict[str, object]:
    """As long as it waits."""
    return _act(request, message_id, actions.cancel, "message.cancelled")


@router.post(
    "/messages/{uuid:message_id}/retry", response=MessageDetail, auth=Key(Scope.ACT), summary="Try a message again"
)  # fmt: skip
def retry(request: HttpRequest, message_id: UUID) -> dict[str, object]:
    """Now, by the way that holds today: one that failed, was stopped, or waits."""
    return _act(request, message_id, actions.retry, "message.retried")


@router.post(
    "/messages/{uuid:message_id}/resolve", response=MessageDetail, auth=Key(Scope.ACT),
    summary="Say what became of a message",
)  # fmt: skip
def resolve(request: HttpRequest, message_id: UUID, resolution: Resolution) -> dict[str, object]:
    """Of one in the state unknown: it was handed over, and no answer came."""
    if resolution.found == "sent":
        return _act(request, message_id, actions.mark_sent, "message.resolved_as_sent")
    return _act(request, message_id, actions.send_again, "message.resolved_as_lost")


def _act(
    request: HttpRequest, message_id: UUID, action: Callable[[OutboxMessage], bool], told: str
) -> dict[str, object]:
    """Raises Problem 409 where the message is in another state, and `sender.ways.NoRoute`."""
    row = message_of(request.auth, message_id)
    with transaction.atomic():
        if not action(row):
            sentence = _("The message is %(state)s; nothing was changed.")
            raise Problem(409, sentence % {"state": row.get_state_display()}, slug="wrong_state")
        record(actor(request), told, company=row.company, label=row.message_id)
    return _detail(message_of(request.auth, message_id))


def _detail(row: OutboxMessage) -> dict[str, object]:
    plain = {name: getattr(row, name) for name in MessageOut.model_fields}
    return plain | {
        "method": row.mailbox.method,
        "route_reason": said(row.route_reason),
        "kind": row.kind,
        "due_at": row.due_at,
        "recipients": list(row.recipients.all()),
        "attempts": list(row.attempts.all()),
        "explanation": explained(explanation_of(row)),
    }
