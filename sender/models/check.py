"""Checks that were asked for: what each step found, and when the portal looks again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.addresses import AddressField
from core.sealed import Row


class CheckState(models.TextChoices):
    WAITING = "waiting", _("waiting")  # for a worker, or for `due_at`
    RUNNING = "running", _("running")
    DONE = "done", _("done")


class CheckResult(models.TextChoices):
    OK = "ok", _("works")
    WARN = "warn", _("works, with warnings")
    FAILED = "failed", _("does not work")
    NOT_RUN = "not_run", _("could not be checked")


class CheckRun(Row):
    """One check of one way of sending. Nothing in it is secret; texts of servers are redacted."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="checks", db_index=False)
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="checks")
    person = AddressField()  # stays when the person goes
    asked_by = models.CharField(max_length=254)
    send_to = models.CharField(max_length=320, blank=True)  # gets a real message; "": only look
    outside = models.CharField(max_length=320, blank=True)  # a mailbox the company's app must not reach
    state = models.CharField(max_length=8, choices=CheckState, default=CheckState.WAITING)
    due_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)  # a worker that is not heard of by then has died
    number = models.PositiveSmallIntegerField(default=1)  # of the looks since somebody asked
    earlier = models.OneToOneField("self", models.SET_NULL, null=True, related_name="next")
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    method = models.CharField(max_length=32, blank=True)  # slug of mailsettings.catalog; "": there was no way
    now_at = models.CharField(max_length=120, blank=True)  # label of the step under way: core.sentences
    steps = models.JSONField(default=list)  # sender.doctor.steps.Step.as_json
    result = models.CharField(max_length=8, choices=CheckResult, blank=True)
    cause = models.CharField(max_length=64, blank=True)
    note = models.TextField(
        blank=True
    )  # core.sentences, about a change that may not have reached everywhere yet

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "-id"], name="check_by_company"),
            models.Index(fields=["due_at"], condition=~models.Q(state="done"), name="check_due"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.state == CheckState.DONE
