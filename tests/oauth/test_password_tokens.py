"""Access tokens by user name and password: one request, and no password told twice that was refused once."""

import threading

import pytest
from django.db import connection

from accounts.audit import COMMAND_LINE
from core.clock import now
from mailsettings import credentials, services
from mailsettings.models import Credential, CredentialKind, MicrosoftApp
from mailsettings.signals import settings_changed
from oauth import msal_app, password_tokens
from oauth.errors import PasswordRefused, SettingsRefused, TokenUnavailable
from oauth.models import Connection, PasswordToken
from tests.oauth.conftest import SECRET
from tests.oauth.stub_entra import error_answer, json_answer, unsigned

PASSWORD = "otter canary of the mailbox"
BOB = "bob@people.example"


def issued(token: str, expires_in: int = 3600):
    return json_answer({"token_type": "Bearer", "access_token": token, "expires_in": expires_in})


def store(membership, password: str = PASSWORD) -> None:
    kind = CredentialKind.USER_PASSWORD
    credentials.store(membership.company, kind, password, actor=COMMAND_LINE, membership=membership)


@pytest.fixture
def bob(desk, stub):
    store(desk.person)
    stub.tokens.extend([issued("by-password-1"), issued("by-password-2")])
    return desk.person


def refuse(stub, code: int, error: str = "invalid_grant", status: int = 400) -> None:
    stub.tokens.clear()
    stub.tokens.append(error_answer(error, code, status))


def test_a_token_is_asked_for_once_and_kept_sealed(bob, stub):
    assert [password_tokens.password_token(bob, BOB) for _ in range(3)] == ["by-password-1"] * 3
    (asked,) = stub.token_requests
    assert (asked["grant_type"], asked["username"], asked["password"]) == ("password", BOB, PASSWORD)
    assert asked["client_secret"] == SECRET
    assert f"{stub.url}/graph/Mail.Send" in asked["scope"].split()
    assert "offline_access" not in asked["scope"], "no refresh token is asked for, none is stored"
    row = PasswordToken.objects.get()
    assert b"by-password" not in bytes(row.ciphertext)
    assert (row.version, row.lease_owner, row.account) == (1, "", BOB)


def test_force_signs_in_anew(bob):
    password_tokens.password_token(bob, BOB)
    assert password_tokens.password_token(bob, BOB, force=True) == "by-password-2"


def test_another_user_name_has_a_token_of_its_own(bob, stub):
    password_tokens.password_token(bob, BOB)
    assert password_tokens.password_token(bob, "bob@other.example") == "by-password-2"
    assert stub.token_requests[1]["username"] == "bob@other.example"


def test_a_wrong_password_is_told_to_microsoft_once(bob, stub):
    refuse(stub, 50126)
    for _ in range(5):
        with pytest.raises(PasswordRefused) as caught:
            password_tokens.password_token(bob, BOB, force=True)
        assert caught.value.cause == "user_password_wrong"
        assert PASSWORD not in caught.value.raw
    assert len(stub.token_requests) == 1
    assert PasswordToken.objects.get().lease_owner == ""


