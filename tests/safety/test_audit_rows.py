"""Each secret set, replaced or deleted, each connection made or ended, each role changed is a row of the audit log."""

import re

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Role
from mailsettings.models import Credential
from oauth import tokens
from oauth.errors import NeedsReconnecting
from oauth.links import start_link
from oauth.models import Connection
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator
from tests.mailsettings import forms_data
from tests.oauth.stub_entra import error_answer
from tests.safety import canaries
from tests.safety.test_canaries_in_connecting import callback, grant


def page(name: str, *more: object) -> str:
    return reverse(name, args=["Alpha", *more])


def told(action: str) -> list[AuditEvent]:
    """The events of this action; none of them holds a secret."""
    events = list(AuditEvent.objects.filter(action=action).order_by("id"))
    for event in events:
        assert canaries.found_in(repr(vars(event)).encode()) == []
        assert event.actor_label
    return events


@pytest.fixture
def admin(client, world):
    return sign_in(client, world.admin)


@pytest.mark.parametrize(
    ("address", "form", "field", "values", "role"),
    [
        ("settings-office365", forms_data.office365(), "client_secret", canaries.CLIENT_SECRET, "admin"),
        ("settings-smtp", forms_data.smtp(), "password", canaries.SMTP_PASSWORD, "admin"),
        ("profile-gmail", {}, "app_password", canaries.APP_PASSWORD, "user"),
    ],
)
def test_a_secret_set_replaced_and_deleted_is_three_rows(client, world, address, form, field, values, role):
    sign_in(client, getattr(world, role))
    replacement = "abcdefghijklmnop"
    for secret in (values, replacement):
        assert client.post(page(address), form | {field: secret}).status_code == 302
    credential = Credential.objects.get()
    assert client.post(page("credential-delete", credential.pk)).status_code == 302
    rows = [told(f"credential.{what}") for what in ("set", "replaced", "deleted")]
    assert [len(events) for events in rows] == [1, 1, 1]
    events = [event for (event,) in rows]
    assert {event.actor for event in events} == {getattr(world, role).user}
    assert {event.ip_address for event in events} == {"127.0.0.1"}
    assert {event.details["kind"] for event in events} == {credential.kind}
    assert events[0].details["fingerprint"] != events[1].details["fingerprint"]
    assert replacement not in repr([vars(event) for event in events])


def test_an_e_mail_password_is_told_without_its_value(client, vault):
    Credential.objects.filter(kind="user_password").delete()
    sign_in(client, vault.user)
    assert client.post(page("profile-password"), {"password": canaries.EMAIL_PASSWORD}).status_code == 302
    event = told("credential.set")[-1]
    assert (event.details["kind"], event.object_label) == ("user_password", "Bob")


def test_a_secrets_new_end_is_told(admin, vault):
    admin.post(page("settings-office365"), forms_data.office365())
    later = forms_data.office365(client_secret="", secret_expires_on=vault.company.today.isoformat())
    assert admin.post(page("settings-office365"), later).status_code == 302
    assert told("credential.expiry_changed")[0].details["expires_on"] == [
        forms_data.ENDS,
        later["secret_expires_on"],
    ]


def test_a_connection_made_refused_broken_and_ended_is_told(client, entra, vault):
    sign_in(client, vault.user)
    auth_uri = client.get(start_link(vault.user))["Location"]
    client.get(*callback(auth_uri, error="access_denied"))
    assert told("connection.refused")[0].details["cause"] == "user_declined_consent"
    auth_uri = client.get(start_link(vault.user))["Location"]
    grant(entra, auth_uri)
    client.get(*callback(auth_uri, code=canaries.CODE))
    assert told("connection.connected")[0].object_label == "Bob"
    entra.tokens.append(error_answer("invalid_grant", 50173))
    entra.tokens.popleft()
    with pytest.raises(NeedsReconnecting):
        tokens.access_token(Connection.objects.get(), force=True)
    assert told("connection.needs_reconnecting")[0].actor_label == "worker"
    client.post(page("microsoft-disconnect"))
    assert told("connection.disconnected")[0].actor == vault.user.user


