"""Which way a person's mail goes, and why: a pure function over stored settings, no network.

The ladder: the person's Microsoft connection, his own password, the company's app at Microsoft as him or as its
mailbox, the company's mail server. Every rung that is passed over says why, in the words the profile, a test
send, the message and the log all show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Company, Membership
from core.errors import PostroomError
from mailsettings import catalog
from mailsettings.models import (
    APP_KINDS,
    AppOnlySettings,
    Authentication,
    CompanyMailSettings,
    ConnectionFrom,
    Credential,
    CredentialKind,
    CredentialState,
    FromPolicy,
    GoogleApp,
    MicrosoftApp,
    Security,
    SmtpServer,
    UserMailSettings,
)
from oauth import google_services
from oauth.models import Connection, Provider, Resource
from oauth.registration import SEND_SHARED, scopes_of, short_name
from sender.models import Health, SendingMailbox


@dataclass(frozen=True, slots=True)
class Refused:
    """A rung that was passed over. `cause` is a slug of diagnosis."""

    method: str
    cause: str
    reason: str

    @property
    def label(self) -> str:
        return str(catalog.METHODS[self.method].label)


@dataclass(frozen=True, slots=True)
class Route:
    method: str  # slug of mailsettings.catalog
    account: str  # what the submission signs in as; "" for a relay without authentication
    membership: Membership | None  # whose sign-in it is; None: the company's
    from_address: str
    from_name: str
    reply_to: str  # "" when replies go to From
    reason: str
    refused: list[Refused] = field(default_factory=list)
    sender_address: str = ""  # who sends on behalf of From; "" when it is From itself

    @property
    def label(self) -> str:
        return str(catalog.METHODS[self.method].label)


class NoRoute(PostroomError):
    """No rung of the ladder can carry this person's mail; `refused` says why, rung by rung."""

    def __init__(self, refused: list[Refused]) -> None:
        super().__init__(" ".join(f"{rung.label}: {rung.reason}" for rung in refused))
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything stored that decides the route of one person."""

    company: Company
    membership: Membership
    today: date
    policy: CompanyMailSettings
    person: UserMailSettings
    app: MicrosoftApp | None
    server: SmtpServer | None
    connection: Connection | None
    company_connection: Connection | None
    google: GoogleApp | None
    google_connection: Connection | None
    app_only: AppOnlySettings | None
    not_mailboxes: frozenset[str]  # addresses Microsoft said it has no mailbox for, when the app tried them
    company_credentials: dict[str, Credential]
    credentials: dict[str, Credential]  # the person's own

    @property
    def email(self) -> str:
        return self.membership.user.email

    @property
    def app_credential(self) -> Credential | None:
        """What the company's app registration signs in with."""
        return next((one for kind, one in self.company_credentials.items() if kind in APP_KINDS), None)

    @property
    def from_name(self) -> str:
        return self.person.from_name or self.membership.user.name


def gather(membership: Membership) -> Facts:
    """Read what the choice needs: a handful of rows, no secret is opened."""
    company = membership.company
    in_use = Credential.objects.filter(company=company, state=CredentialState.CURRENT)
    credentials = in_use.defer("ciphertext", "certificate")
    connections = connections_of(company, [membership])
    return Facts(
        company=company,
        membership=membership,
        today=timezone.localdate(),
        policy=CompanyMailSettings.objects.filter(company=company).first() or CompanyMailSettings(),
        person=UserMailSettings.objects.filter(membership=membership).first() or UserMailSettings(),
        app=MicrosoftApp.objects.filter(company=company).first(),
        server=SmtpServer.objects.filter(company=company).first(),
        connection=connections["microsoft"].get(membership.pk),
        company_connection=connections["microsoft"].get(None),
        google=GoogleApp.objects.filter(company=company).first(),
        google_connection=connections["google"].get(membership.pk),
        app_only=AppOnlySettings.objects.filter(company=company).first(),
        not_mailboxes=not_mailboxes(company),
        company_credentials={c.kind: c for c in credentials.filter(membership=None)},
        credentials={c.kind: c for c in credentials.filter(membership=membership)},
    )


def connections_of(company: Company, people: Sequence[Membership]) -> dict[str, dict[object, Connection]]:
    """By provider: those of these people, by membership id, and that of the company's mailbox, by None."""
    whose = Q(membership__in=people) | Q(company=company, membership=None)
    found: dict[str, dict[object, Connection]] = {provider: {} for provider in Provider.values}
    for row in Connection.objects.filter(whose):
        found[row.provider][row.membership_id] = row
    return found


