"""Our answers to the questions of allauth.mfa."""

from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.second_step import sealing

NAME = "Postroom"


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not right, or was used already. Take the next one."),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Set up an authenticator app or a passkey first; recovery codes stand in for them."
        ),
    }

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        """With the host, so that two portals stand apart in the app."""
        return f"{NAME} {_host()}"

    def generate_authenticator_name(self, user: User, type: str) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """From PUBLIC_URL, never from a request: a passkey belongs to this host for good."""
        return {"id": _host(), "name": NAME}


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or ""
