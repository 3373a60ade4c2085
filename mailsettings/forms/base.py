"""What the settings forms share: the row they are about, and a secret that is kept when left empty."""

from collections.abc import Iterable
from typing import Self

from django import forms
from django.db.models import Q

from accounts.models import AuditEvent
from accounts.overtaken import ToldWhenOvertaken, last_change
from mailsettings.models import Credential

_OF_SECRETS = [f"credential.{what}" for what in ("set", "replaced", "took_over", "expiry_changed")]


class TakesSecret:
    """A form with a secret among its fields: what was typed is kept for the next try (`mailsettings.typed_secret`)."""

    secret_field = ""
    secret_goes_with: tuple[str, ...] = ()  # fields whose change makes a typed secret be typed again
    secret_server = ""  # the one of them that names where the secret is sent

    @property
    def secret(self) -> str:
        """The secret that was typed; "" keeps the stored one."""
        return self.cleaned_data.get(self.secret_field, "")


class SettingsForm(ToldWhenOvertaken, TakesSecret, forms.ModelForm):
    """`stored` is the secret that is there already; the pages show it in place of its empty field."""

    stored: Credential | None = None
    audited_as = ""  # what the actions of the audit log begin with

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.found = forms.model_to_dict(self.instance, self._meta.fields)
        if self.secret_field:
            self.found[self.secret_field] = f"{self.stored.pk} {self.stored.set_at}" if self.stored else ""

    @property
    def values(self) -> dict[str, object]:
        """The cleaned values of the row's own fields, as `mailsettings.services` takes them."""
        return {name: self.cleaned_data[name] for name in self._meta.fields if name in self.cleaned_data}

    @property
    def audited_on(self) -> str:
        """What the audit log says was changed."""
        return str(self.company)

    def again(self) -> Self:
        return type(self)(company=self.company)

    def saved_last(self, names: Iterable[str]) -> AuditEvent | None:
        actions = [f"{self.audited_as}.added", f"{self.audited_as}.changed"]
        found = Q(action__in=actions, object_label=self.audited_on, details__has_any_keys=list(names))
        if self.stored and set(names) & {self.secret_field, "secret_expires_on"}:
            found |= Q(action__in=_OF_SECRETS, details__fingerprint=self.stored.fingerprint)
        return last_change(self.company, found)
