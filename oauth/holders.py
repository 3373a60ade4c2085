"""Whose grant a connection is: a person's own, or the company's, for which one of its admins signs in."""

from dataclasses import dataclass

from accounts.models import Company, Membership
from mailsettings.models import CompanyMailSettings
from oauth import identity, services
from oauth.errors import WrongAccount
from oauth.models import Connection, Provider


@dataclass(frozen=True, slots=True)
class Holder:
    """`by` sits at the browser; `is_company`: what he connects is the company's mailbox, not his own."""

    by: Membership
    is_company: bool = False

    @property
    def company(self) -> Company:
        return self.by.company

    @property
    def label(self) -> str:
        """Whose it is, in the audit log."""
        return str(self.company if self.is_company else self.by.user)

    def hindrances(self) -> list[str]:
        """Why it cannot be connected now, as whole sentences."""
        if self.is_company:
            return services.can_connect_mailbox(self.by)
        return services.can_connect(self.by)

    def expected_addresses(self) -> list[str]:
        """The accounts that may sign in; the first is suggested at Microsoft."""
        if not self.is_company:
            return identity.expected_addresses(self.by)
        rows = CompanyMailSettings.objects.filter(company=self.company)
        return [address for address in rows.values_list("fallback_mailbox", flat=True) if address]

    def connection(self) -> Connection | None:
        """The stored one, in whatever state."""
        if self.is_company:
            return services.connection_of_company(self.company)
        return services.connection_of(self.by)

    def new_connection(self) -> Connection:
        membership = None if self.is_company else self.by
        return Connection(company=self.company, membership=membership, provider=Provider.MICROSOFT)

    def address_of(self, account: identity.Account) -> str:
        """What stands in From: of the company's mailbox the address that was typed, else the account's first.

        Raises WrongAccount where another mailbox was typed while somebody signed in to this one.
        """
        if not self.is_company:
            return account.address
        expected = self.expected_addresses()
        found = [one for one in expected if account.has_one_of([one])]
        if not found:
            raise WrongAccount(account.address, expected)
        return found[0]
