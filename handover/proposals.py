"""Values handed in by a link: tried, kept sealed as a proposal, then taken over into the settings, or not.

A wrong value changes nothing. Of each link values come once, until an admin opens it again.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import WORKER, Actor
from core.errors import ConfigurationError, InputError
from handover import asking, brought, links, looking, mailing
from handover.asking import Refusal
from handover.brought import Brought
from handover.models import Link, Proposal, ProposalState
from handover.ways import Brings
from mailsettings import services
from mailsettings.models import GoogleApp, MicrosoftApp, SmtpServer
from mailsettings.models.google import METHODS

WAITS_AT_MOST = timedelta(days=30)


class HandedInAlready(InputError):
    """Somebody was faster, or the link is over by now."""


def waiting(link: Link) -> Proposal | None:
    return link.proposals.filter(state=ProposalState.WAITING).first()


def hand_in(link: Link, values: Brought, actor: Actor) -> Refusal | None:
    """Try the values and keep them; what the provider has against them, else None.

    They are taken over at once where the admin chose that, and they change no app or server already in use for
    another: whoever came by the address could put his own in its place. Raises HandedInAlready.
    """
    refusal = asking.refusal(link, values)
    if refusal is not None:
        links.note(link, actor, "handover.refused", cause=refusal.why.cause)
        return refusal
    proposal = _keep(link, values, actor)
    waits = not link.takes_over or replaces_another(proposal)
    if not waits:
        _use(proposal, values, actor)
    mailing.tell_maker(link, waits=waits)
    return None


@transaction.atomic
def _keep(link: Link, values: Brought, actor: Actor) -> Proposal:
    now = timezone.now()
    still_open = Link.objects.filter(pk=link.pk, handed_at=None, revoked_at=None, ends_at__gt=now)
    link.refresh_from_db(fields=["seen"])  # somebody may have looked while the values were tried
    link.seen = looking.proven(link, None, dict(link.seen))
    if not still_open.update(handed_at=now, looked_at=now, opened_at=now, seen=link.seen):
        raise HandedInAlready(_("Values were handed in by this link already. Nothing was stored."))
    link.handed_at = now
    proposal = Proposal(link=link, values=values.values, certificate=values.certificate)
    proposal.fingerprint = values.fingerprint
    proposal.seal(values.secret.encode())
    proposal.save()
    links.note(link, actor, "handover.handed_in", fingerprint=proposal.fingerprint)
    return proposal


def take_over(proposal: Proposal, actor: Actor) -> Refusal | None:
    """Put the values in use, after they were tried once more; what the provider has against them by now, else None.

    Raises HandedInAlready, ConfigurationError, `core.crypto.DecryptionFailed`.
    """
    values = brought.of_proposal(proposal)
    refusal = asking.refusal(proposal.link, values)
    if refusal is None:
        _use(proposal, values, actor)
    return refusal


def replaces_another(proposal: Proposal) -> bool:
    """Whether the company uses another app, or another server, than the one these values name."""
    company, values = proposal.link.company, proposal.values
    if proposal.link.kind.brings == Brings.MICROSOFT:
        app = MicrosoftApp.objects.filter(company=company).first()
        named = (values["cloud"], values["tenant_id"], values["client_id"])
        return app is not None and named != (app.cloud, app.tenant_id, str(app.client_id))
    if proposal.link.kind.brings == Brings.GOOGLE:
        return GoogleApp.objects.filter(company=company).exclude(client_id=values["client_id"]).exists()
    return SmtpServer.objects.filter(company=company).exclude(host=values["host"]).exists()


@transaction.atomic
def _use(proposal: Proposal, values: Brought, actor: Actor) -> None:
    _settle(proposal, ProposalState.TAKEN)
    _SAVERS[proposal.link.kind.brings](proposal, values, actor)
    links.note(proposal.link, actor, "handover.taken_over", fingerprint=proposal.fingerprint)


@transaction.atomic
def decline(proposal: Proposal, actor: Actor) -> None:
    """The values are forgotten, and the link takes others."""
    _settle(proposal, ProposalState.DECLINED)
    Link.objects.filter(pk=proposal.link_id).update(handed_at=None, seen={})
    links.note(proposal.link, actor, "handover.declined", fingerprint=proposal.fingerprint)


@transaction.atomic
def reopen(link: Link, actor: Actor) -> None:
    """The link takes values once more, after earlier ones were taken over."""
    Link.objects.filter(pk=link.pk).update(handed_at=None)
    links.note(link, actor, "handover.reopened")


@transaction.atomic
def revoke(link: Link, actor: Actor) -> None:
    """The address is dead, and values that wait are forgotten."""
    if proposal := waiting(link):
        with suppress(HandedInAlready):
            decline(proposal, actor)
    links.revoke(link, actor)


def forget_old(now: datetime) -> int:
    """Decline what waited so long that nobody will take it over: a secret is not kept for nothing."""
    old = Proposal.objects.filter(state=ProposalState.WAITING, handed_at__lt=now - WAITS_AT_MOST)
    forgotten = 0
    for proposal in old.select_related("link__company"):
        with suppress(HandedInAlready):
            decline(proposal, WORKER)
            forgotten += 1
    return forgotten


def _settle(proposal: Proposal, state: ProposalState) -> None:
    """One settles it; the secret is gone from here whichever way. Raises HandedInAlready."""
    proposal.seal(b"")
    rows = Proposal.objects.filter(pk=proposal.pk, state=ProposalState.WAITING)
    emptied = {"ciphertext": proposal.ciphertext, "key_id": proposal.key_id}
    if not rows.update(state=state, settled_at=timezone.now(), **emptied):
        raise HandedInAlready(_("These values were settled already."))
    proposal.state = state


def _microsoft(proposal: Proposal, values: Brought, actor: Actor) -> None:
    names = ("cloud", "tenant_id", "client_id")
    services.save_microsoft_app(
        proposal.link.company,
        {name: values.values[name] for name in names},
        client_secret="" if values.pair else values.secret,
        secret_expires_on=values.expires_on,
        pair=values.pair,
        actor=actor,
    )


def _google(proposal: Proposal, values: Brought, actor: Actor) -> None:
    company = proposal.link.company
    before = GoogleApp.objects.filter(company=company).first()
    allowed = [way for way in METHODS if company.allows(METHODS[way])]
    if not (before or allowed):
        raise ConfigurationError("No way of sending through Google is allowed any more.")
    send_by = before.send_by if before else allowed[0]
    names = {"client_id": values.values["client_id"], "send_by": send_by}
    services.save_google_app(company, names, client_secret=values.secret, actor=actor)


def _server(proposal: Proposal, values: Brought, actor: Actor) -> None:
    services.save_smtp_server(proposal.link.company, values.values, password=values.secret, actor=actor)


_SAVERS = {Brings.MICROSOFT: _microsoft, Brings.GOOGLE: _google, Brings.SERVER: _server}
