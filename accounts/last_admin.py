"""Rows of people in the operator's pages: a company keeps an admin there as it does on its own pages."""

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _

from accounts.models import Company, Membership, Role


class MembershipFormSet(BaseInlineFormSet):
    """Refuses what would leave a company without an admin; to hand the role over, do both in one save.

    A company that never had one may stay so: its first admin is invited.
    """

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        before = {
            row.pk: row for row in Membership.objects.filter(pk__in=[f.instance.pk for f in self.forms])
        }
        kept = [row for row in map(self._after, self.forms) if row is not None]
        still = {(row.pk, row.company_id) for row in kept if row.role == Role.ADMIN}
        lost = [
            row for row in before.values() if row.role == Role.ADMIN and (row.pk, row.company_id) not in still
        ]
        for company in Company.objects.select_for_update().filter(pk__in={row.company_id for row in lost}):
            admins = company.memberships.filter(role=Role.ADMIN, user__is_active=True).exclude(pk__in=before)
            if not admins.exists() and not any(_is_admin_of(company, row) for row in kept):
                text = _("%(company)s would be left without an admin. Make somebody else an admin first.")
                raise ValidationError(text % {"company": company})

    def _after(self, form: object) -> Membership | None:
        """What the row will be; None when it goes, or was left empty."""
        if form in self.deleted_forms or not (form.instance.pk in self._stored or form.has_changed()):
            return None
        return form.instance

    @property
    def _stored(self) -> set[object]:
        return {form.instance.pk for form in self.initial_forms}


def _is_admin_of(company: Company, row: Membership) -> bool:
    return row.role == Role.ADMIN and row.company_id == company.pk and row.user.is_active