def test_people_coming_changing_and_going_are_told(admin, world):
    admin.post(page("invite"), {"email": "new@people.example", "role": "user"})
    assert told("invitation.made")[0].object_label == "new@people.example"
    admin.post(page("person-role", world.user.pk), {"role": "support"})
    changed = told("member.role_changed")[0]
    assert (changed.details["old"], changed.details["new"]) == ("user", "support")
    admin.post(page("person-remove", world.colleague.pk))
    assert told("member.removed")[0].object_label == world.colleague.user.email


def assert_losses_are_told(by: str) -> None:
    """The user's two passwords and his connection."""
    deleted = told("credential.deleted")
    assert {event.details["kind"] for event in deleted} == {"user_password", "gmail_app_password"}
    rows = [*deleted, *told("connection.disconnected"), *told("member.removed")]
    assert [event.actor_label for event in rows] == [by] * 4


def connect(client, entra, vault) -> None:
    sign_in(client, vault.user)
    auth_uri = client.get(start_link(vault.user))["Location"]
    grant(entra, auth_uri)
    client.get(*callback(auth_uri, code=canaries.CODE))


def test_what_goes_with_a_person_is_told(client, entra, vault):
    connect(client, entra, vault)
    sign_in(client, vault.admin)
    assert client.post(page("person-remove", vault.user.pk)).status_code == 302
    assert_losses_are_told(vault.admin.user.email)


def test_what_goes_with_a_person_the_operator_takes_out_is_told(client, entra, vault):
    connect(client, entra, vault)
    operator, user, row = make_operator(), vault.user.user, "memberships-0"
    sign_in(client, operator)
    fields = {"email": user.email, "name": user.name, "platform_role": "", "is_active": "on"}
    rows = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1", f"{row}-DELETE": "on"}
    rows |= {f"{row}-id": vault.user.pk, f"{row}-user": user.pk, f"{row}-company": vault.company.pk}
    address = reverse("admin:accounts_user_change", args=[user.pk])
    assert client.post(address, fields | rows | {f"{row}-role": "user"}).status_code == 302
    assert_losses_are_told(operator.email)


def test_what_the_operator_does_to_people_is_told(client, world):
    sign_in(client, make_operator())
    user, form = world.user.user, "memberships"
    fields = {"email": user.email, "name": user.name, "platform_role": "operator", "is_active": "on"}
    rows = {f"{form}-TOTAL_FORMS": "1", f"{form}-INITIAL_FORMS": "1", f"{form}-0-id": str(world.user.pk)}
    rows |= {
        f"{form}-0-user": str(user.pk),
        f"{form}-0-company": str(world.company.pk),
        f"{form}-0-role": Role.ADMIN,
    }
    answer = client.post(reverse("admin:accounts_user_change", args=[user.pk]), fields | rows)
    assert answer.status_code == 302
    assert told("user.changed")[0].details["platform_role"] == "operator"
    assert told("member.role_changed")[0].company == world.company


def test_the_operators_new_password_for_somebody_is_told(client, world):
    sign_in(client, make_operator())
    user = world.user.user
    address = reverse("admin:auth_user_password_change", args=[user.pk])
    passwords = {"password1": canaries.SIGN_IN_PASSWORD, "password2": canaries.SIGN_IN_PASSWORD}
    assert client.post(address, passwords | {"usable_password": "true"}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(canaries.SIGN_IN_PASSWORD)
    assert told("user.password_changed")[0].object_label == user.email


def test_a_person_changing_his_own_password_is_told(client, world):
    sign_in(client, world.user)
    fields = {"oldpassword": "correct horse battery", "password1": canaries.SIGN_IN_PASSWORD}
    assert client.post(reverse("account_change_password"), fields).status_code == 302
    assert told("user.password_changed")[0].actor == world.user.user


def test_a_forgotten_password_set_anew_is_told(client, world, mailoutbox):
    user = world.user.user
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"http://testserver(\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": canaries.SIGN_IN_PASSWORD})
    assert told("user.password_changed")[0].actor == user
