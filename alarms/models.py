"""What keeps mail from leaving, or soon will: one open state for each thing, and who was told of it when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.sealed import Row

QUEUE_MINUTES = 30


class Kind(models.TextChoices):
    SECRET_ENDING = "secret_ending", _("secret or certificate ending")
    CONNECTION_LOST = "connection_lost", _("connection lost")
    MAILBOX_PAUSED = "mailbox_paused", _("mailbox paused")
    QUEUE_OLD = "queue_old", _("mail waits too long")
    WEBHOOK_STOPPED = "webhook_stopped", _("webhook stopped")
    KEY_ENDING = "key_ending", _("API key ending")
    WORKER_MISSING = "worker_missing", _("no worker")  # the operator's; has no company


class Severity(models.IntegerChoices):
    """The worst comes first; in small letters the names are the tones of the pages."""

    BAD = 0, _("mail does not leave")
    WARN = 1, _("needs attention")
    INFO = 2, _("to be done in time")

    @property
    def tone(self) -> str:
        return self.name.lower()


class Alarm(Row):
    """Open while `closed_at` is empty; it closes by itself when what it tells of is over."""

    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="alarms", db_index=False)
    membership = models.ForeignKey(
        Membership, models.CASCADE, null=True, related_name="alarms"
    )  # whose it is
    kind = models.CharField(max_length=24, choices=Kind)
    subject = models.CharField(max_length=100)  # what it is about, as the rule names it
    severity = models.PositiveSmallIntegerField(choices=Severity)
    step = models.SmallIntegerField(default=0)  # of an ending: the days of the threshold that was reached
    facts = models.JSONField(default=dict)  # plain values for the words; nothing secret
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "subject"],
                condition=models.Q(closed_at=None),
                name="alarm_open_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(closed_at=None, company=None),
                name="alarm_of_operator_open_once",
            ),
        ]
        indexes = [models.Index(fields=["company", "-id"], name="alarm_by_company")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def tone(self) -> str:
        return Severity(self.severity).tone


class Channel(models.TextChoices):
    MAIL = "mail", _("e-mail")


class Outcome(models.TextChoices):
    WAITING = "waiting", _("waiting")  # for `due_at`
    TOLD = "told", _("told")
    FAILED = "failed", _("failed")  # given up; `why` says why
    DROPPED = "dropped", _("not needed")  # the alarm was over before it was told


OVER = "over"


class Telling(Row):
    """One thing to be told to one recipient: that an alarm opened, came nearer (its step), or is over."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="tellings", db_index=False)
    occasion = models.CharField(max_length=16)  # "opened", "step 14", "over"
    channel = models.CharField(max_length=8, choices=Channel)
    recipient = models.CharField(max_length=320)  # an address
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.WAITING)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    told_at = models.DateTimeField(null=True, blank=True)
    why = models.TextField(blank=True)  # of the last try that failed, redacted

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "occasion", "channel", "recipient"], name="told_once_of_each"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(outcome="waiting"), name="telling_due"),
            models.Index(fields=["recipient", "told_at"], name="telling_by_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.occasion}: {self.recipient}"


class AlarmSettings(Row):
    """What a company wants to be told."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="alarm_settings")
    queue_minutes = models.PositiveIntegerField(_("mail may wait, in minutes"), default=QUEUE_MINUTES)

    def __str__(self) -> str:
        return f"{self.company}"


class Listener(Row):
    """A person's own choice; without a row, alarms come by mail."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="alarm_listener")
    by_mail = models.BooleanField(_("tell me by e-mail"), default=True)

    def __str__(self) -> str:
        return f"{self.membership}"


class WorkerSeen(Row):
    """When a worker of this host last said that it runs."""

    host = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.host
