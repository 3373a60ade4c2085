"""How each person's mail leaves now, in one word and one sentence: for lists, pages and the overview.

The words of design section 5: saved or connected (something is stored), sends (a real message went out with
it), needs more permission (it sends, without what a setting asks for), needs attention, needs reconnecting, nothing
set up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Company, Membership
from diagnosis import vocabulary
from mailsettings import catalog
from mailsettings.models import (
    CompanyMailSettings,
    Credential,
    CredentialState,
    UserMailSettings,
)
from oauth.models import Connection, ConnectionState, Provider
from oauth.registration import SCOPES, lacking, wanted
from sender import routing
from sender.models import Health, SendingMailbox

_SETTINGS = (
    "mail_settings",
    "microsoft_app",
    "smtp_server",
    "google_app",
    "app_only",
)  # a row of a company each
NOT_ALLOWED_YET = "consent_missing"  # cause of a rung that wants one more permission


@dataclass(frozen=True, slots=True)
class SendingState:
    tone: str
    label: str
    way: str | Promise  # the method's name; empty: none
    reason: str = ""
    cause: str = ""  # slug of diagnosis, when something needs mending
    can_send: bool = False
    refused: list[routing.Refused] = field(default_factory=list)
    mailbox: SendingMailbox | None = None  # what the route signs in as, once it was used
    method: str = ""  # slug of the route's method
    reconnect_to: str = ""  # the provider's name, where the person has to connect again
    lacking: tuple[str, ...] = ()  # permissions to be given by connecting once more; mail leaves meanwhile


def state_of(membership: Membership) -> SendingState:
    return states(membership.company, [membership])[membership.pk]


def states(company: Company, people: Sequence[Membership]) -> dict[object, SendingState]:
    """The state of each of these people of one company, by membership id; the same few queries for any number."""
    owners = ["", *(str(one.pk) for one in people)]
    boxes = SendingMailbox.objects.filter(company=company, owner__in=owners)
    mailboxes = {(box.method, box.owner, box.account): box for box in boxes}
    return {facts.membership.pk: _state(facts, mailboxes) for facts in _facts(company, people)}


def ways_of(company: Company, people: Sequence[Membership]) -> dict[object, routing.Route | None]:
    """The way of each of these people, as it is stored with a message; None without one. The same few queries."""
    found: dict[object, routing.Route | None] = {}
    for facts in _facts(company, people):
        try:
            found[facts.membership.pk] = routing.choose_to_store(facts)
        except routing.NoRoute:
            found[facts.membership.pk] = None
    return found


def _facts(company: Company, people: Sequence[Membership]) -> list[routing.Facts]:
    """What `routing.gather` reads for one person, read for all at once."""
    secrets: dict[object, dict[str, Credential]] = defaultdict(dict)
    whose = Q(membership__in=people) | Q(membership=None)
    in_use = Credential.objects.filter(whose, company=company, state=CredentialState.CURRENT)
    for credential in in_use.defer("ciphertext", "certificate"):
        secrets[credential.membership_id][credential.kind] = credential
    persons = {row.membership_id: row for row in UserMailSettings.objects.filter(membership__in=people)}
    connections = routing.connections_of(company, people)
    stored = Company.objects.select_related(*_SETTINGS).get(pk=company.pk)
    shared = {
        "company": company,
        "today": company.today,
        "policy": getattr(stored, "mail_settings", None) or CompanyMailSettings(),
        "app": getattr(stored, "microsoft_app", None),
        "server": getattr(stored, "smtp_server", None),
        "company_connection": connections["microsoft"].get(None),
        "google": getattr(stored, "google_app", None),
        "app_only": getattr(stored, "app_only", None),
        "not_mailboxes": routing.not_mailboxes(company),
        "company_credentials": secrets[None],
    }
    return [
        routing.Facts(
            membership=one,
            person=persons.get(one.pk) or UserMailSettings(),
            connection=connections["microsoft"].get(one.pk),
            google_connection=connections["google"].get(one.pk),
            credentials=secrets[one.pk],
            **shared,
        )
        for one in people
    ]


def _state(facts: routing.Facts, mailboxes: dict[tuple[str, str, str], SendingMailbox]) -> SendingState:
    broken = next(filter(_is_broken, (facts.connection, facts.google_connection)), None)
    try:
        route = routing.choose(facts)
    except routing.NoRoute as none:
        if provider := _reconnect_to(broken, none.refused):
            cause = broken.cause if broken else NOT_ALLOWED_YET
            state = SendingState("bad", _("needs reconnecting"), "", "", cause, False, none.refused)
            return replace(state, reconnect_to=provider)
        label = _("nothing set up")
        return SendingState("warn", label, "", "", "settings_incomplete", False, none.refused)
    owner = str(route.membership.pk) if route.membership else ""
    mailbox = mailboxes.get((route.method, owner, route.account))
    tone, label, cause = _verdict(route, mailbox, broken)
    reason = f"{vocabulary.cause(cause).title}." if tone == "bad" else route.reason
    not_given = () if tone in ("bad", "warn") else _not_given(facts, route)
    if not_given:
        tone, label = "warn", _("needs more permission")
        told = _("Not allowed yet: %(permissions)s; connecting to Microsoft once more allows it.")
        reason = f"{reason} {told % {'permissions': ', '.join(not_given)}}"
    return SendingState(
        tone,
        label,
        route.label,
        reason,
        cause,
        can_send=tone != "bad",
        refused=route.refused,
        mailbox=mailbox,
        method=route.method,
        reconnect_to=_reconnect_to(broken, route.refused) if cause == "not_connected" else "",
        lacking=not_given,
    )


def _is_broken(connection: Connection | None) -> bool:
    return connection is not None and connection.state == ConnectionState.NEEDS_RECONNECTING


def _reconnect_to(broken: Connection | None, refused: list[routing.Refused]) -> str:
    """Whom the person has to connect to again: the grant ended, or a way needs one more permission; else ""."""
    if broken:
        return broken.get_provider_display()
    asked = [catalog.METHODS[rung.method] for rung in refused if rung.cause == NOT_ALLOWED_YET]
    own = [method for method in asked if method.owner == catalog.Owner.PERSON]
    return Provider(own[0].provider).label if own else ""


def _not_given(facts: routing.Facts, route: routing.Route) -> tuple[str, ...]:
    """What the company's settings need by now, and the person's connection that sends was not given."""
    if route.method not in catalog.BY_CONNECTION:
        return ()
    needed = [name for name in wanted(facts.company, facts.policy) if name not in SCOPES]
    return tuple(lacking(facts.connection, needed))


def _verdict(
    route: routing.Route, mailbox: SendingMailbox | None, broken: Connection | None
) -> tuple[str, str, str]:
    """Tone, word and cause of somebody who has a way."""
    if mailbox and mailbox.health == Health.NEEDS_ATTENTION:
        return "bad", _("needs attention"), mailbox.cause
    is_connected = route.membership is not None and catalog.METHODS[route.method].flow == "delegated"
    goes_by_it = is_connected and broken and catalog.METHODS[route.method].provider == broken.provider
    if (broken and not goes_by_it) or _reconnect_to(None, route.refused):
        return "warn", _("needs reconnecting"), "not_connected"
    if mailbox and mailbox.last_worked_at:
        return "good", _("sends"), ""
    if route.method == catalog.MICROSOFT_GRAPH:
        return "info", _("connected"), ""
    return "info", _("saved"), ""
