"""Fields that several settings forms share."""

from django import forms

from core import pasted
from mailsettings.forms import rules

# For names and ids: the browser neither fills in, corrects nor capitalises.
TYPED_EXACTLY = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class CopiedField(forms.CharField):
    """A name or an id, copied from where it stands: what comes along with it is dropped."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs=TYPED_EXACTLY)} | options)

    def to_python(self, value: object) -> str:
        return pasted.bare(super().to_python(value))


class SecretField(forms.CharField):
    """A secret to store: its value never comes back to the page; spaces and unseen signs around it are dropped."""

    def __init__(self, **options: object) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(**{"max_length": 1024, "widget": widget, "strip": True} | options)

    def to_python(self, value: object) -> str:
        return pasted.trimmed(super().to_python(value))

    def clean(self, value: object) -> str:
        return rules.printable(super().clean(value))


class CopiedSecretField(SecretField):
    """A secret that a provider made and shows, so that nobody types it."""

    def to_python(self, value: object) -> str:
        return pasted.bare(super().to_python(value))


class LineField(forms.CharField):
    """One line of text that may end up in a header."""

    def clean(self, value: object) -> str:
        return rules.header_text(super().clean(value))


class UserNameField(CopiedField):
    """What a person signs in to a mail server as: any word, or a well-formed e-mail address."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_length": 254} | options)

    def clean(self, value: object) -> str:
        return rules.user_name(super().clean(value))


class HostField(CopiedField):
    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_length": 253} | options)

    def clean(self, value: object) -> str:
        text = super().clean(value)
        return rules.host_name(text) if text else ""
