import base64
import hashlib
import sqlite3
import uuid
from datetime import UTC, datetime

import jwt
import pytest

from sandbox.prepare import STATE_FILE
from tests.sandbox.people import (
    BALTIC,
    CALLBACK,
    MAIL,
    NORDIC,
    SECRET,
    ULLA,
    WORLD,
    Visitor,
    address,
    problem,
)

EXPIRED_SECRET = NORDIC.secrets[1].value
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def test_msal_gets_tokens_with_pkce_and_nonce_and_refreshes_them(visitor: Visitor):
    app = visitor.app()
    with pytest.warns(UserWarning, match="form_post"):  # the portal's callback is a plain GET
        flow = app.initiate_auth_code_flow(MAIL, redirect_uri=CALLBACK, response_mode="query")
    result = app.acquire_token_by_auth_code_flow(flow, visitor.sign_in(flow["auth_uri"]))
    assert result["id_token_claims"]["preferred_username"] == ULLA
    assert set(MAIL) <= set(result["scope"].split())
    (account,) = app.get_accounts()
    assert account["home_account_id"] == f"{WORLD.person(ULLA).id}.{NORDIC.directory}"
    again = app.acquire_token_silent_with_error(MAIL, account)
    assert again["access_token"] == result["access_token"]
    forced = app.acquire_token_silent_with_error(MAIL, account, force_refresh=True)
    assert forced["access_token"] != result["access_token"]


def test_msal_gets_an_app_only_token(visitor: Visitor):
    result = visitor.app().acquire_token_for_client([visitor.url("/graph/.default")])
    claims = jwt.decode(result["access_token"], options={"verify_signature": False})
    assert claims["roles"] == ["Mail.Send"]
    assert claims["appid"] == NORDIC.client_id
    assert "scp" not in claims


def test_tokens_are_signed_with_the_published_key_and_say_who_and_for_what(visitor: Visitor):
    discovery = visitor.web.get(
        visitor.url("/nordicfreight.example/v2.0/.well-known/openid-configuration")
    ).json()
    (key,) = visitor.web.get(discovery["jwks_uri"]).json()["keys"]
    result = visitor.tokens()
    claims = jwt.decode(
        result["id_token"], jwt.PyJWK(key), ["RS256"], audience=NORDIC.client_id, issuer=discovery["issuer"]
    )
    assert (claims["tid"], claims["oid"]) == (NORDIC.directory, WORLD.person(ULLA).id)
    access = jwt.decode(result["access_token"], jwt.PyJWK(key), ["RS256"], audience=visitor.sandbox.graph_url)
    assert access["scp"] == "Mail.Send User.Read"
    assert access["upn"] == ULLA
    assert discovery["token_endpoint"].startswith(visitor.url(f"/{NORDIC.directory}/"))


def test_the_answer_repeats_the_scopes_as_they_were_asked(visitor: Visitor):
    scope = f"openid offline_access {visitor.sandbox.graph_url}/Mail.Send User.Read"
    assert visitor.tokens(scope=scope)["scope"] == scope.replace(" offline_access", "")


def test_without_offline_access_there_is_no_refresh_token(visitor: Visitor):
    assert "refresh_token" not in visitor.tokens(scope="openid Mail.Send")


def test_a_refresh_token_rotates_and_the_old_one_still_works(visitor: Visitor):
    first = visitor.tokens()["refresh_token"]
    form = {"grant_type": "refresh_token", "scope": "offline_access Mail.Send"}
    second = visitor.token(**form, refresh_token=first).json()["refresh_token"]
    assert second != first
    assert visitor.token(**form, refresh_token=first).status_code == 200
    assert visitor.token(**form, refresh_token=second).status_code == 200


def test_a_refresh_token_is_good_for_another_resource_that_was_consented(visitor: Visitor):
    outlook = visitor.url("/outlook/SMTP.Send")
    code = visitor.code(scope=f"offline_access Mail.Send {outlook}")
    assert problem(visitor.redeem(code)) == (400, "invalid_request", "AADSTS28000")
    code = visitor.code(scope=f"offline_access Mail.Send {outlook}")
    token = visitor.redeem(code, scope="offline_access Mail.Send").json()["refresh_token"]
    answer = visitor.token(grant_type="refresh_token", refresh_token=token, scope=outlook).json()
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["scp"]) == (visitor.url("/outlook"), "SMTP.Send")


