"""What is checked: one way of sending, as it would be taken for one person."""

from dataclasses import dataclass

from accounts.models import Company, Membership, Role
from mailsettings import catalog
from mailsettings.models import CompanyMailSettings
from sender.doctor.steps import Words
from sender.models import SendingMailbox
from sender.routing import NoRoute, Refused, Route, choose, gather
from sender.rungs import of_app, of_company

_COMPANYS_OWN = (of_app.by_graph, of_app.by_smtp, of_company.by_mailbox, of_company.by_server)


@dataclass(frozen=True, slots=True)
class Subject:
    person: Membership
    route: Route
    policy: CompanyMailSettings
    mailbox: SendingMailbox  # perhaps not stored yet: a check makes none

    @property
    def company(self) -> Company:
        return self.person.company

    @property
    def method(self) -> catalog.Method:
        return catalog.METHODS[self.route.method]

    @property
    def words(self) -> Words:
        return Words(self.method.provider, self.method.flow)

    @property
    def sends_from_its_own(self) -> bool:
        """Whether From is the address that signs in."""
        return self.route.from_address.casefold() == self.route.account.casefold()


def subject_of(person: Membership) -> Subject:
    """The way this person's mail goes now. Raises NoRoute."""
    facts = gather(person)
    return _subject(person, choose(facts), facts.policy)


def own_ways(company: Company) -> list[Subject]:
    """The ways that the company's settings have for everybody, as they would be taken for one of its admins."""
    people = company.memberships.select_related("user", "company").filter(user__is_active=True)
    admin = people.filter(role=Role.ADMIN).first() or people.first()
    if admin is None:
        return []
    facts = gather(admin)
    found = [rung(facts) for rung in _COMPANYS_OWN]
    return [_subject(admin, way, facts.policy) for way in found if isinstance(way, Route)]


def what_is_lacking(none: NoRoute) -> Refused:
    """Of the ways passed over, the one that comes nearest to sending: it is allowed, and something is missing."""
    wanted = [rung for rung in none.refused if rung.cause != "method_not_allowed"]
    broken = [rung for rung in wanted if rung.cause not in ("not_connected", "settings_incomplete")]
    return (broken or wanted or none.refused)[0]


def _subject(person: Membership, route: Route, policy: CompanyMailSettings) -> Subject:
    names = {
        "company": person.company,
        "method": route.method,
        "owner": str(route.membership.pk) if route.membership else "",
        "account": route.account,
    }
    stored = SendingMailbox.objects.filter(**names).select_related("company", "membership__user").first()
    return Subject(person, route, policy, stored or SendingMailbox(membership=route.membership, **names))
