"""Forms of the second step: allauth's with our words."""

from textwrap import wrap

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts.second_step import sealing
from core import crypto

NAME_CHARACTERS = 60
# A code holds in its own half minute, the one before and the one after (MFA_TOTP_TOLERANCE).
_CODE_HOLDS_S = 90


def _digits(field: forms.Field) -> None:
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}


def _name(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=NAME_CHARACTERS,
        required=required,
        help_text=_("By which you know it again, such as “Laptop” or “Blue key”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


_UNREADABLE = _(
    "The portal cannot check codes now, as one of its encryption keys is missing. Tell whoever runs it; a passkey "
    "still works."
)


class _CodeForm:
    """A code of the app, or a recovery code. Each opens once (RFC 6238, section 5.2).

    allauth remembers a used code for half a minute, which is less than it holds here.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.has_app = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).exists()
        field = self.fields["code"]
        _digits(field)
        field.label = _("Code") if self.has_app else _("Recovery code")
        if self.has_app:
            field.widget.attrs["autofocus"] = True
            field.help_text = _("The six digits that your authenticator app shows now, or a recovery code.")

    def clean_code(self) -> str:
        try:
            code = super().clean_code()
        except crypto.DecryptionFailed:
            raise forms.ValidationError(_UNREADABLE) from None
        key = f"second-step-used-{self.user.pk}-{normalize_user_code(code)}"
        if not cache.add(key, "", timeout=_CODE_HOLDS_S):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(_CodeForm, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(_CodeForm, base_forms.ReauthenticateForm):
    pass


class SetUpAppForm(totp_forms.ActivateTOTPForm):
    """The secret waits in the session, encrypted, until a code of the app shows that it arrived there."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        session = context.request.session
        kept = session.get(SECRET_SESSION_KEY)
        super().__init__(*args, **kwargs)
        if self.is_bound and kept:
            self.secret = sealing.unseal(kept)
        else:
            session[SECRET_SESSION_KEY] = sealing.seal(self.secret)
        field = self.fields["code"]
        _digits(field)
        field.label = _("Code that the app shows")

    def key_to_type(self) -> str:
        """The secret in groups of four, as apps take it too."""
        return " ".join(wrap(self.secret, 4))


_NOT_TAKEN = _("This passkey does not belong to the account here, or it took too long. Try again.")


class _PasskeyForm:
    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except forms.ValidationError as error:
            if error.code != "incorrect_code":
                raise
            raise forms.ValidationError(_NOT_TAKEN) from None


class AuthenticatePasskeyForm(_PasskeyForm, passkey_forms.AuthenticateWebAuthnForm):
    pass


class SignInPasskeyForm(_PasskeyForm, passkey_forms.LoginWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(_PasskeyForm, passkey_forms.ReauthenticateWebAuthnForm):
    pass


_NOT_MADE = _("The passkey was not made, or it took too long. Try again.")


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):
    name = _name(required=False)  # else a passkey that was made would be lost
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without the password"),
        required=False,
        initial=True,
        help_text=_(
            "It then asks for your fingerprint, your face or a PIN. Untick this for a security key that cannot."
        ),
    )

    def clean(self) -> dict:
        """Only what is asked for now is taken: allauth says “incorrect code”, or lets fido2's ValueError through."""
        try:
            return super().clean()
        except (forms.ValidationError, ValueError):
            raise forms.ValidationError(_NOT_MADE) from None


class RenamePasskeyForm(passkey_forms.EditWebAuthnForm):
    name = _name(required=True)
