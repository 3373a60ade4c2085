"""The operator's pages about people: accounts, platform roles, memberships; the audit log to read."""

from http import HTTPStatus

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.audit import Actor, record
from accounts.last_admin import MembershipFormSet
from accounts.models import AuditEvent, Membership, User
from accounts.passwords import note
from accounts.signals import member_leaving

# The operator signs in on the portal's own page, with its rate limits.
admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = admin.site.site_title = _("Postroom, operator")
admin.site.index_title = _("Companies and people")

# Roles are ours, not Django's groups; nobody has a second address; a second step is its person's own.
admin.site.unregister([Authenticator, EmailAddress, Group])


class NewUserForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "platform_role")
        field_classes = {}


class MembershipInline(admin.TabularInline):
    model = Membership
    formset = MembershipFormSet
    extra = 0
    fields = ("company", "role")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Nobody is deleted here, so that the past stays readable: an account is closed by unticking "active"."""

    add_form = NewUserForm
    list_display = ("email", "name", "platform_role", "is_active", "last_login")
    list_filter = ("platform_role", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("At the portal"), {"fields": ("platform_role", "is_active", "last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "platform_role", "password1", "password2")}),)
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        action = "user.changed" if change else "user.created"
        fields = [name for name in form.changed_data if not name.startswith("password")]
        role = obj.platform_role
        record(Actor.of(request), action, label=obj.email, fields=fields, platform_role=role)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            note(Actor.of(request), self.get_object(request, unquote(id)))
        return response

    def save_formset(
        self, request: HttpRequest, form: forms.ModelForm, formset: object, change: bool
    ) -> None:
        for gone in formset.deleted_forms:
            member_leaving.send(sender=Membership, membership=gone.instance, actor=Actor.of(request))
        super().save_formset(request, form, formset, change)
        changed = [row for row, _fields in formset.changed_objects]
        for action, rows in (
            ("member.added", formset.new_objects),
            ("member.role_changed", changed),
            ("member.removed", formset.deleted_objects),
        ):
            for row in rows:
                record(Actor.of(request), action, company=row.company, label=row.user.email, role=row.role)


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    """Read only."""

    list_display = ("at", "company", "actor_label", "action", "object_label")
    list_filter = ("company", "action")
    search_fields = ("actor_label", "object_label")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return False
