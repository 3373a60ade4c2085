"""A person's e-mail password: one secret, which several ways of sending can sign in with."""

from accounts.models import Membership
from mailsettings import catalog
from mailsettings.models import CompanyMailSettings, Security, SmtpServer, UserMailSettings


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