def test_the_error_json_has_microsofts_shape(visitor: Visitor):
    mine = str(uuid.uuid4())
    url = visitor.url(f"/{NORDIC.directory}/oauth2/v2.0/token")
    form = {
        "grant_type": "authorization_code",
        "client_id": NORDIC.client_id,
        "client_secret": "wrong",
        "code": "1",
    }
    reply = visitor.web.post(url, data=form, headers={"client-request-id": mine})
    body = reply.json()
    assert reply.status_code == 401
    assert body["error"] == "invalid_client"
    assert body["error_codes"] == [7000215]
    assert body["correlation_id"] == mine
    assert uuid.UUID(body["trace_id"])
    assert datetime.strptime(body["timestamp"], "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC)
    assert body["error_uri"].endswith("7000215")
    for word in ("AADSTS7000215: ", "Trace ID: ", f"Correlation ID: {mine}", "Timestamp: "):
        assert word in body["error_description"]
    assert reply.headers["Cache-Control"] == "no-store"
    assert "wrong" not in reply.text


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", "AADSTS7000215")),
        ({"client_secret": NORDIC.secrets[0].id}, (401, "invalid_client", "AADSTS7000215")),
        ({"client_secret": EXPIRED_SECRET}, (401, "invalid_client", "AADSTS7000222")),
        ({"client_secret": ""}, (401, "invalid_client", "AADSTS7000218")),
        ({"client_secret": "", "client_assertion": "x"}, (401, "invalid_client", "AADSTS50027")),
        ({"client_id": str(uuid.UUID(int=1))}, (400, "unauthorized_client", "AADSTS700016")),
        ({"client_id": ""}, (400, "invalid_request", "AADSTS900144")),
        ({"client_id": BALTIC.client_id}, (400, "unauthorized_client", "AADSTS700016")),
        ({"tenant": "nowhere.example"}, (400, "invalid_request", "AADSTS90002")),
        ({"grant_type": ""}, (400, "invalid_request", "AADSTS900144")),
        ({"grant_type": "magic"}, (400, "unsupported_grant_type", "AADSTS70003")),
        ({"scope": "User.Read.All"}, (400, "invalid_scope", "AADSTS1002012")),
        ({"scope": ""}, (400, "invalid_request", "AADSTS900144")),
        ({"scope": "https://vault.example/.default"}, (400, "invalid_resource", "AADSTS500011")),
        ({"tenant": "common"}, (400, "invalid_request", "AADSTS9001023")),
        ({"tenant": "cautious.example"}, (400, "unauthorized_client", "AADSTS7000229")),
    ],
)
def test_client_credentials_are_checked(visitor: Visitor, changed, expected):
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default", **changed}
    assert problem(visitor.token(**form)) == expected


def test_the_client_may_authenticate_with_http_basic(visitor: Visitor):
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    url = visitor.url(f"/{NORDIC.directory}/oauth2/v2.0/token")
    assert visitor.web.post(url, data=form, auth=(NORDIC.client_id, SECRET)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"code": "1.nonsense"}, (400, "invalid_grant", "AADSTS70000")),
        ({"code": ""}, (400, "invalid_request", "AADSTS900144")),
        ({"redirect_uri": NORDIC.redirect_uris[1]}, (401, "invalid_client", "AADSTS500112")),
        ({"code_verifier": "w" * 50}, (400, "invalid_grant", "AADSTS501481")),
        ({"code_verifier": ""}, (400, "invalid_grant", "AADSTS501481")),
        ({"scope": "Mail.Sned"}, (400, "invalid_scope", "AADSTS70011")),
        ({"scope": "Mail.Read"}, (400, "invalid_grant", "AADSTS65001")),
    ],
)
def test_a_code_is_bound_to_its_request(visitor: Visitor, changed, expected):
    code = visitor.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert problem(visitor.redeem(**{"code": code, "code_verifier": VERIFIER, **changed})) == expected


def test_a_code_of_another_client_is_refused(visitor: Visitor):
    url = visitor.authorize_url(
        BALTIC.directory, client_id=BALTIC.client_id, redirect_uri=BALTIC.redirect_uris[0], scope="Mail.Send"
    )
    code = visitor.sign_in(url, "una.user@balticship.example")["code"]
    assert problem(visitor.redeem(code)) == (400, "invalid_grant", "AADSTS70000")


def test_a_code_works_once(visitor: Visitor):
    code = visitor.code()
    assert visitor.redeem(code).status_code == 200
    assert problem(visitor.redeem(code)) == (400, "invalid_grant", "AADSTS54005")


def _age(visitor: Visitor, table: str, seconds: int) -> None:
    state = sqlite3.connect(visitor.sandbox.directory / STATE_FILE, isolation_level=None)
    state.execute(f"UPDATE {table} SET issued_at = issued_at - ?", (seconds,))
    state.close()


