"""Fields that several settings forms share."""

from django import forms

from mailsettings.forms import rules

# For names and ids: the browser neither fills in, corrects nor capitalises.
TYPED_EXACTLY = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class SecretField(forms.CharField):
    """A secret to store: its value never comes back to the page, stray spaces around it are dropped."""

    def __init__(self, **options: object) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(**{"max_length": 1024, "widget": widget, "strip": True} | options)

    def clean(self, value: object) -> str:
        return rules.printable(super().clean(value))


class LineField(forms.CharField):
    """One line of text that may end up in a header."""

    def clean(self, value: object) -> str:
        return rules.header_text(super().clean(value))


class UserNameField(forms.CharField):
    """What a person signs in to a mail server as: any word, or a well-formed e-mail address."""

    def __init__(self, **options: object) -> None:
        widget = forms.TextInput(attrs=TYPED_EXACTLY)
        super().__init__(**{"max_length": 254, "widget": widget} | options)

    def clean(self, value: object) -> str:
        return rules.user_name(super().clean(value))


class HostField(forms.CharField):
    def __init__(self, **options: object) -> None:
        widget = forms.TextInput(attrs=TYPED_EXACTLY)
        super().__init__(**{"max_length": 253, "widget": widget} | options)

    def clean(self, value: object) -> str:
        text = super().clean(value)
        return rules.host_name(text) if text else ""
