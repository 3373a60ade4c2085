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
    make_member(company, Role.ADMIN, "arvid")
    page = reverse("admin:accounts_company_change", args=[company.pk])
    row = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-user": str(person.pk),
        "memberships-0-role": "admin",
    }
    operator.post(page, COMPANY | row)
    membership = Membership.objects.get(user=person)
    assert membership.is_admin
    row |= {
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(membership.pk),
        "memberships-0-role": "support",
    }
    operator.post(page, COMPANY | row)
    operator.post(page, COMPANY | row | {"memberships-0-DELETE": "on"})
    assert not Membership.objects.filter(user=person).exists()
    members = AuditEvent.objects.filter(action__startswith="member.").order_by("id")
    assert [event.action for event in members] == ["member.added", "member.role_changed", "member.removed"]
    assert {event.object_label for event in members} == {"anna@people.example"}


@pytest.fixture
def two(operator):
    """The company's page for the operator, its admin and its user, and what the page posts unchanged."""
    company = make_company("NordicFreight")
    admin_, user = make_member(company, Role.ADMIN, "anna"), make_member(company, Role.USER, "bob")
    page = reverse("admin:accounts_company_change", args=[company.pk])
    rows = {"memberships-TOTAL_FORMS": "2", "memberships-INITIAL_FORMS": "2"}
    for number, member in enumerate(sorted((admin_, user), key=lambda one: one.pk)):
        rows |= {f"memberships-{number}-{name}": str(getattr(member, name)) for name in ("id", "role")}
        rows[f"memberships-{number}-user"] = str(member.user_id)

    def post(changed: dict[str, dict[str, str]]) -> str:
        """By role before: the fields that change."""
        data = COMPANY | rows
        for role, fields in changed.items():
            number = next(n for n in "01" if rows[f"memberships-{n}-role"] == role)
            data |= {f"memberships-{number}-{name}": value for name, value in fields.items()}
        return operator.post(page, data, follow=True).content.decode()

    return post, admin_, user


@pytest.mark.parametrize("fields", [{"DELETE": "on"}, {"role": "support"}])
def test_the_last_admin_cannot_be_taken_away(two, fields):
    post, anna, _bob = two
    shown = post({"admin": fields})
    assert "would be left without an admin" in shown
    anna.refresh_from_db()
    assert anna.is_admin


def test_the_role_is_handed_over_in_one_save(two):
    post, anna, bob = two
    assert "would be left" not in post({"admin": {"DELETE": "on"}, "user": {"role": "admin"}})
    bob.refresh_from_db()
    assert bob.is_admin
    assert not Membership.objects.filter(pk=anna.pk).exists()


def test_a_closed_account_does_not_count_as_an_admin(two):
    post, _anna, bob = two
    bob.user.is_active = False
    bob.user.save()
    assert "would be left without an admin" in post({"admin": {"DELETE": "on"}, "user": {"role": "admin"}})


def test_a_company_that_never_had_an_admin_may_be_changed(operator):
    company = make_company("NordicFreight")
    member = make_member(company, Role.USER, "bob")
    row = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(member.pk),
        "memberships-0-user": str(member.user_id),
        "memberships-0-role": "support",
    }
    operator.post(reverse("admin:accounts_company_change", args=[company.pk]), COMPANY | row)
    member.refresh_from_db()
    assert member.role == Role.SUPPORT


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
