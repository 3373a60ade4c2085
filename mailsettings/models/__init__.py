from mailsettings.models.company import CompanyMailSettings, FromPolicy
from mailsettings.models.credential import Credential, CredentialKind
from mailsettings.models.microsoft import CallbackForm, MicrosoftApp
from mailsettings.models.person import UserMailSettings
from mailsettings.models.smtp import Authentication, Security, SmtpServer

__all__ = [
    "Authentication",
    "CallbackForm",
    "CompanyMailSettings",
    "Credential",
    "CredentialKind",
    "FromPolicy",
    "MicrosoftApp",
    "Security",
    "SmtpServer",
    "UserMailSettings",
]
