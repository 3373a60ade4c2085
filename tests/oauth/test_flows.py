"""Connect, from start to the stored connection, with answers no sound server gives."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from mailsettings.models import CompanyMailSettings, Credential, MicrosoftApp, UserMailSettings
from oauth import errors, flows
from oauth.models import Connection, PendingFlow, TokenCache
from tests.oauth.stub_entra import CLIENT, PERSON, TENANT, error_answer, json_answer

OTHER = "00000000-0000-4000-8000-000000000001"


def query_of(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_the_start_asks_for_what_the_design_says(desk):
    asked = query_of(desk.start())
    assert asked["client_id"] == CLIENT
    assert asked["redirect_uri"] == "http://testserver/Alpha/oauth/microsoft/callback"
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["prompt"] == "select_account"
    assert asked["login_hint"] == "bob@people.example"
    scopes = set(asked["scope"].split())
    assert scopes == {
        *desk.stub.scope("Mail.Send", "User.Read").split(), "openid", "profile", "offline_access",
    }  # fmt: skip


def test_what_comes_back_right_is_stored(desk):
    connection = desk.connect()
    assert (connection.state, connection.address) == ("connected", "bob@people.example")
    assert (connection.tenant_id, connection.object_id) == (TENANT, PERSON)
    assert str(connection.client_id) == CLIENT
    assert connection.scopes == desk.stub.scope("Mail.Send", "User.Read").split()
    assert "refresh-1" in connection.token_cache.unseal().decode()
    event = AuditEvent.objects.get(action="connection.connected")
    assert event.details == {"address": "bob@people.example", "tenant_id": TENANT}


def test_the_code_is_redeemed_with_the_verifier_and_the_address_of_the_start(desk):
    MicrosoftApp.objects.update(callback_form="aspx")
    auth_uri = desk.start()
    desk.stub.grant(auth_uri)
    MicrosoftApp.objects.update(callback_form="portal")
    desk.come_back(auth_uri, code="code-canary-1")
    form = desk.stub.token_requests[-1]
    assert form["redirect_uri"] == "http://testserver/Alpha/Services/Office365Callback.aspx"
    assert len(form["code_verifier"]) >= 43
    assert form["code"] == "code-canary-1"


def test_connecting_again_keeps_the_row_and_replaces_the_tokens(desk):
    first = desk.connect()
    version = first.token_cache.version
    second = desk.connect()
    assert second.pk == first.pk
    assert TokenCache.objects.get().version == version + 1


def test_the_mailboxs_address_at_graph_counts_too(desk):
    desk.stub.mes[0] = json_answer(
        {
            "id": PERSON,
            "displayName": "Bob",
            "mail": "Bob@People.example",
            "userPrincipalName": "b7@x.example",
        }
    )
    connection = desk.connect(claims={"preferred_username": "b7@x.example"})
    assert connection.address == "Bob@People.example"


def test_a_typed_user_name_is_an_expected_account(desk):
    UserMailSettings.objects.create(
        company=desk.person.company, membership=desk.person, user_name="shared@people.example"
    )
    assert query_of(desk.start())["login_hint"] == "shared@people.example"
    connection = desk.connect(claims={"preferred_username": "shared@people.example"})
    assert connection.address == "shared@people.example"


def refused(desk, kind, **spoilt):
    """The refusal that a spoilt grant ends in; nothing may have been stored."""
    with pytest.raises(kind) as found:
        desk.connect(**spoilt)
    assert not Connection.objects.exists()
    assert not TokenCache.objects.exists()
    assert not PendingFlow.objects.exists()
    assert AuditEvent.objects.get(action="connection.refused").details["cause"] == found.value.cause
    return found.value


def test_another_account_is_named_and_nothing_is_stored(desk):
    desk.stub.mes[0] = json_answer({"id": PERSON, "mail": None, "userPrincipalName": "carol@people.example"})
    refusal = refused(desk, errors.WrongAccount, claims={"preferred_username": "carol@people.example"})
    assert (refusal.came, refusal.expected) == ("carol@people.example", ["bob@people.example"])


def test_when_graph_is_down_an_unexpected_name_is_not_called_a_wrong_account(desk):
    desk.stub.mes[0] = json_answer({}, 503)
    refusal = refused(desk, errors.ProviderRefused, claims={"preferred_username": "b7@x.example"})
    assert refusal.cause == "provider_temporarily_unavailable"


@pytest.mark.parametrize(
    ("claims", "check"),
    [
        ({"aud": OTHER}, "aud"),
        ({"iss": "https://login.evil.example/v2.0"}, "iss"),
        ({"tid": OTHER}, "tid"),
        ({"exp": 1}, "exp"),
        ({"nonce": "another"}, "nonce"),
    ],
)
def test_an_id_token_that_does_not_fit_is_refused(desk, claims, check):
    assert refused(desk, errors.AnswerRejected, claims=claims).check == check
    assert AuditEvent.objects.get(action="connection.refused").details["why"] == check


def test_an_answer_without_an_id_token_is_refused(desk):
    assert refused(desk, errors.AnswerRejected, id_token="").check == "id_token"


def test_graph_naming_another_account_than_the_id_token_is_refused(desk):
    desk.stub.mes[0] = json_answer({"id": OTHER, "mail": "bob@people.example"})
    assert refused(desk, errors.AnswerRejected).check == "oid"


def test_a_grant_without_the_permission_to_send_asks_for_consent_next_time(desk):
    refused(desk, errors.SendingNotAllowed, scope=desk.stub.scope("User.Read"))
    auth_uri = desk.start()
    assert query_of(auth_uri)["prompt"] == "consent"
    assert query_of(desk.start())["prompt"] == "select_account", "who got no further tries without"
    desk.stub.grant(auth_uri)
    desk.come_back(auth_uri, code="code-canary-2")
    assert query_of(desk.start())["prompt"] == "select_account"


@pytest.mark.parametrize("cause", ["consent_missing", "graph_permission_missing"])
def test_a_connection_that_lost_its_consent_is_not_barred_by_a_forced_page(desk, cause):
    """Microsoft asks by itself where nobody has allowed it; an administrator may have meanwhile."""
    desk.connect()
    Connection.objects.update(state="needs_reconnecting", cause=cause)
    assert query_of(desk.start())["prompt"] == "select_account"


def test_a_grant_that_would_not_last_is_refused(desk):
    assert refused(desk, errors.SendingNotAllowed, refresh_token="").cause == "sending_not_allowed"


def test_a_directory_given_by_its_domain_is_held_to_the_id_behind_it(desk):
    MicrosoftApp.objects.update(tenant_id="alpha.example")
    assert desk.connect().tenant_id == TENANT
    with pytest.raises(errors.AnswerRejected):
        desk.connect(claims={"tid": OTHER})


@pytest.mark.parametrize(
    ("error", "code", "status", "cause"),
    [
        ("invalid_client", 7000215, 401, "client_secret_invalid"),
        ("invalid_client", 7000222, 401, "client_secret_expired"),
        ("invalid_grant", 54005, 400, "auth_code_expired_or_reused"),
    ],
)
def test_a_refusal_at_the_token_endpoint_is_explained(desk, error, code, status, cause):
    auth_uri = desk.start()
    desk.stub.tokens.append(error_answer(error, code, status))
    with pytest.raises(errors.ProviderRefused) as found:
        desk.come_back(auth_uri, code="code-canary-1")
    assert found.value.explanation.cause == cause
    assert f"AADSTS{code}" in found.value.explanation.raw
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        json_answer({"error": "server_error"}, 503),
        (200, {"Content-Type": "text/html"}, "<p>code-canary-1"),
        (302, {"Location": "https://elsewhere.example/"}, ""),
        json_answer(["a", "list"]),
    ],
)
def test_an_answer_that_is_none_is_a_passing_fault(desk, answer, caplog):
    auth_uri = desk.start()
    desk.stub.tokens.append(answer)
    with pytest.raises(errors.ProviderRefused):
        desk.come_back(auth_uri, code="code-canary-1")
    assert "code-canary-1" not in caplog.text


@pytest.mark.parametrize(
    ("error", "text", "kind"),
    [
        ("access_denied", "AADSTS65004: declined", errors.Declined),
        ("access_denied", "", errors.Declined),
        ("access_denied", "AADSTS90094: admin", errors.ApprovalNeeded),
        ("consent_required", "AADSTS65001: not consented", errors.ApprovalNeeded),
        ("consent_required", "", errors.ApprovalNeeded),
        ("server_error", "AADSTS50196: loop", errors.ProviderRefused),
    ],
)
def test_an_error_in_the_callback_has_its_own_end(desk, error, text, kind):
    auth_uri = desk.start()
    with pytest.raises(kind):
        desk.come_back(auth_uri, error=error, error_description=text)
    assert not PendingFlow.objects.exists()
    assert desk.stub.token_requests == []


def test_a_sign_in_started_with_other_settings_does_not_count(desk):
    auth_uri = desk.start()
    MicrosoftApp.objects.update(client_id=OTHER)
    with pytest.raises(errors.SettingsChanged):
        desk.come_back(auth_uri, code="code-canary-1")
    assert desk.stub.token_requests == []


def test_an_answer_without_a_code_redeems_nothing(desk):
    with pytest.raises(errors.LinkExpired):
        desk.come_back(desk.start())
    assert desk.stub.token_requests == []


def test_who_cannot_connect_is_told_why(desk):
    company = desk.person.company

    def reasons():
        with pytest.raises(errors.NotPossible) as found:
            desk.start()
        return " ".join(found.value.reasons)

    Credential.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    assert "ended on" in reasons()
    Credential.objects.all().delete()
    assert "not filled in" in reasons()
    CompanyMailSettings.objects.create(company=company, use_connections=False)
    assert "switch" in reasons()
    company.allowed_methods = []
    assert "operator" in reasons()


def test_settings_the_portal_cannot_read_are_the_operators_to_mend(desk, settings):
    settings.ENCRYPTION_KEYS = ["other:" + "B" * 43 + "="]
    with pytest.raises(errors.NotPossible, match="settings_incomplete") as found:
        desk.start()
    assert "operator" in found.value.reasons[0]


def test_an_unknown_directory_is_explained_at_the_start(desk, stub, monkeypatch):
    refusal = error_answer("invalid_tenant", 90002)
    monkeypatch.setattr("tests.oauth.stub_entra.json_answer", lambda *_args, **_more: refusal)
    MicrosoftApp.objects.update(tenant_id="unknown.example")
    with pytest.raises(errors.ProviderRefused) as found:
        desk.start()
    assert found.value.cause == "tenant_id_wrong"


def test_nothing_secret_is_in_a_row_a_log_or_an_exception(desk, caplog):
    caplog.set_level("DEBUG")
    desk.connect()
    flow = desk.start()
    rows = [json.dumps(list(model.objects.values()), default=repr) for model in
            (Connection, TokenCache, PendingFlow, AuditEvent)]  # fmt: skip
    seen = " ".join(rows) + caplog.text
    for secret in ("access-1", "refresh-1", "code-canary-1", query_of(flow)["state"], "abc8Q~canary"):
        assert secret not in seen
    for spoilt in ({"nonce": "another"}, {"aud": OTHER}):
        with pytest.raises(errors.ConnectRefused) as found:
            desk.connect(claims=spoilt)
        assert "another" not in repr(found.value)


def test_the_approval_address_names_app_scopes_and_callback(desk):
    registration = flows.registration_of(desk.person.company)
    address = flows.admin_consent_address(registration)
    assert address.startswith(f"{desk.stub.url}/{TENANT}/v2.0/adminconsent?")
    asked = query_of(address)
    assert asked["client_id"] == CLIENT
    assert asked["scope"] == desk.stub.scope("Mail.Send", "User.Read")
    assert asked["redirect_uri"] == "http://testserver/Alpha/oauth/microsoft/callback"
