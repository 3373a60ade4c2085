import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Membership, PlatformRole, User
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator

NO_MEMBERSHIPS = {
    "memberships-TOTAL_FORMS": "0",
    "memberships-INITIAL_FORMS": "0",
}


@pytest.fixture
def operator(db):
    return make_operator()


def test_only_operators_get_in(client, world, operator):
    index = reverse("admin:index")
    assert reverse("account_login") in client.get(index, follow=True).redirect_chain[-1][0]
    assert sign_in(client, world.admin).get(index, follow=True).status_code == 403
    inside = sign_in(client, operator).get(index)
    assert inside.status_code == 200
    assert 'rel="icon"' in inside.content.decode()


def test_an_operator_makes_a_person_with_a_password_and_a_platform_role(client, operator):
    sign_in(client, operator)
    add = reverse("admin:accounts_user_add")
    assert client.get(add).status_code == 200
    fields = {"email": "Next@Portal.example", "name": "Next", "platform_role": "operator"}
    password = {"password1": "a sentence nobody guesses", "password2": "a sentence nobody guesses"}
    client.post(add, fields | password | NO_MEMBERSHIPS)
    made = User.objects.get(email="next@portal.example")
    assert made.platform_role == PlatformRole.OPERATOR
    assert made.check_password("a sentence nobody guesses")
    assert AuditEvent.objects.filter(action="user.created", object_label=made.email).exists()


def test_an_operator_makes_the_first_admin_of_a_company(client, world, operator):
    sign_in(client, operator)
    user = world.stranger.user
    change = reverse("admin:accounts_user_change", args=[user.pk])
    assert client.get(change).status_code == 200
    rows = {
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(world.stranger.pk),
        "memberships-0-user": str(user.pk),
        "memberships-0-company": str(world.stranger.company.pk),
        "memberships-0-role": "admin",
        "memberships-1-user": str(user.pk),
        "memberships-1-company": str(world.company.pk),
        "memberships-1-role": "admin",
    }
    client.post(
        change, {"email": user.email, "name": user.name, "platform_role": "", "is_active": "on"} | rows
    )
    assert Membership.objects.filter(user=user, company=world.company, role="admin").exists()
    assert AuditEvent.objects.filter(action="member.added", company=world.company).count() == 1


@pytest.mark.parametrize("change", [{"DELETE": "on"}, {"role": "user"}, {"company": "alpha"}])
def test_a_persons_page_keeps_the_company_its_last_admin(client, world, operator, change):
    sign_in(client, operator)
    user = world.stranger.user
    row = {
        "id": world.stranger.pk,
        "user": user.pk,
        "company": world.stranger.company_id,
        "role": "admin",
    } | change
    row["company"] = world.company.pk if row["company"] == "alpha" else row["company"]
    rows = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1"}
    rows |= {f"memberships-0-{name}": str(value) for name, value in row.items()}
    person = {"email": user.email, "name": user.name, "platform_role": "", "is_active": "on"}
    shown = client.post(reverse("admin:accounts_user_change", args=[user.pk]), person | rows)
    assert "would be left without an admin" in shown.content.decode()
    world.stranger.refresh_from_db()
    assert (world.stranger.role, world.stranger.company.code) == ("admin", "Omega")


def test_an_account_is_closed_not_deleted(client, world, operator):
    sign_in(client, operator)
    assert client.get(reverse("admin:accounts_user_delete", args=[world.user.user.pk])).status_code == 403


def test_the_audit_log_is_read_only(client, world, operator):
    sign_in(client, operator)
    assert client.get(reverse("admin:accounts_auditevent_changelist")).status_code == 200
    assert client.get(reverse("admin:accounts_auditevent_add")).status_code == 403
