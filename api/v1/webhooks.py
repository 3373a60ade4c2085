"""The company's webhooks: where its programs are told what happens. The signing secret comes back only once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from api.problems import Problem
from api.scopes import Scope
from api.v1.auth import Key, actor
from api.v1.shapes import Line, Strict
from webhooks import services
from webhooks.forms import checked_url
from webhooks.kinds import EventKind
from webhooks.models import Endpoint

router = Router(tags=["webhooks"])

_EVENTS = "What is told there; docs/webhooks.md lists the kinds."


class WebhookOut(Schema):
    id: UUID
    url: str
    events: list[str] = Field(description=_EVENTS)
    condition: str = Field(description="on; off: by a person; gone, failing: stopped by itself.")
    failing_since: datetime | None = Field(description="Nothing got through since then.")
    last_delivered_at: datetime | None
    secret_set_at: datetime


class WebhookMade(WebhookOut):
    """With the secret that signs, which cannot be had a second time."""

    secret: str = Field(repr=False)


class WebhookList(Schema):
    webhooks: list[WebhookOut] = Field(description="The newest first; there are ten at most.")


class WebhookIn(Strict):
    url: Line = Field(min_length=1, max_length=500, description="Begins with https://.")
    events: list[EventKind] = Field(min_length=1, max_length=len(EventKind), description=_EVENTS)


class WebhookChange(Strict):
    """What is left out stays as it is."""

    url: Line | None = Field(None, min_length=1, max_length=500)
    events: list[EventKind] | None = Field(None, min_length=1, max_length=len(EventKind))
    is_on: bool | None = Field(None, strict=True, description="false: nothing is posted there any more.")


class Since(Strict):
    hours: int = Field(24, ge=1, le=720, description="How far to look back.")


class Again(Schema):
    events: int = Field(description="How many are posted once more.")


@router.get("/webhooks", response=WebhookList, auth=Key(Scope.SETTINGS_READ), summary="List webhooks")
def listed(request: HttpRequest) -> dict[str, object]:
    return {"webhooks": list(services.of(request.auth.company).defer("ciphertext"))}


@router.post(
    "/webhooks", response={201: WebhookMade}, auth=Key(Scope.SETTINGS_WRITE), summary="Make a webhook"
)
def make(request: HttpRequest, given: WebhookIn) -> Status:
    url = _checked(given.url)
    endpoint, secret = services.add(request.auth.company, url, given.events, actor(request))
    return Status(201, _with_secret(endpoint, secret))


@router.get(
    "/webhooks/{webhook_id}",
    response=WebhookOut,
    auth=Key(Scope.SETTINGS_READ),
    summary="Look at a webhook",
)
def webhook(request: HttpRequest, webhook_id: UUID) -> Endpoint:
    return endpoint_of(request, webhook_id)


@router.patch(
    "/webhooks/{webhook_id}",
    response=WebhookOut,
    auth=Key(Scope.SETTINGS_WRITE),
    summary="Change a webhook, or switch it",
)
def change(request: HttpRequest, webhook_id: UUID, given: WebhookChange) -> Endpoint:
    endpoint = endpoint_of(request, webhook_id)
    if given.url is not None or given.events is not None:
        url = endpoint.url if given.url is None else _checked(given.url)
        events = endpoint.events if given.events is None else given.events
        services.change(endpoint, url, events, actor(request))
    if given.is_on is not None:
        switch = services.switch_on if given.is_on else services.switch_off
        switch(endpoint, actor(request))
    return endpoint_of(request, webhook_id)


@router.delete(
    "/webhooks/{webhook_id}", response=WebhookOut, auth=Key(Scope.SETTINGS_WRITE), summary="Remove a webhook"
)
def remove(request: HttpRequest, webhook_id: UUID) -> Endpoint:
    """The answer is what it was."""
    endpoint = endpoint_of(request, webhook_id)
    services.remove(endpoint, actor(request))
    return endpoint


@router.post(
    "/webhooks/{webhook_id}/secret",
    response=WebhookMade,
    auth=Key(Scope.SETTINGS_WRITE),
    summary="Make a new signing secret",
)
def new_secret(request: HttpRequest, webhook_id: UUID) -> dict[str, object]:
    """For a day, the old one signs as well."""
    secret = services.rotate(endpoint_of(request, webhook_id), actor(request))
    return _with_secret(endpoint_of(request, webhook_id), secret)


@router.post(
    "/webhooks/{webhook_id}/again",
    response=Again,
    auth=Key(Scope.SETTINGS_WRITE),
    summary="Post again what failed",
)
def again(request: HttpRequest, webhook_id: UUID, given: Since) -> dict[str, int]:
    since = timezone.now() - timedelta(hours=given.hours)
    endpoint = endpoint_of(request, webhook_id)
    return {"events": services.send_failed_again(endpoint, since, actor(request))}


def endpoint_of(request: HttpRequest, webhook_id: UUID) -> Endpoint:
    """Raises Problem 404, also for another company's."""
    found = services.of(request.auth.company).filter(pk=webhook_id).first()
    if found is None:
        raise Problem(404, _("There is no such webhook."))
    return found


def _checked(url: str) -> str:
    try:
        return checked_url(url)
    except ValidationError as error:
        raise Problem(422, error.message, field="url") from None


def _with_secret(endpoint: Endpoint, secret: str) -> dict[str, object]:
    return WebhookOut.from_orm(endpoint).model_dump() | {"secret": secret}