def not_mailboxes(company: Company) -> frozenset[str]:
    """Addresses the company's app could not send as, because there is no such mailbox."""
    boxes = SendingMailbox.objects.filter(company=company, method__in=APP_ONLY_SWITCHES)
    tried = boxes.filter(health=Health.NEEDS_ATTENTION, cause__in=NO_MAILBOX)
    return frozenset(tried.values_list("account", flat=True))


def route(membership: Membership) -> Route:
    """The way this person's mail goes now. Raises NoRoute."""
    return choose(gather(membership))


def choose(facts: Facts) -> Route:
    """Walk the ladder. Raises NoRoute when every rung is refused."""
    refused: list[Refused] = []
    for rung in LADDER:
        found = _as_the_company_says(facts, rung(facts))
        if isinstance(found, Route):
            return replace(found, refused=refused)
        refused.append(found)
    raise NoRoute(refused)


def _as_the_company_says(facts: Facts, found: Route | Refused) -> Route | Refused:
    """Where the company has chosen one e-mail method, every other rung is refused for that reason alone."""
    only = facts.policy.method
    if only in ("", found.method):
        return found
    reason = _("The company sends by %(way)s.") % {"way": catalog.METHODS[only].label}
    return Refused(found.method, "method_not_allowed", reason)


APP_ONLY_SWITCHES = {catalog.GRAPH_APP: "use_graph", catalog.SMTP_APP: "use_smtp"}
NO_MAILBOX = ("graph_user_not_found", "mailbox_missing_or_unlicensed")


def _microsoft(facts: Facts) -> Route | Refused:
    return _by_connection(facts, catalog.MICROSOFT_GRAPH)


def _microsoft_smtp(facts: Facts) -> Route | Refused:
    found = _by_connection(facts, catalog.MICROSOFT_SMTP)
    if isinstance(found, Refused):
        return found
    if not scopes_of(facts.connection, Resource.OUTLOOK):
        lacking = _(
            "%(address)s has not yet allowed sending through Exchange's SMTP server: connect to Microsoft again."
        )
        names = {"address": facts.connection.address}
        return Refused(catalog.MICROSOFT_SMTP, "consent_missing", lacking % names)
    return replace(found, reason=f"{found.reason} {_('Mail leaves through the SMTP server of Exchange.')}")


def _by_connection(facts: Facts, method: str) -> Route | Refused:
    if refusal := _not_wanted(facts, method, getattr(facts.policy, catalog.BY_CONNECTION[method])):
        return refusal
    if refusal := _app_cannot_sign_in(facts, method):
        return refusal
    connection = facts.connection
    if connection is None or connection.state == "disconnected":
        return Refused(method, "not_connected", _("Not connected to Microsoft."))
    if cause := _broken(facts, connection):
        return Refused(method, cause, _("The connection to Microsoft needs reconnecting."))
    return _from_connection(facts, method, connection)


def _broken(facts: Facts, connection: Connection) -> str:
    """Why a connection sends no more, as a cause; "" when it does."""
    if connection.is_usable and connection.client_id == str(facts.app.client_id):
        return ""
    return connection.cause or "not_connected"  # to the app registration of now


def _from_connection(facts: Facts, method: str, connection: Connection) -> Route | Refused:
    """By the person's connection, from the address that the company has chosen for such mail."""
    own, shared, chosen = connection.address, facts.policy.shared_mailbox, facts.policy.connections_from
    names = {"address": own, "mailbox": shared}
    reason = _("Connected to Microsoft as %(address)s.") % names
    if chosen == ConnectionFrom.PERSON or own.casefold() == shared.casefold():
        return Route(method, own, facts.membership, own, facts.from_name, "", reason)
    if not shared:
        return Refused(method, "settings_incomplete", _("No shared mailbox is chosen for people's mail."))
    granted = {short_name(scope).lower() for scope in connection.scopes}
    if method == catalog.MICROSOFT_GRAPH and SEND_SHARED.lower() not in granted:
        lacking = _("%(address)s has not yet allowed sending from %(mailbox)s: connect to Microsoft again.")
        return Refused(method, "consent_missing", lacking % names)
    on_behalf = chosen == ConnectionFrom.ON_BEHALF
    sends = _("It sends on behalf of %(mailbox)s.") if on_behalf else _("It sends as %(mailbox)s.")
    name = facts.policy.shared_mailbox_name or facts.company.name
    way = Route(method, own, facts.membership, shared, name, "", f"{reason} {sends % names}")
    return replace(way, sender_address=own) if on_behalf else way


