"""A person's e-mail password: one secret, which several ways of sending can sign in with.

It is told to no mail server but the one the company had when it was typed, or, had it none yet, its first: whoever
can change the server's name must not be able to collect people's passwords.
"""

from accounts.models import Company, Membership
from mailsettings import catalog
from mailsettings.models import (
    CompanyMailSettings,
    Credential,
    CredentialKind,
    Security,
    SmtpServer,
    UserMailSettings,
)

MICROSOFT = "microsoft"  # what it is meant for instead of a server's name


def way_of(membership: Membership) -> str:
    """The way the password is for: the chosen one, else the first that is allowed and can take it."""
    company = membership.company
    allowed = [method for method in catalog.WITH_EMAIL_PASSWORD if company.allows(method)]
    policy = CompanyMailSettings.objects.filter(company=company).first()
    person = UserMailSettings.objects.filter(membership=membership).first()
    for chosen in (policy and policy.method, person and person.method):
        if chosen in allowed:
            return chosen
    servers = SmtpServer.objects.filter(company=company).exclude(security=Security.NONE)
    if catalog.GRAPH_PASSWORD in allowed and not (catalog.SMTP_PASSWORD in allowed and servers.exists()):
        return catalog.GRAPH_PASSWORD
    return catalog.SMTP_PASSWORD


def bind(credential: Credential, method: str) -> bool:
    """Note what a password that was just typed is meant for; False when that is known."""
    server = SmtpServer.objects.filter(company=credential.company).first()
    meant_for = MICROSOFT if method == catalog.GRAPH_PASSWORD else server.host if server else ""
    rows = Credential.objects.filter(pk=credential.pk).exclude(meant_for=meant_for)
    return bool(rows.update(meant_for=meant_for))


def bind_to_first_server(company: Company, host: str) -> None:
    """Passwords that were typed before the company had a mail server are for this one."""
    rows = Credential.objects.filter(company=company, kind=CredentialKind.USER_PASSWORD, meant_for="")
    rows.update(meant_for=host)


def may_be_told(credential: Credential, host: str) -> bool:
    """Whether the mail server of this name may be told the password."""
    return credential.meant_for in ("", host)
