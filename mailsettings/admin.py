"""The operator's pages for companies. No secret is registered here: an operator never sees one."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.audit import Actor, record
from accounts.last_admin import MembershipFormSet
from accounts.models import Company, Membership, Role
from accounts.services import invite, mail_invitation
from accounts.signals import member_leaving
from core.addresses import AddressFormField
from mailsettings import services
from mailsettings.forms import CompanyForm


class CompanyAdminForm(CompanyForm):
    invite_admin = AddressFormField(
        label=_("Invite an admin"),
        required=False,
        help_text=_("The link is shown once, after saving, and mailed if this portal can send mail."),
    )

    def clean_invite_admin(self) -> str:
        email = self.cleaned_data["invite_admin"]
        if Membership.objects.filter(company=self.instance, user__email=email).exists():
            raise forms.ValidationError(_("This person is a member of the company already."))
        return email


class MembershipInline(admin.TabularInline):
    model = Membership
    formset = MembershipFormSet
    fields = ("user", "role")
    raw_id_fields = ("user",)
    extra = 0


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    form = CompanyAdminForm
    inlines = (MembershipInline,)
    list_display = ("code", "name", "people", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("code", "name")

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        """A company is closed by unticking "active": its messages and its audit log stay readable."""
        return False

    @admin.display(description=_("people"))
    def people(self, company: Company) -> int:
        return company.memberships.count()

    def save_model(self, request: HttpRequest, obj: Company, form: CompanyAdminForm, change: bool) -> None:
        """Through the service, so that the change is audited as from anywhere else."""
        stored = Company.objects.get(pk=obj.pk) if change else obj
        values = {name: form.cleaned_data[name] for name in CompanyForm.Meta.fields}
        services.save_company(stored, values, actor=Actor.of(request))

    def save_formset(
        self, request: HttpRequest, form: forms.ModelForm, formset: object, change: bool
    ) -> None:
        for gone in formset.deleted_forms:
            member_leaving.send(sender=Membership, membership=gone.instance, actor=Actor.of(request))
        super().save_formset(request, form, formset, change)
        added = [(row, "member.added") for row in formset.new_objects]
        changed = [(row, "member.role_changed") for row, _fields in formset.changed_objects]
        removed = [(row, "member.removed") for row in formset.deleted_objects]
        for row, action in (*added, *changed, *removed):
            record(Actor.of(request), action, company=form.instance, label=row.user.email, role=row.role)

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: object, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        if email := form.cleaned_data["invite_admin"]:
            invitation, link = invite(form.instance, email, Role.ADMIN, Actor.of(request))
            mailed = mail_invitation(invitation, link)
            text = (
                _("Mailed to %(email)s: %(link)s") if mailed else _("Send this link to %(email)s: %(link)s")
            )
            messages.info(request, text % {"email": email, "link": link})