def test_people_who_ask_at_once_tell_a_wrong_password_once(transactional_db, bob, stub):
    refuse(stub, 50126)
    causes = []

    def ask() -> None:
        try:
            password_tokens.password_token(bob, BOB)
        except PasswordRefused as error:
            causes.append(error.cause)

    threads = [threading.Thread(target=_closing(ask)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert causes == ["user_password_wrong"] * 4
    assert len(stub.token_requests) == 1


def _closing(work):
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


def test_a_new_password_or_another_user_name_is_tried(bob, stub, django_capture_on_commit_callbacks):
    other = "bob@other.example"
    for account, change in (
        (BOB, lambda: store(bob, "the new one")),
        (other, lambda: services.save_person(bob, {"user_name": other}, actor=COMMAND_LINE)),
    ):
        refuse(stub, 50126)
        with pytest.raises(PasswordRefused):
            password_tokens.password_token(bob, BOB, force=True)
        with django_capture_on_commit_callbacks(execute=True):
            change()
        stub.tokens.clear()
        stub.tokens.append(issued("good"))
        assert password_tokens.password_token(bob, account) == "good"


@pytest.mark.parametrize(
    "change",
    [
        lambda bob: services.save_person(bob, {"from_name": "Bob of Alpha"}, actor=COMMAND_LINE),
        lambda bob: services.save_person(bob, {"method": "graph_password"}, actor=COMMAND_LINE),
        lambda bob: services.save_password(
            bob, "gmail_app_password", {}, secret="abcdefghijklmnop", actor=COMMAND_LINE
        ),
    ],
)
def test_what_else_a_person_saves_does_not_try_a_refused_password_again(
    bob, stub, change, django_capture_on_commit_callbacks
):
    refuse(stub, 50126)
    with pytest.raises(PasswordRefused):
        password_tokens.password_token(bob, BOB)
    with django_capture_on_commit_callbacks(execute=True):
        change(bob)
    with pytest.raises(PasswordRefused):
        password_tokens.password_token(bob, BOB)
    assert len(stub.token_requests) == 1


@pytest.mark.parametrize("sender", [Credential, Connection])
def test_what_has_nothing_to_do_with_the_password_does_not_try_it_again(bob, stub, sender):
    refuse(stub, 50126)
    with pytest.raises(PasswordRefused):
        password_tokens.password_token(bob, BOB)
    settings_changed.send(
        sender=sender, company=bob.company, membership=bob if sender is Connection else None
    )
    with pytest.raises(PasswordRefused):
        password_tokens.password_token(bob, BOB)
    assert len(stub.token_requests) == 1


def test_the_companys_change_forgets_tokens_and_another_app_tries_the_password_again(bob, stub):
    password_tokens.password_token(bob, BOB)
    settings_changed.send(sender=Credential, company=bob.company, membership=None)
    assert not PasswordToken.objects.exists()
    refuse(stub, 50126)
    with pytest.raises(PasswordRefused):
        password_tokens.password_token(bob, BOB)
    settings_changed.send(sender=MicrosoftApp, company=bob.company, membership=None)
    assert not PasswordToken.objects.exists()


def test_a_password_changed_while_microsoft_was_asked_is_not_held_against_the_new_one(bob, stub, monkeypatch):
    refuse(stub, 50126)
    ask = msal_app.password_token

    def ask_and_change(*what):
        PasswordToken.objects.all().delete()
        return ask(*what)

    monkeypatch.setattr(msal_app, "password_token", ask_and_change)
    with pytest.raises(PasswordRefused):
        password_tokens.password_token(bob, BOB)
    assert not PasswordToken.objects.filter(refused="user_password_wrong").exists()


@pytest.mark.parametrize(
    ("code", "error", "kind", "cause"),
    [
        (50126, "invalid_grant", PasswordRefused, "user_password_wrong"),
        (50056, "invalid_grant", PasswordRefused, "user_password_wrong"),
        (50055, "invalid_grant", PasswordRefused, "user_password_expired"),
        (50034, "invalid_grant", PasswordRefused, "user_not_in_tenant"),
        (50057, "invalid_grant", PasswordRefused, "user_account_disabled"),
        (50076, "invalid_grant", PasswordRefused, "mfa_required"),
        (50079, "interaction_required", PasswordRefused, "mfa_enrollment_required"),
        (53003, "invalid_grant", PasswordRefused, "conditional_access_blocked"),
        (65001, "invalid_grant", PasswordRefused, "consent_missing"),
        (500200, "invalid_request", PasswordRefused, "personal_account_not_supported"),
        (7000215, "invalid_client", SettingsRefused, "client_secret_invalid"),
        (7000222, "invalid_client", SettingsRefused, "client_secret_expired"),
        (7000218, "invalid_client", SettingsRefused, "public_client_flow_not_enabled"),
        (50059, "invalid_request", SettingsRefused, "tenant_specific_endpoint_required"),
        (9001023, "invalid_request", SettingsRefused, "tenant_specific_endpoint_required"),
        (90002, "invalid_request", SettingsRefused, "tenant_id_wrong"),
        (700016, "unauthorized_client", SettingsRefused, "app_not_found_in_tenant"),
    ],
)
def test_each_refusal_has_its_cause(bob, stub, code, error, kind, cause):
    refuse(stub, code, error, 401 if error == "invalid_client" else 400)
    with pytest.raises(kind) as caught:
        password_tokens.password_token(bob, BOB)
    assert caught.value.cause == cause


def test_a_locked_account_is_left_alone_for_a_while(bob, stub):
    refuse(stub, 50053)
    with pytest.raises(TokenUnavailable) as caught:
        password_tokens.password_token(bob, BOB)
    assert caught.value.cause == "account_locked_or_malicious_ip"
    assert caught.value.retry_after_s == 15 * 60


def test_nobody_who_presses_again_makes_the_lock_longer(bob, stub):
    refuse(stub, 50053)
    for _ in range(3):
        with pytest.raises(TokenUnavailable) as caught:
            password_tokens.password_token(bob, BOB, force=True)
        assert caught.value.cause == "account_locked_or_malicious_ip"
        assert 14 * 60 < caught.value.retry_after_s <= 15 * 60
        settings_changed.send(sender=Connection, company=bob.company, membership=None)
    assert len(stub.token_requests) == 1
    PasswordToken.objects.update(expires_at=now())
    stub.tokens.clear()
    stub.tokens.append(issued("unlocked"))
    assert [password_tokens.password_token(bob, BOB) for _ in range(2)] == ["unlocked"] * 2
    assert len(stub.token_requests) == 2


def test_a_second_factor_may_be_lifted_so_it_is_asked_again(bob, stub):
    refuse(stub, 50076)
    for _ in range(2):
        with pytest.raises(PasswordRefused):
            password_tokens.password_token(bob, BOB)
    assert len(stub.token_requests) == 2


def test_a_passing_fault_is_told_as_one(bob, stub):
    stub.tokens.clear()
    stub.tokens.append((503, {"Retry-After": "70"}, "busy"))
    with pytest.raises(TokenUnavailable) as caught:
        password_tokens.password_token(bob, BOB)
    assert (caught.value.cause, caught.value.retry_after_s) == ("provider_temporarily_unavailable", 70)


def test_without_a_password_or_a_secret_the_settings_are_incomplete(bob):
    for kind in (CredentialKind.CLIENT_SECRET, CredentialKind.USER_PASSWORD):
        Credential.objects.filter(kind=kind).delete()
        with pytest.raises(SettingsRefused) as caught:
            password_tokens.password_token(bob, BOB)
        assert caught.value.cause == "settings_incomplete"


def test_the_permissions_are_read_from_the_token(bob):
    assert password_tokens.scopes(unsigned({"scp": "Mail.Send User.Read"})) == {"Mail.Send", "User.Read"}
    assert password_tokens.scopes("opaque") == frozenset()


def test_whose_the_account_is_is_asked_at_the_authority_with_the_name_kept_in_one_piece(
    bob, stub, monkeypatch
):
    asked = []
    get = msal_app._Http.get

    def noting(self, url, **options):
        asked.append(url)
        return get(self, url, **options)

    monkeypatch.setattr(msal_app._Http, "get", noting)
    password_tokens.password_token(bob, "b/../ob?x#@people.example")
    assert asked[-1] == f"{stub.url}/common/userrealm/b%2F..%2Fob%3Fx%23@people.example?api-version=1.0"
    assert not any("userrealm" in key for key in msal_app._http_cache)


@pytest.mark.parametrize(
    ("domain", "cause"),
    [
        ("people.example", "federated_account_needs_browser"),
        ("live.com", "personal_account_not_supported"),
    ],
)
def test_a_federated_accounts_password_goes_nowhere(bob, stub, monkeypatch, domain, cause):
    class Realm:
        status_code = 200

        def json(self):
            where = "https://sts.elsewhere.example/mex"
            return {
                "account_type": "Federated",
                "domain_name": domain,
                "federation_metadata_url": where,
            }

    get = msal_app._Http.get
    monkeypatch.setattr(
        msal_app._Http,
        "get",
        lambda self, url, **options: Realm() if "userrealm" in url else get(self, url, **options),
    )
    with pytest.raises(PasswordRefused) as caught:
        password_tokens.password_token(bob, BOB)
    assert caught.value.cause == cause
    assert stub.token_requests == []
