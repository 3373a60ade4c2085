"""Values as they were handed in, from the form to the row and back. The secret is kept apart, and never printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core import crypto
from handover.models import Link, Proposal
from mailsettings.certificates import Certificate, KeyPair
from mailsettings.clouds import cloud
from mailsettings.google import google
from mailsettings.models import GoogleApp, MicrosoftApp
from mailsettings.models import google as google_app
from mailsettings.models.microsoft import CallbackForm, callback_url
from oauth.google_registration import GoogleRegistration
from oauth.registration import Registration, wanted


@dataclass(frozen=True, slots=True)
class Brought:
    """`values` are plain and may be shown; `secret` is a client secret, a password or, with `certificate`, a key."""

    values: dict[str, object]
    certificate: str = ""
    secret: str = field(default="", repr=False)

    @property
    def expires_on(self) -> date | None:
        return end_of(self.values)

    @property
    def pair(self) -> KeyPair | None:
        return KeyPair(self.secret, Certificate(self.certificate)) if self.certificate else None

    @property
    def fingerprint(self) -> str:
        if self.certificate:
            return Certificate(self.certificate).sha1[-8:]
        return crypto.fingerprint(self.secret, "handover") if self.secret else ""

    def registration(self, link: Link) -> Registration:
        """The app as these values name it. Raises ConfigurationError for a cloud that was taken out of the table."""
        app = MicrosoftApp.objects.filter(company=link.company).first()
        return Registration(
            cloud=cloud(str(self.values["cloud"])),
            tenant=str(self.values["tenant_id"]),
            client_id=str(self.values["client_id"]),
            callback_url=callback_url(link.company, app.callback_form if app else CallbackForm.PORTAL),
            secret=self.secret,
            certificate=self.certificate,
            permissions=wanted(link.company),
        )

    def google_registration(self, link: Link) -> GoogleRegistration:
        return GoogleRegistration(
            google(),
            str(self.values["client_id"]),
            google_app.callback_url(link.company),
            GoogleApp().scope,
            self.secret,
        )


def end_of(values: Mapping[str, object]) -> date | None:
    """The day on which a secret that was handed in ends."""
    day = values.get("secret_expires_on")
    return date.fromisoformat(str(day)) if day else None


def of_proposal(proposal: Proposal) -> Brought:
    """Raises `core.crypto.DecryptionFailed`."""
    return Brought(proposal.values, proposal.certificate, proposal.unseal().decode())
