"""What the other apps and the pages ask about connections."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Membership
from core.clock import now
from mailsettings import app_credentials
from mailsettings.catalog import METHODS, MICROSOFT_GRAPH
from mailsettings.models import CompanyMailSettings, MicrosoftApp
from mailsettings.signals import settings_changed
from oauth.models import Connection, ConnectionState, Provider, TokenCache


def connection_of(membership: Membership) -> Connection | None:
    """The person's connection in whatever state; None when there never was one."""
    return Connection.objects.filter(membership=membership, provider=Provider.MICROSOFT).first()


def can_connect(membership: Membership) -> list[str]:
    """Why the person cannot connect now, as whole sentences; empty when he can."""
    company = membership.company
    if not company.allows(MICROSOFT_GRAPH):
        return [_("The operator of this portal has not allowed Connect to Microsoft for your company.")]
    policy = CompanyMailSettings.objects.filter(company=company).first()
    if policy and not policy.use_connections:
        return [_("Your company's mail settings switch people's Microsoft connections off.")]
    if policy and policy.method and METHODS[policy.method].flow != "delegated":
        return [_("Your company sends by %(way)s.") % {"way": METHODS[policy.method].label}]
    secret = app_credentials.current(company)
    if secret is None or not MicrosoftApp.objects.filter(company=company).exists():
        return [_("Your company's Office 365 settings are not filled in yet. Ask your administrator.")]
    if secret.expires_on and secret.expires_on < timezone.localdate():
        ended = _("Your company's %(what)s ended on %(date)s. Ask your administrator to replace it.")
        return [ended % {"what": secret.get_kind_display(), "date": date_format(secret.expires_on, "j F Y")}]
    return []


@transaction.atomic
def disconnect(connection: Connection, actor: Actor) -> None:
    """Forget the tokens for good; the row stays, to say who was connected. Microsoft is not told."""
    TokenCache.objects.filter(connection=connection).delete()
    connection.state = ConnectionState.DISCONNECTED
    connection.cause = connection.cause_raw = ""
    connection.save(update_fields=["state", "cause", "cause_raw"])
    note(connection, actor, "connection.disconnected")
    announce(connection)


def goes_with(membership: Membership, actor: Actor, **_more: object) -> None:
    """Signal receiver: the row's deletion takes the person's connection along, which is told to the audit log."""
    connection = connection_of(membership)
    if connection is not None and connection.state != ConnectionState.DISCONNECTED:
        note(connection, actor, "connection.disconnected")


def mark_used(connection: Connection) -> None:
    """Remember that a message went out with it just now."""
    Connection.objects.filter(pk=connection.pk).update(last_used_at=now())


def note(connection: Connection, actor: Actor, action: str, **facts: object) -> None:
    """Audit what became of a connection."""
    label = str(connection.membership.user)
    facts = {"address": connection.address, **facts}
    record(actor, action, company=connection.company, label=label, **facts)


def announce(connection: Connection) -> None:
    """After the commit, tell the apps above that the person's mail may now go another way."""
    company, membership = connection.company, connection.membership
    transaction.on_commit(
        lambda: settings_changed.send(sender=Connection, company=company, membership=membership)
    )
