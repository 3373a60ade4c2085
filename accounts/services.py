"""Who belongs to a company: inviting, joining, roles, leaving. Pages and commands call these; rules are here."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import languages, letters
from accounts.audit import Actor, record
from accounts.letters import NotSent, Text
from accounts.models import Company, Invitation, Membership, Role, User
from accounts.signals import member_leaving
from core import clock
from core.addresses import stored
from core.errors import InputError

INVITATION_LIFETIME = timedelta(days=7)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_of(token: str) -> Invitation | None:
    """The invitation a link belongs to, also a used or expired one; None for an unknown link."""
    rows = Invitation.objects.select_related("company", "invited_by")
    return rows.filter(token_hash=_hash(token), company__is_active=True).first()


@transaction.atomic
def invite(company: Company, email: str, role: str, actor: Actor, name: str = "") -> tuple[Invitation, str]:
    """Make an invitation; returns it with its link, which cannot be had a second time.

    An earlier open invitation of the same address ends. Raises InputError for somebody who is a member already.
    """
    email = stored(email)
    if Membership.objects.filter(company=company, user__email=email).exists():
        raise InputError(_("This person is a member of the company already."), "email")
    Invitation.objects.filter(company=company, email=email, accepted_at=None).delete()
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        company=company,
        email=email,
        role=role,
        name=name,
        token_hash=_hash(token),
        invited_by=actor.user,
        expires_at=clock.now() + INVITATION_LIFETIME,
    )
    record(actor, "invitation.made", company=company, label=email, role=role)
    return invitation, settings.PUBLIC_URL + reverse("accept-invitation", args=[token])


def mail_invitation(invitation: Invitation, link: str) -> bool:
    """Send the link to the invited person; False when no way of mailing is set up, or none took it."""
    inviter = Membership.objects.filter(company=invitation.company, user=invitation.invited_by)
    try:
        with translation.override(languages.of_address(invitation.email, invitation.company)):
            letter = invitation_letter(invitation, link)
        letters.send(letter, inviter.select_related("user", "company").first())
    except NotSent:
        return False
    return True


def invitation_letter(invitation: Invitation, link: str) -> Text:
    body = render_to_string("accounts/email/invitation.txt", {"invitation": invitation, "link": link})
    subject = _("You are invited to %(company)s at Postroom") % {"company": invitation.company.name}
    return Text(invitation.email, subject, body)


@transaction.atomic
def revoke(invitation: Invitation, actor: Actor) -> None:
    """The link stops working at once."""
    record(actor, "invitation.revoked", company=invitation.company, label=invitation.email)
    invitation.delete()


@transaction.atomic
def accept(invitation: Invitation, user: User, actor: Actor) -> Membership:
    """Make the user a member. Raises InputError when the invitation is another's, used or expired."""
    if user.email != invitation.email:
        raise InputError(_("This invitation is for another address."))
    _use_up(invitation)
    return add_member(invitation.company, user, invitation.role, actor)


@transaction.atomic
def join(invitation: Invitation, name: str, password: str, ip_address: str | None = None) -> Membership:
    """Make the invited person's account and membership. Raises InputError as `accept` does."""
    _use_up(invitation)
    user = User.objects.create_user(invitation.email, password, name=name)
    return add_member(invitation.company, user, invitation.role, Actor(user, user.email, ip_address))


def _use_up(invitation: Invitation) -> None:
    now = clock.now()
    still_open = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
    if not still_open.update(accepted_at=now):
        raise InputError(_("This invitation was used already or has expired."))


def add_member(company: Company, user: User, role: str, actor: Actor) -> Membership:
    """The user's membership; an existing one keeps its role."""
    membership, is_new = Membership.objects.get_or_create(user=user, company=company, defaults={"role": role})
    if is_new:
        record(actor, "member.added", company=company, label=user.email, role=role)
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, actor: Actor) -> None:
    """Raises InputError when the company would be left without an admin."""
    old = membership.role
    if role == old:
        return
    _keep_an_admin(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    company, email = membership.company, membership.user.email
    record(actor, "member.role_changed", company=company, label=email, old=old, new=role)


@transaction.atomic
def remove_member(membership: Membership, actor: Actor) -> None:
    """Take the person out of the company with his settings, secrets and connection; messages stay.

    Raises InputError for the last admin.
    """
    _keep_an_admin(membership)
    company, email = membership.company, membership.user.email
    member_leaving.send(sender=Membership, membership=membership, actor=actor)
    record(actor, "member.removed", company=company, label=email, role=membership.role)
    membership.delete()


def is_last_admin(membership: Membership) -> bool:
    """Whether nobody else of the company could fill in its settings or invite people."""
    if membership.role != Role.ADMIN:
        return False
    admins = Membership.objects.filter(company=membership.company, role=Role.ADMIN, user__is_active=True)
    return not admins.exclude(pk=membership.pk).exists()


def _keep_an_admin(membership: Membership) -> None:
    """The company's row is locked, so that two admins cannot demote each other at the same moment."""
    Company.objects.select_for_update().get(pk=membership.company_id)
    if is_last_admin(membership):
        raise InputError(_("This is the company's last admin. Make somebody else an admin first."), "role")
