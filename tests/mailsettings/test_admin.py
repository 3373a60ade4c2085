"""The operator's pages: opening a company, choosing its methods, making its first admin; no secrets."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from accounts.models import AuditEvent, Company, Invitation, Membership, Role
from core.sealed import SealedRow
from mailsettings.catalog import METHODS
from tests.factories import make_company, make_member, make_operator, make_user

ADD = "/operator/accounts/company/add/"
NO_MEMBERS = {
    "memberships-TOTAL_FORMS": "0",
    "memberships-INITIAL_FORMS": "0",
    "memberships-MIN_NUM_FORMS": "0",
    "memberships-MAX_NUM_FORMS": "1000",
}
COMPANY = NO_MEMBERS | {
    "code": "NordicFreight",
    "name": "Nordic Freight AS",
    "locale": "en",
    "time_zone": "Europe/Riga",
    "allowed_methods": ["smtp_password", "company_smtp"],
    "retention_days": "90",
    "is_active": "on",
    "invite_admin": "",
}


@pytest.fixture
def operator(db, client):
    client.force_login(make_operator())
    return client


def test_an_operator_opens_a_company_and_invites_its_admin(operator):
    shown = operator.post(ADD, COMPANY | {"invite_admin": "Anna@Firm.example"}, follow=True).content.decode()
    company = Company.objects.get()
    assert company.allowed_methods == ["smtp_password", "company_smtp"]
    invitation = Invitation.objects.get()
    assert (invitation.company, invitation.email, invitation.role) == (
        company,
        "anna@firm.example",
        Role.ADMIN,
    )
    assert re.search(r"http://testserver/invite/[\w-]{20,}", shown)
    assert AuditEvent.objects.filter(action="company.added", company=company).exists()


def test_the_form_offers_every_method_of_the_catalogue_as_a_check_box(operator):
    shown = operator.get(ADD).content.decode()
    boxes = re.findall(r'type="checkbox" name="allowed_methods" value="(\w+)"', shown)
    assert boxes == list(METHODS)


def test_a_change_is_audited_with_old_and_new(operator):
    company = make_company("NordicFreight", allowed_methods=["smtp_password"], name="Nordic Freight AS")
    page = reverse("admin:accounts_company_change", args=[company.pk])
    assert operator.post(page, COMPANY).status_code == 302
    event = AuditEvent.objects.get(action="company.changed")
    assert event.details == {"allowed_methods": [["smtp_password"], ["smtp_password", "company_smtp"]]}
    assert event.actor.email == "operator@people.example"


def test_a_member_is_added_changed_and_removed_with_an_audit_event_each(operator):
    company, person = make_company("NordicFreight"), make_user("anna")
    page = reverse("admin:accounts_company_change", args=[company.pk])
    row = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-user": str(person.pk),
        "memberships-0-role": "admin",
    }
    operator.post(page, COMPANY | row)
    membership = Membership.objects.get()
    assert membership.is_admin
    row |= {
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(membership.pk),
        "memberships-0-role": "support",
    }
    operator.post(page, COMPANY | row)
    operator.post(page, COMPANY | row | {"memberships-0-DELETE": "on"})
    assert not Membership.objects.exists()
    members = AuditEvent.objects.filter(action__startswith="member.").order_by("id")
    assert [event.action for event in members] == ["member.added", "member.role_changed", "member.removed"]
    assert {event.object_label for event in members} == {"anna@people.example"}


def test_a_member_is_not_invited_again(operator):
    company = make_company("NordicFreight")
    member = make_member(company)
    page = reverse("admin:accounts_company_change", args=[company.pk])
    shown = operator.post(page, COMPANY | {"invite_admin": member.user.email}).content.decode()
    assert "member of the company already" in shown
    assert not Invitation.objects.exists()


def test_a_company_admin_is_no_operator(world, client):
    client.force_login(world.admin.user)
    assert client.get(ADD).status_code == 302
    assert client.post(ADD, COMPANY).status_code == 302
    assert not Company.objects.filter(code="NordicFreight").exists()


def test_no_row_with_a_secret_is_registered():
    sealed = [model for model in apps.get_models() if issubclass(model, SealedRow)]
    assert sealed
    assert [model for model in sealed if admin.site.is_registered(model)] == []
