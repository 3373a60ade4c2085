"""What the company's app registration must list under API permissions, as the Entra admin centre shows it.

https://learn.microsoft.com/entra/identity-platform/quickstart-configure-app-access-web-apis
"""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.models import Company
from mailsettings import catalog, needs
from mailsettings.models import AppOnlySettings, CompanyMailSettings
from oauth.models import Resource
from oauth.registration import SEND, resource_of, wanted

SMTP_AS_APP = "SMTP.SendAsApp"


@dataclass(frozen=True, slots=True)
class Listed:
    """Permissions of one API and one kind. `of_app`: application permissions, else delegated ones."""

    resource: str
    of_app: bool
    names: tuple[str, ...]

    @property
    def is_graph(self) -> bool:
        return self.resource == Resource.GRAPH


def listed(company: Company) -> list[Listed]:
    """Those that the company's settings need now, and none besides; delegated ones first."""
    policy = needs.policy_of(company)
    delegated = tuple(dict.fromkeys(_delegated(company, policy)))
    found = [
        Listed(resource, False, tuple(name for name in delegated if resource_of(name) == resource))
        for resource in (Resource.GRAPH, Resource.OUTLOOK)
    ]
    chosen = AppOnlySettings.objects.filter(company=company).first() or AppOnlySettings()
    if chosen.use_graph and _is_used(company, policy, catalog.GRAPH_APP):
        found.append(Listed(Resource.GRAPH, True, (SEND,)))
    if chosen.use_smtp and _is_used(company, policy, catalog.SMTP_APP):
        found.append(Listed(Resource.OUTLOOK, True, (SMTP_AS_APP,)))
    return [one for one in found if one.names]


def _delegated(company: Company, policy: CompanyMailSettings) -> Iterator[str]:
    """What Connect asks people and the company's mailbox for, and the password flow."""
    if any(_is_used(company, policy, method) for method in catalog.BY_CONNECTION):
        yield from wanted(company, policy)
    if policy.use_fallback_mailbox and _is_used(company, policy, catalog.COMPANY_MAILBOX):
        yield from wanted(company, policy, for_company=True)
    if _is_used(company, policy, catalog.GRAPH_PASSWORD):
        yield SEND


def _is_used(company: Company, policy: CompanyMailSettings, method: str) -> bool:
    return company.allows(method) and not needs.unused(policy, method)
