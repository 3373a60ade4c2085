"""What an admin fills in about a webhook."""

import ipaddress
from collections.abc import Iterable
from typing import Self
from urllib.parse import urlsplit

from django import forms
from django.core.validators import URLValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent
from accounts.overtaken import ToldWhenOvertaken, last_change
from core.net import may_dial
from webhooks.addresses import is_own_machine
from webhooks.kinds import ABOUT_ALARMS, EventKind
from webhooks.models import Endpoint

AT_FIRST = [kind for kind in EventKind if kind not in ABOUT_ALARMS]


class WebhookForm(ToldWhenOvertaken, forms.Form):
    """`endpoint` is the one that is changed; without, a new one is made."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Begins with https://. Each event is posted there, signed."),
        error_messages={"required": _("Give the address that events are posted to.")},
        widget=forms.URLInput(attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=EventKind.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=AT_FIRST,
        error_messages={"required": _("Choose at least one event.")},
    )

    def __init__(self, data: object = None, *, endpoint: Endpoint | None = None) -> None:
        self.endpoint = endpoint
        if endpoint is not None:
            self.found = {"url": endpoint.url, "events": endpoint.events}
        super().__init__(data, initial=self.found)

    def again(self) -> Self:
        return type(self)(endpoint=Endpoint.objects.get(pk=self.endpoint.pk))

    def saved_last(self, names: Iterable[str]) -> AuditEvent | None:
        host = self.endpoint.host
        found = Q(object_label=host) | Q(details__address=host)
        return last_change(self.endpoint.company, found & Q(action="webhook.changed"))

    def clean_url(self) -> str:
        return checked_url(self.cleaned_data["url"])


def checked_url(typed: str) -> str:
    """The address without stray spaces. Raises forms.ValidationError."""
    url = typed.strip()
    try:
        parts = urlsplit(url)
        scheme = "http" if is_own_machine(parts.hostname or "") else "https"
        URLValidator(schemes=["https", scheme])(url)
    except (forms.ValidationError, ValueError):
        raise forms.ValidationError(_("Give a whole address that begins with https://.")) from None
    if "@" in parts.netloc:
        raise forms.ValidationError(_("Leave user name and password out of the address."))
    if _is_inside(parts.hostname):
        raise forms.ValidationError(_("This is not a public address; the portal does not connect to it."))
    return url


def _is_inside(host: str) -> bool:
    """A number that may not be dialled; where a name leads to is looked at each time when it is dialled."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not may_dial(host)


class SinceForm(forms.Form):
    """From when on what failed is posted again."""

    hours = forms.TypedChoiceField(
        label=_("Failed in the last"),
        coerce=int,
        choices=[(1, _("hour")), (24, _("day")), (72, _("three days")), (720, _("thirty days"))],
        initial=24,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
