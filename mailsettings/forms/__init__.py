from mailsettings.forms.agreement import AgreementKindForm, AgreementTextForm
from mailsettings.forms.app_only import AppOnlyForm
from mailsettings.forms.company import CompanyForm, CompanyLanguageForm
from mailsettings.forms.company_mailbox import CompanyMailboxForm
from mailsettings.forms.google import GoogleAppForm
from mailsettings.forms.microsoft import MicrosoftAppForm
from mailsettings.forms.person import EmailPasswordForm, GmailForm, PersonForm
from mailsettings.forms.policy import PolicyForm
from mailsettings.forms.smtp import SmtpServerForm

__all__ = [
    "AgreementKindForm",
    "AgreementTextForm",
    "AppOnlyForm",
    "CompanyForm",
    "CompanyLanguageForm",
    "CompanyMailboxForm",
    "EmailPasswordForm",
    "GmailForm",
    "GoogleAppForm",
    "MicrosoftAppForm",
    "PersonForm",
    "PolicyForm",
    "SmtpServerForm",
]
