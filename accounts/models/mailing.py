"""Writing to many people at once: invitations, and asking people to connect; a letter each."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Company
from accounts.models.membership import Invitation, Membership, Role
from core.sealed import Row


class MailingKind(models.TextChoices):
    INVITE = "invite", _("invitations")
    CONNECT = "connect", _("asking to connect")


class MailingState(models.TextChoices):
    DRAFT = "draft", _("not started")  # a dry run: nobody is written to before somebody says so
    RUNNING = "running", _("being sent")
    DONE = "done", _("sent")
    STOPPED = "stopped", _("stopped")


class Why(models.TextChoices):
    """Why somebody gets a letter, or gets none."""

    NEW = "new", _("new here")
    RENEWED = "renewed", _("invited before, gets a new link")
    NOT_ACCEPTED = "not_accepted", _("invitation not accepted yet")
    NOT_CONNECTED = "not_connected", _("no way to send yet")
    RECONNECT = "reconnect", _("to be connected again")
    MORE = "more", _("one more permission to allow")
    IDLE = "idle", _("connection ends soon")
    MEMBER = "member", _("member already")
    TWICE = "twice", _("twice in the list")
    INVALID = "invalid", _("cannot be invited")


GETS_NONE = (Why.MEMBER, Why.TWICE, Why.INVALID)


class Mailing(Row):
    company = models.ForeignKey(Company, models.CASCADE, related_name="mailings")
    kind = models.CharField(max_length=8, choices=MailingKind)
    state = models.CharField(max_length=8, choices=MailingState, default=MailingState.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)  # why it waits: core.sentences
    free_at = models.DateTimeField(null=True, blank=True)  # nobody works on it, or is to, before then

    class Meta:
        indexes = [
            models.Index(fields=["company", "-id"], name="mailing_by_company"),
            models.Index(fields=["state", "free_at"], name="mailing_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_at:%Y-%m-%d}"


class LetterState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    NONE = "none", _("no letter")  # `why` says why


class Letter(Row):
    """To one person. Of an invitation only its row is kept; the link was in the letter alone."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="letters")
    number = models.PositiveIntegerField()  # of the line it was read from, or in order
    email = models.CharField(max_length=320)  # as it was written, where that is no address
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=16, choices=Role, default=Role.USER)
    why = models.CharField(max_length=16, choices=Why)
    note = models.TextField(blank=True)  # what is wrong with the line: core.sentences
    state = models.CharField(max_length=8, choices=LetterState, default=LetterState.WAITING)
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="letters")
    invitation = models.ForeignKey(Invitation, models.SET_NULL, null=True, related_name="letters")
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["mailing", "state", "number"], name="letter_in_order"),
            models.Index(fields=["membership", "sent_at"], name="letter_to_person"),
        ]

    def __str__(self) -> str:
        return self.email
