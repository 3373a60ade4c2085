"""Causes in what an app shows to prove itself: client secrets, certificates and signed assertions."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="client_secret_invalid",
        who="operator",
        who_if=(("client_credentials", "company_admin"), ("ropc", "company_admin")),
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The client secret is not accepted"),
        happened=_(
            "The sign-in service does not know the client secret stored here. Often the Secret ID was pasted "
            "instead of the secret's Value, or the secret belongs to another app registration."
        ),
        todo=_(
            "Create a new client secret on the same app registration, copy its Value (not its Secret ID) at "
            "once, and store it in the mail settings."
        ),
        todo_it=_(
            "In Entra, open the app registration → Certificates & secrets, make a new client secret, "
            "and hand its Value (not its Secret ID) and its end date to the administrator of this "
            "portal."
        ),
        todo_google=_(
            "Add a new secret to the client in Google Cloud, copy it at once, and store it in the mail settings."
        ),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="client_secret_expired",
        who="operator",
        who_if=(("client_credentials", "company_admin"), ("ropc", "company_admin")),
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The client secret has ended"),
        happened=_("The client secret was right once, but the end date it was created with has passed."),
        todo=_(
            "Add a new client secret to the app registration, store its Value in the mail settings, and "
            "enter the new end date so that the portal can warn in time."
        ),
        todo_it=_(
            "In Entra, open the app registration → Certificates & secrets, make a new client secret, "
            "and hand its Value (not its Secret ID) and its end date to the administrator of this "
            "portal."
        ),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="client_certificate_not_registered",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The app registration does not know the certificate"),
        happened=_("The certificate that signed the request is not among those of the app registration."),
        todo=_(
            "Upload the public certificate shown in the mail settings to this app registration, or "
            "choose the certificate that is registered there."
        ),
        todo_it=_(
            "In Entra, open the app registration → Certificates & secrets → Certificates, and upload "
            "the public certificate that the administrator of this portal sends you."
        ),
        guide="app-registration",
    ),
    Cause(
        slug="client_certificate_expired",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The client certificate has ended"),
        happened=_("The certificate that the company's app signs in with is past its last day."),
        todo=_(
            "Make a new certificate in the mail settings, upload its public part to the app registration, "
            "and press “Try the new one”."
        ),
        todo_it=_(
            "In Entra, open the app registration → Certificates & secrets → Certificates, and upload "
            "the new public certificate that the administrator of this portal sends you."
        ),
        guide="app-registration",
    ),
    Cause(
        slug="client_assertion_time_invalid",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server's clock does not match"),
        happened=_(
            "The signed request was outside its time window, as happens when this server's clock is wrong."
        ),
        todo=_("Synchronise the clock of the server that runs this portal, then try again."),
    ),
)
