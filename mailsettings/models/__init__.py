from mailsettings.models.agreement import AgreementKind, AgreementText
from mailsettings.models.app_only import AppOnlySettings
from mailsettings.models.company import BodiesShownTo, CompanyMailSettings, ConnectionFrom, FromPolicy
from mailsettings.models.credential import APP_KINDS, Credential, CredentialKind, CredentialState
from mailsettings.models.google import GoogleApp, GoogleSending
from mailsettings.models.microsoft import CallbackForm, MicrosoftApp
from mailsettings.models.person import UserMailSettings
from mailsettings.models.smtp import Authentication, Security, SmtpServer

__all__ = [
    "APP_KINDS",
    "AgreementKind",
    "AgreementText",
    "AppOnlySettings",
    "Authentication",
    "BodiesShownTo",
    "CallbackForm",
    "CompanyMailSettings",
    "ConnectionFrom",
    "Credential",
    "CredentialKind",
    "CredentialState",
    "FromPolicy",
    "GoogleApp",
    "GoogleSending",
    "MicrosoftApp",
    "Security",
    "SmtpServer",
    "UserMailSettings",
]