def test_a_code_lives_ten_minutes(visitor: Visitor):
    code = visitor.code()
    _age(visitor, "code", 601)
    assert problem(visitor.redeem(code)) == (400, "invalid_grant", "AADSTS70008")


def test_a_refresh_token_dies_when_idle_for_ninety_days(visitor: Visitor):
    token = visitor.tokens()["refresh_token"]
    _age(visitor, "refresh_token", 91 * 24 * 3600)
    reply = visitor.token(grant_type="refresh_token", refresh_token=token)
    assert problem(reply) == (400, "invalid_grant", "AADSTS700082")


def test_revoking_ends_the_refresh_tokens_of_now(visitor: Visitor, sandbox_client):
    token = visitor.tokens()["refresh_token"]
    sandbox_client.revoke(ULLA)
    reply = visitor.token(grant_type="refresh_token", refresh_token=token)
    assert problem(reply) == (400, "invalid_grant", "AADSTS50173")
    assert reply.json()["suberror"] == "bad_token"
    later = visitor.tokens()["refresh_token"]
    assert visitor.token(grant_type="refresh_token", refresh_token=later).status_code == 200


def test_conditional_access_refuses_the_refresh_only(visitor: Visitor):
    token = visitor.tokens(address("carl.conditional"))["refresh_token"]
    reply = visitor.token(grant_type="refresh_token", refresh_token=token)
    assert problem(reply) == (400, "invalid_grant", "AADSTS53003")


def test_a_nonsense_refresh_token_is_refused(visitor: Visitor):
    reply = visitor.token(grant_type="refresh_token", refresh_token="nonsense")
    assert problem(reply) == (400, "invalid_grant", "AADSTS70000")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (400, "invalid_grant", "AADSTS65001")),
        ({"password": "wrong"}, (400, "invalid_grant", "AADSTS50126")),
        ({"username": "nobody@nordicfreight.example"}, (400, "invalid_grant", "AADSTS50034")),
        ({"username": address("mia.mfa"), "password": "Mia-sails-1"}, (400, "invalid_grant", "AADSTS50076")),
        (
            {"username": address("boris.blocked"), "password": "Boris-sails-1"},
            (400, "invalid_grant", "AADSTS50057"),
        ),
        ({"tenant": "common"}, (400, "invalid_request", "AADSTS9001023")),
    ],
)
def test_the_password_grant_is_checked(visitor: Visitor, changed, expected):
    form = {
        "grant_type": "password",
        "username": ULLA,
        "password": "Ulla-sails-1",
        "scope": "Mail.Send",
        **changed,
    }
    assert problem(visitor.token(**form)) == expected


def test_the_password_grant_works_after_consent(visitor: Visitor):
    visitor.tokens()
    form = {"grant_type": "password", "username": ULLA, "password": "Ulla-sails-1", "scope": "Mail.Send"}
    assert visitor.token(**form).status_code == 200


@pytest.mark.parametrize(
    ("tenant", "code"), [("nowhere.example", "AADSTS90002"), ("ReplaceThis", "AADSTS900023")]
)
def test_discovery_of_an_unknown_directory_is_an_error(visitor: Visitor, tenant, code):
    reply = visitor.web.get(visitor.url(f"/{tenant}/v2.0/.well-known/openid-configuration"))
    assert problem(reply) == (400, "invalid_request", code)


def test_any_error_can_be_ordered_for_one_person(visitor: Visitor, sandbox_client):
    token = visitor.tokens()["refresh_token"]
    sandbox_client.add_fault("token", error="AADSTS50076", mailbox=ULLA, times=1)
    reply = visitor.token(grant_type="refresh_token", refresh_token=token)
    assert problem(reply) == (400, "invalid_grant", "AADSTS50076")
    assert visitor.token(grant_type="refresh_token", refresh_token=token).status_code == 200


def test_a_gateway_error_is_not_json(visitor: Visitor, sandbox_client):
    sandbox_client.add_fault("token", status=503, retry_after="7", times=1)
    reply = visitor.token(grant_type="client_credentials", scope="https://graph.microsoft.com/.default")
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "7")
    assert not reply.text.startswith("{")


def test_the_life_of_access_tokens_can_be_set(visitor: Visitor, sandbox_client):
    sandbox_client.add_fault("token.lifetime", seconds=10)
    answer = visitor.tokens()
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert answer["expires_in"] == 10
    assert claims["exp"] - claims["iat"] == 10
