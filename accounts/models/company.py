"""The company: our tenant. Its code stands in every address of its pages."""

import zoneinfo
from datetime import date
from functools import lru_cache

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import clock
from core.sealed import Row

log = structlog.get_logger()

# First path segments the portal uses itself; a company with such a code could not be reached.
RESERVED_CODES = frozenset(
    (
        "accounts",
        "api",
        "appearance",
        "handover",
        "healthz",
        "invite",
        "language",
        "oauth",
        "operator",
        "profile",
        "static",
    )
)

validate_code_form = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9-]{1,31}\Z",
    _("Use 2 to 32 letters, digits and hyphens, starting with a letter or a digit."),
)


def validate_code_free(code: str) -> None:
    if code.lower() in RESERVED_CODES:
        raise ValidationError(_("The portal uses this word in its own addresses. Choose another code."))


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Give a time zone by its name, such as Europe/Riga."))


@lru_cache(maxsize=1024)  # so that it is also logged once
def _zone_named(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # the last for a folder of zones
        log.error("a company's time zone is not known here; the portal's own is used", time_zone=name)
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)


class Company(Row):
    code = models.CharField(
        _("code"),
        max_length=32,
        validators=[validate_code_form, validate_code_free],
        help_text=_("Stands in the company's addresses, the callback address too. Do not change it later."),
    )
    name = models.CharField(_("name"), max_length=200)
    locale = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Riga", validators=[validate_time_zone]
    )
    allowed_methods = models.JSONField(
        _("allowed methods"),
        default=list,
        blank=True,
        help_text=_("The ways of sending this company may use."),
    )
    retention_days = models.PositiveSmallIntegerField(_("retention, in days"), default=90)
    is_active = models.BooleanField(_("active"), default=True)
    # Set by its admins: one of them without a second step at sign-in opens no page of the company.
    admins_need_second_step = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Of its people's `mail_state`: since when something changed that they do not show yet; when all were looked at.
    states_stale_since = models.DateTimeField(null=True, editable=False, default=clock.now)
    states_checked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.UniqueConstraint(
                Lower("code"),
                name="company_code_unique",
                violation_error_message=_("Another company has this code."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The portal's own where the name that is stored is not known (any more): nothing stands still for that."""
        return _zone_named(self.time_zone)

    @property
    def today(self) -> date:
        """The day it is at the company: what was typed as a day ends by it, also where no page sets the time zone."""
        return timezone.localdate(clock.now(), self.zone)

    def allows(self, method: str) -> bool:
        """Whether the operator lets this company send by the method (a slug of the catalogue)."""
        return method in self.allowed_methods
