"""What was posted to a webhook and what was answered; a test, and one event once more."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from api import problems
from api.problems import Problem
from api.scopes import Scope
from api.v1 import mistakes
from api.v1.auth import Key, actor
from api.v1.shapes import Strict
from api.v1.webhooks import Again, endpoint_of
from core.keyset import stretch
from core.sentences import said
from webhooks import services
from webhooks.models import Delivery, DeliveryState

router = Router(tags=["webhooks"])

_REPLY = "The beginning of what the receiver said, or why there was no answer; without secrets."


class DeliveryOut(Schema):
    id: UUID
    event_id: UUID = Field(description="webhook-id of what is posted; the same over repetitions.")
    type: str
    happened_at: datetime
    state: str = Field(
        description="waiting; delivered: answered with a status from 200 to 299; failed: given up."
    )
    tries: int
    tried_at: datetime | None
    status: int | None = Field(description="Of the last answer; null: there was none.")
    reply: str = Field(description=_REPLY)
    took_ms: int
    next_try_at: datetime | None

    @staticmethod
    def resolve_type(row: Delivery) -> str:
        return row.event.kind

    @staticmethod
    def resolve_happened_at(row: Delivery) -> datetime:
        return row.event.happened_at

    @staticmethod
    def resolve_reply(row: Delivery) -> str:
        return said(row.reply)

    @staticmethod
    def resolve_next_try_at(row: Delivery) -> datetime | None:
        return row.due_at if row.state == DeliveryState.WAITING else None


class DeliveryList(Schema):
    deliveries: list[DeliveryOut] = Field(description="The newest first; they are kept for 30 days.")
    before: UUID | None = Field(description="To go on with to older ones; null at the end.")


class Filter(Strict):
    state: DeliveryState | None = None
    before: UUID | None = Field(None, description="The id to go on with to older ones.")
    limit: int = Field(50, ge=1, le=100)


class Tested(Schema):
    is_ok: bool = Field(description="Whether the receiver took it.")
    status: int | None = Field(description="Of the answer; null: there was none.")
    reply: str = Field(description=_REPLY)
    took_ms: int


@router.post(
    "/webhooks/{webhook_id}/test", response=Tested, auth=Key(Scope.SETTINGS_WRITE), summary="Post a test"
)
def send_test(request: HttpRequest, webhook_id: UUID) -> dict[str, object]:
    """An event `webhook.test`, at once and only once; the answer comes when the receiver has answered."""
    endpoint = endpoint_of(request, webhook_id)
    if not services.may_test(endpoint.company):
        sentence = _("Those were many tests in a short time. Wait ten minutes.")
        raise Problem(429, sentence, headers={"Retry-After": str(services.TESTS_WITHIN_S)})
    answer = services.test(endpoint, actor(request))
    told = {"is_ok": answer.is_ok, "status": answer.status, "took_ms": answer.took_ms}
    return told | {"reply": said(answer.reply)}


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    response=DeliveryList,
    auth=Key(Scope.SETTINGS_READ),
    summary="List what was posted",
)
def listed(request: HttpRequest, webhook_id: UUID, wanted: Query[Filter]) -> dict[str, object]:
    """With the last answer to each; not what was posted."""
    mistakes.check_query(request, Filter)
    rows = Delivery.objects.filter(endpoint=endpoint_of(request, webhook_id)).select_related("event")
    rows = rows.filter(state=wanted.state) if wanted.state else rows
    found = stretch(rows, {"before": str(wanted.before or "")}, wanted.limit)
    return {"deliveries": found.rows, "before": found.older}


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/again",
    response=Again,
    auth=Key(Scope.SETTINGS_WRITE),
    summary="Post one event again",
)
def again(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> dict[str, int]:
    """None is posted where it waits anyway, is a test, or the webhook is switched off."""
    rows = Delivery.objects.filter(endpoint=endpoint_of(request, webhook_id), pk=delivery_id)
    found = rows.select_related("endpoint__company").first()
    if found is None:
        raise problems.of_status(404)
    return {"events": int(services.send_again(found, actor(request)))}