def _app_cannot_sign_in(facts: Facts, method: str) -> Refused | None:
    """The company's app registration is not complete, or what it signs in with has ended."""
    secret = facts.app_credential
    if facts.app is None or secret is None:
        reason = _("The company's Office 365 settings are not filled in.")
        return Refused(method, "settings_incomplete", reason)
    if secret.expires_on and secret.expires_on < facts.today:
        ended = _("The company's %(what)s ended on %(date)s.")
        facts_of_it = {"what": secret.get_kind_display(), "date": date_format(secret.expires_on, "j F Y")}
        return Refused(method, f"{secret.kind}_expired", ended % facts_of_it)
    return None


def _google_api(facts: Facts) -> Route | Refused:
    return _google(facts, catalog.GOOGLE_API)


def _google_smtp(facts: Facts) -> Route | Refused:
    return _google(facts, catalog.GOOGLE_SMTP)


def _google(facts: Facts, method: str) -> Route | Refused:
    """The person's connection to Google, by the one way the company has chosen."""
    app, connection = facts.google, facts.google_connection
    if refusal := _not_wanted(facts, method, True):
        return refusal
    if app is None or CredentialKind.GOOGLE_CLIENT_SECRET not in facts.company_credentials:
        return Refused(method, "settings_incomplete", _("The company's Google settings are not filled in."))
    if app.method != method:
        return Refused(method, "method_not_allowed", _("The company's mail settings do not use this way."))
    if connection is None or connection.state == "disconnected":
        return Refused(method, "not_connected", _("Not connected to Google."))
    if not connection.is_usable or connection.client_id != app.client_id:
        cause = connection.cause or "not_connected"  # to the app of now
        return Refused(method, cause, _("The connection to Google needs reconnecting."))
    if google_services.needs_more(connection, app):
        reason = _("The company's way of sending through Google has changed: connect again to allow it.")
        return Refused(method, "graph_permission_missing", reason)
    reason = _("Connected to Google as %(address)s.") % {"address": connection.address}
    return Route(
        method, connection.address, facts.membership, connection.address, facts.from_name, "", reason
    )


def _own_password(facts: Facts) -> Route | Refused:
    method = catalog.SMTP_PASSWORD
    if refusal := _not_wanted(facts, method, facts.policy.use_passwords):
        return refusal
    if facts.server is None:
        return Refused(method, "settings_incomplete", _("The company's mail server is not filled in."))
    if facts.server.security == Security.NONE:
        reason = _("The mail server is used without TLS, and a password is never sent in clear.")
        return Refused(method, "settings_incomplete", reason)
    if CredentialKind.USER_PASSWORD not in facts.credentials:
        return Refused(method, "settings_incomplete", _("No e-mail password is stored."))
    if facts.person.method == catalog.GRAPH_PASSWORD:  # chosen when it was typed
        reason = _("The stored password was given for Microsoft. Type it again for the mail server.")
        return Refused(method, "settings_incomplete", reason)
    reason = _("Own e-mail password, through %(server)s.") % {"server": facts.server.host}
    return _personal(facts, method, reason)


def _graph_password(facts: Facts) -> Route | Refused:
    method = catalog.GRAPH_PASSWORD
    if refusal := _not_wanted(facts, method, facts.policy.use_passwords):
        return refusal
    if refusal := _app_cannot_sign_in(facts, method):
        return refusal
    if CredentialKind.USER_PASSWORD not in facts.credentials:
        return Refused(method, "settings_incomplete", _("No e-mail password is stored."))
    account = facts.person.user_name if "@" in facts.person.user_name else facts.email
    reason = _("Signed in at Microsoft with the user name %(address)s and a password.") % {"address": account}
    return Route(method, account, facts.membership, account, facts.from_name, "", reason)


def _gmail(facts: Facts) -> Route | Refused:
    method = catalog.GMAIL_APP_PASSWORD
    if refusal := _not_wanted(facts, method, facts.policy.use_passwords):
        return refusal
    if CredentialKind.GMAIL_APP_PASSWORD not in facts.credentials:
        return Refused(method, "settings_incomplete", _("No Gmail app password is stored."))
    return _personal(facts, method, _("Own Gmail app password."))


def _graph_app(facts: Facts) -> Route | Refused:
    return _app_only(facts, catalog.GRAPH_APP)


def _smtp_app(facts: Facts) -> Route | Refused:
    return _app_only(facts, catalog.SMTP_APP)


