"""Programs of a company that are told what happens: where they listen, what happened, and who was told of it.

The form is Standard Webhooks': https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from datetime import datetime
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.ids import moment_of
from core.sealed import Row, SealedRow
from webhooks.kinds import EventKind


class Condition(models.TextChoices):
    ON = "on", _("on")
    OFF = "off", _("switched off")  # by a person
    GONE = "gone", _("gone")  # it answered 410: nobody listens there any more
    FAILING = "failing", _("failing")  # nothing got through for three days
    REMOVED = "removed", _("removed")  # by a person: shown nowhere; what it was told goes by and by


STOPPED_BY_ITSELF = (Condition.GONE, Condition.FAILING)


class Endpoint(SealedRow):
    """An address that events are posted to. Sealed are the signing secrets: the one in use, then the one before."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="webhook_endpoints")
    url = models.URLField(_("address"), max_length=500)
    events = models.JSONField(default=list)  # values of EventKind
    condition = models.CharField(max_length=8, choices=Condition, default=Condition.ON)
    secret_set_at = models.DateTimeField()
    old_secret_until = models.DateTimeField(null=True, blank=True)  # both sign until then
    failing_since = models.DateTimeField(null=True, blank=True)  # nothing got through since
    last_delivered_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by_label = models.CharField(max_length=254)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def is_on(self) -> bool:
        return self.condition == Condition.ON

    @property
    def is_stopped_by_itself(self) -> bool:
        return self.condition in STOPPED_BY_ITSELF

    @property
    def chosen(self) -> list[EventKind]:
        return [kind for kind in EventKind if kind in self.events]

    @property
    def tone(self) -> str:
        if not self.is_on:
            return "bad" if self.is_stopped_by_itself else "plain"
        return "warn" if self.failing_since else "good"


class Event(Row):
    """Something that happened, written in the transaction that made it so. Its key says when, and is `webhook-id`."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)  # EventKind, or TEST
    about = models.UUIDField(null=True)  # the key of what it tells of
    facts = models.JSONField(default=dict)  # `data` of what is posted, or a part of it; thin, nothing secret
    is_spread = models.BooleanField(default=False)  # its deliveries are written

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["about"], condition=models.Q(kind="message.deferred"), name="deferred_told_once"
            )
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(is_spread=False), name="event_to_spread")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"

    @property
    def happened_at(self) -> datetime:
        return moment_of(self.pk)


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")  # for `due_at`
    DELIVERED = "delivered", _("delivered")  # answered with a status from 200 to 299
    FAILED = "failed", _("failed")  # given up


class Delivery(Row):
    """One event for one endpoint, with the last answer."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.WAITING)
    due_at = models.DateTimeField()  # also until when a worker holds it
    give_up_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(
        null=True, blank=True
    )  # of the last answer; null: there was none
    reply = models.TextField(blank=True)  # its beginning, or why there was none; redacted
    took_ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at"], condition=models.Q(state="waiting"), name="delivery_due"
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint"),
            models.Index(fields=["endpoint", "state", "-id"], name="delivery_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.state}"
