"""What the settings forms share: the row they are about, and a secret that is kept when left empty."""

from django import forms

from mailsettings.models import Credential


class TakesSecret:
    """A form with a secret among its fields: what was typed is kept for the next try (`mailsettings.typed_secret`)."""

    secret_field = ""
    secret_goes_with: tuple[str, ...] = ()  # fields whose change makes a typed secret be typed again
    secret_server = ""  # the one of them that names where the secret is sent

    @property
    def secret(self) -> str:
        """The secret that was typed; "" keeps the stored one."""
        return self.cleaned_data.get(self.secret_field, "")


class SettingsForm(TakesSecret, forms.ModelForm):
    """`stored` is the secret that is there already; the pages show it in place of its empty field."""

    stored: Credential | None = None

    @property
    def values(self) -> dict[str, object]:
        """The cleaned values of the row's own fields, as `mailsettings.services` takes them."""
        return {name: self.cleaned_data[name] for name in self._meta.fields if name in self.cleaned_data}
