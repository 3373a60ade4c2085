"""Our answers to allauth's questions."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import languages
from accounts.models import User
from core.addresses import wire_form

# How somebody shows again that it is he: allauth's id -> the words of its button.
_WAYS = {
    "reauthenticate": _("Type the password instead"),
    "mfa_reauthenticate": _("Type a code instead"),
    "mfa_reauthenticate:webauthn": _("Use a passkey instead"),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "The e-mail address and the password do not belong together. Check both, or use the link "
            "“Forgot your password?”."
        ),
        "too_many_login_attempts": _("Too many failed tries. Wait five minutes, then try again."),
        "incorrect_password": _("This is not your password. Type the one you sign in to this portal with."),
        "enter_current_password": _("This is not your present password. Type the one you signed in with."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people are invited by their company's admin."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Built from PUBLIC_URL, never from a request: a forged Host header must not get the key."""
        uidb36, _hyphen, token = key.partition("-")
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", args=[uidb36, token])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_reauthentication_methods(self, user: User) -> list[dict]:
        return [way | {"description": _WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def format_email_subject(self, subject: str) -> str:
        return subject

    def render_mail(
        self, template_prefix: str, email: str, context: dict, headers: object = None
    ) -> EmailMessage:
        """In the reader's language, to the domain as it is now.

        Django's own conversion of domains follows older rules, by which ß is ss.
        """
        with translation.override(languages.of_address(email)):
            return super().render_mail(template_prefix, wire_form(email), context, headers)
