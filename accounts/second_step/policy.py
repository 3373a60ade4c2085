"""Whether a company asks its admins for a second step at sign-in, and who of them has none."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Company, Membership, Role
from accounts.second_step import factors
from core.errors import InputError


def lacks_second_step(membership: Membership) -> bool:
    """Whether this admin has to set one up before anything else."""
    asked = membership.is_admin and membership.company.admins_need_second_step
    return asked and not factors.is_on(membership.user)


def admins_without(company: Company) -> QuerySet[Membership]:
    admins = Membership.objects.filter(company=company, role=Role.ADMIN, user__is_active=True)
    return admins.exclude(user__in=factors.people_with_one()).select_related("user")


@transaction.atomic
def ask_admins(company: Company, asked: bool, by: Membership, actor: Actor) -> None:
    """Switch it on or off. Raises InputError for an admin who would shut himself out."""
    if asked and not factors.is_on(by.user):
        raise InputError(_("Set up your own second step first: without it you would shut yourself out."))
    changed = Company.objects.filter(pk=company.pk, admins_need_second_step=not asked)
    if changed.update(admins_need_second_step=asked):
        action = "company.second_step_asked" if asked else "company.second_step_left"
        record(actor, action, company=company, label=company.name)
