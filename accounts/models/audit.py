"""Who did what, from where, on which object: rows that are only ever added."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Company
from core.sealed import Row


class AuditEvent(Row):
    """`details` holds plain facts (old and new value of a setting), never a secret."""

    at = models.DateTimeField(auto_now_add=True)
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="audit_events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_label = models.CharField(max_length=254)  # stays when the user is gone; or "command line", "worker"
    ip_address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=64)  # "credential.replaced", "connection.connected" …
    object_label = models.CharField(max_length=254, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "-id"], name="audit_by_company"),
            models.Index(fields=["company", "action", "-id"], name="audit_by_action"),
            models.Index(fields=["company", "actor_label", "-id"], name="audit_by_actor"),
            models.Index(fields=["company", "object_label", "-id"], name="audit_by_object"),
        ]
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"

    def save(self, *args: object, **kwargs: object) -> None:
        if not self._state.adding:
            raise TypeError("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> None:
        raise TypeError("Audit events are never deleted one by one.")
