"""Access tokens of the app itself: from the row, by one request, and what each refusal means."""

from datetime import timedelta

import pytest

from accounts.audit import COMMAND_LINE
from core.clock import now
from mailsettings import credentials
from mailsettings.models import Credential, CredentialKind
from mailsettings.signals import settings_changed
from oauth import app_tokens, leases, msal_app
from oauth.errors import SettingsRefused, TokenUnavailable
from oauth.models import AppToken, Resource
from tests.oauth.conftest import SECRET
from tests.oauth.stub_entra import error_answer, json_answer, unsigned


def issued(token: str, expires_in: int = 3600):
    return json_answer({"token_type": "Bearer", "access_token": token, "expires_in": expires_in})


@pytest.fixture
def company(desk, stub):
    stub.tokens.extend([issued("app-1"), issued("app-2")])
    return desk.person.company


def test_a_token_is_asked_for_once_and_then_taken_from_the_row(company, stub):
    found = [app_tokens.app_token(company, Resource.GRAPH) for _ in range(3)]
    assert found == ["app-1"] * 3
    (asked,) = stub.token_requests
    assert (asked["grant_type"], asked["scope"]) == ("client_credentials", f"{stub.url}/graph/.default")
    row = AppToken.objects.get()
    assert b"app-1" not in bytes(row.ciphertext)
    assert (row.version, row.lease_owner, row.lease_until) == (1, "", None)


def test_graph_and_exchange_have_tokens_of_their_own(company, stub):
    app_tokens.app_token(company, Resource.GRAPH)
    assert app_tokens.app_token(company, Resource.OUTLOOK) == "app-2"
    assert stub.token_requests[1]["scope"] == f"{stub.url}/outlook/.default"


def test_force_brings_a_new_one(company):
    app_tokens.app_token(company, Resource.GRAPH)
    assert app_tokens.app_token(company, Resource.GRAPH, force=True) == "app-2"


def test_a_token_with_less_than_five_minutes_left_is_replaced(company):
    app_tokens.app_token(company, Resource.GRAPH)
    AppToken.objects.update(expires_at=now() + timedelta(seconds=299))
    assert app_tokens.app_token(company, Resource.GRAPH) == "app-2"


def test_changed_settings_forget_the_token(company, django_capture_on_commit_callbacks):
    app_tokens.app_token(company, Resource.GRAPH)
    with django_capture_on_commit_callbacks(execute=True):
        credentials.store(company, CredentialKind.CLIENT_SECRET, SECRET + "x", actor=COMMAND_LINE)
    assert app_tokens.app_token(company, Resource.GRAPH) == "app-2"


def test_a_persons_own_change_leaves_the_companys_token_alone(company, desk):
    app_tokens.app_token(company, Resource.GRAPH)
    settings_changed.send(sender=Credential, company=company, membership=desk.person)
    assert app_tokens.app_token(company, Resource.GRAPH) == "app-1"


def test_settings_changed_while_microsoft_was_asked_keep_the_old_token_out(company, monkeypatch):
    ask = msal_app.app_token

    def ask_and_change(*what):
        AppToken.objects.all().delete()
        return ask(*what)

    monkeypatch.setattr(msal_app, "app_token", ask_and_change)
    assert app_tokens.app_token(company, Resource.GRAPH) == "app-1"
    monkeypatch.undo()
    assert app_tokens.app_token(company, Resource.GRAPH) == "app-2"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (7000215, "client_secret_invalid"),
        (7000222, "client_secret_expired"),
        (7000229, "service_principal_missing"),
        (700016, "app_not_found_in_tenant"),
        (500011, "resource_not_in_tenant"),
        (90002, "tenant_id_wrong"),
    ],
)
def test_a_refusal_names_what_is_wrong_with_the_settings(company, stub, code, cause):
    stub.tokens.clear()
    stub.tokens.append(error_answer("invalid_client", code, 401))
    with pytest.raises(SettingsRefused) as caught:
        app_tokens.app_token(company, Resource.GRAPH)
    assert caught.value.cause == cause
    assert SECRET not in caught.value.raw
    assert AppToken.objects.get().lease_owner == ""


def test_a_passing_fault_is_told_as_one_with_its_waiting_time(company, stub):
    stub.tokens.clear()
    stub.tokens.append((503, {"Retry-After": "70"}, "busy"))
    with pytest.raises(TokenUnavailable) as caught:
        app_tokens.app_token(company, Resource.GRAPH)
    assert (caught.value.cause, caught.value.retry_after_s) == ("provider_temporarily_unavailable", 70)


def test_the_permissions_are_read_from_a_token_and_none_from_what_is_no_token():
    assert app_tokens.roles(unsigned({"roles": ["Mail.Send", "Mail.ReadWrite"]})) == {
        "Mail.Send",
        "Mail.ReadWrite",
    }
    for odd in ("opaque", "a.b.c", "a.!!!.c", unsigned({}), unsigned({"roles": 7}), unsigned([1])):
        assert app_tokens.roles(odd) == frozenset()


def test_without_a_secret_the_settings_are_incomplete(company):
    Credential.objects.all().delete()
    with pytest.raises(SettingsRefused) as caught:
        app_tokens.app_token(company, Resource.GRAPH)
    assert caught.value.cause == "settings_incomplete"


def test_a_holder_that_died_loses_its_lease(company, monkeypatch):
    app_tokens.app_token(company, Resource.GRAPH)
    row = AppToken.objects.get()
    assert leases.take(row, "dead")
    monkeypatch.setattr(leases, "DEAD_AFTER_S", 0.1)
    assert app_tokens.app_token(company, Resource.GRAPH, force=True) == "app-2"


def test_a_key_that_is_missing_is_the_operators_to_bring_back(company):
    app_tokens.app_token(company, Resource.GRAPH)
    AppToken.objects.update(key_id="lost")
    with pytest.raises(TokenUnavailable):
        app_tokens.app_token(company, Resource.GRAPH)