def _app_only(facts: Facts, method: str) -> Route | Refused:
    """The company's app: as the person, else as its mailbox."""
    if not facts.company.allows(method):
        return _not_allowed(method)
    chosen = facts.app_only
    if chosen is None or not getattr(chosen, APP_ONLY_SWITCHES[method]):
        return Refused(method, "method_not_allowed", _("The company's mail settings do not use this way."))
    if refusal := _app_cannot_sign_in(facts, method):
        return refusal
    is_unknown = facts.email in facts.not_mailboxes
    if chosen.as_person and not (is_unknown and chosen.mailbox):
        reason = _("The company's app sends as %(address)s.") % {"address": facts.email}
        return Route(method, facts.email, None, facts.email, facts.from_name, "", reason)
    if not chosen.mailbox:
        reason = _("No mailbox is chosen for the company's app.")
        return Refused(method, "settings_incomplete", reason)
    names = {"mailbox": chosen.mailbox, "address": facts.email}
    reason = _("The company's app sends from %(mailbox)s.") % names
    if chosen.as_person:
        reason += " " + _("Microsoft has no mailbox %(address)s.") % names
    return _from_mailbox(facts, chosen, method, reason)


def _from_mailbox(facts: Facts, chosen: AppOnlySettings, method: str, reason: str) -> Route:
    if chosen.mailbox_from == FromPolicy.USER:
        return Route(method, chosen.account, None, facts.email, facts.from_name, "", reason)
    name = chosen.mailbox_name or facts.company.name
    return Route(method, chosen.account, None, chosen.mailbox, name, facts.email, reason)


def _company_mailbox(facts: Facts) -> Route | Refused:
    method = catalog.COMPANY_MAILBOX
    if not facts.company.allows(method):
        return _not_allowed(method)
    mailbox, connection = facts.policy.fallback_mailbox, facts.company_connection
    if not facts.policy.use_fallback_mailbox or not mailbox:
        return Refused(method, "method_not_allowed", _("The company's mail settings do not use this way."))
    if refusal := _app_cannot_sign_in(facts, method):
        return refusal
    names = {"mailbox": mailbox}
    is_of_it = connection is not None and connection.address.casefold() == mailbox.casefold()
    if not is_of_it or connection.state == "disconnected":
        reason = _("%(mailbox)s is not connected to Microsoft yet; an administrator does that.") % names
        return Refused(method, "not_connected", reason)
    if cause := _broken(facts, connection):
        reason = (
            _("The connection of %(mailbox)s to Microsoft needs reconnecting by an administrator.") % names
        )
        return Refused(method, cause, reason)
    reason = _("The company's mailbox %(mailbox)s sends.") % names
    name = facts.policy.fallback_mailbox_name or facts.company.name
    return Route(method, connection.address, None, mailbox, name, facts.email, reason)


def _company_server(facts: Facts) -> Route | Refused:
    method = catalog.COMPANY_SMTP
    if not facts.company.allows(method):
        return _not_allowed(method)
    if not facts.policy.use_company_server:
        return Refused(method, "method_not_allowed", _("The company's mail settings switch this way off."))
    server = facts.server
    if server is None:
        return Refused(method, "settings_incomplete", _("The company's mail server is not filled in."))
    signs_in = server.authentication == Authentication.PASSWORD
    has_secret = CredentialKind.SMTP_PASSWORD in facts.company_credentials
    if signs_in and not (server.user_name and has_secret):
        return Refused(
            method, "settings_incomplete", _("The mail server's user name or password is missing.")
        )
    reason = _("Through the company's mail server %(server)s.") % {"server": server.host}
    account = server.user_name if signs_in else ""
    if facts.policy.company_server_from == FromPolicy.MAILBOX and facts.policy.company_address:
        name = facts.policy.company_name or facts.company.name
        return Route(method, account, None, facts.policy.company_address, name, facts.email, reason)
    return Route(method, account, None, facts.email, facts.from_name, "", reason)


LADDER = (
    _microsoft,
    _microsoft_smtp,
    _google_api,
    _google_smtp,
    _own_password,
    _graph_password,
    _gmail,
    _graph_app,
    _smtp_app,
    _company_mailbox,
    _company_server,
)


def _personal(facts: Facts, method: str, reason: str) -> Route:
    account = facts.person.user_name or facts.email
    from_address = account if "@" in account else facts.email
    return Route(method, account, facts.membership, from_address, facts.from_name, "", reason)


def _not_wanted(facts: Facts, method: str, policy_allows: bool) -> Refused | None:
    if not facts.company.allows(method):
        return _not_allowed(method)
    if not policy_allows:
        return Refused(method, "method_not_allowed", _("The company's mail settings switch this way off."))
    if not facts.policy.method and facts.person.method and facts.person.method != method:
        chosen = catalog.METHODS[facts.person.method].label
        return Refused(method, "method_not_allowed", _("Another way was chosen: %(way)s.") % {"way": chosen})
    return None


def _not_allowed(method: str) -> Refused:
    return Refused(method, "method_not_allowed", _("The operator of this portal has not allowed it here."))
