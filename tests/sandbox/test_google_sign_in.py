import jwt
import pytest

from tests.sandbox.google_visitor import FJORD, GUSTAV, MAIL, PUBLIC, SEND, TESTING, GoogleVisitor

GINA = "gina.gmail@gmail.example"


@pytest.fixture
def google(sandbox, sandbox_client):
    visitor = GoogleVisitor(sandbox)
    yield visitor
    visitor.web.close()


def test_a_code_brings_tokens_and_an_id_token_of_google(google):
    answer = google.tokens()
    assert answer["expires_in"] == 3599
    assert SEND in answer["scope"].split()
    assert answer["refresh_token"].startswith("1//0")
    assert "refresh_token_expires_in" not in answer
    claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
    assert claims["iss"] == google.base
    assert claims["aud"] == FJORD.client_id
    assert (claims["email"], claims["email_verified"], claims["hd"]) == (GUSTAV, True, "fjordcargo.example")
    assert claims["nonce"] == "n-1"
    assert claims["sub"].isdigit()


def test_state_and_scope_come_back_with_the_code(google):
    query = google.come_back()
    assert query["state"] == "s-1"
    assert SEND in query["scope"]


def test_a_refresh_token_comes_with_the_first_consent_and_when_asked_for_again(google):
    google.tokens()
    assert "refresh_token" not in google.tokens()
    assert "refresh_token" in google.tokens(prompt="consent")


def test_without_offline_access_there_is_no_refresh_token(google):
    assert "refresh_token" not in google.tokens(access_type="online")


def test_a_person_may_leave_a_permission_out(google):
    assert SEND not in google.tokens(keep=())["scope"]


def test_a_refresh_brings_an_access_token_and_no_new_refresh_token(google):
    answer = google.refresh(google.tokens()["refresh_token"]).json()
    assert answer["access_token"].startswith("ya29.")
    assert "refresh_token" not in answer


def test_a_person_who_declines_comes_back_with_access_denied(google):
    assert google.come_back("dina.declines@fjordcargo.example") == {"state": "s-1", "error": "access_denied"}


def test_cancel_comes_back_with_access_denied(google):
    response = google.page(GUSTAV, "cancel")
    assert "error=access_denied" in response.headers["Location"]


@pytest.mark.parametrize(
    ("person", "changed", "status", "error"),
    [
        (GINA, {}, 403, "org_internal"),
        ("otto.other@elsewhere.example", {"client_id": TESTING.client_id}, 403, "access_denied"),
        ("sten.strict@strictharbour.example", {"client_id": PUBLIC.client_id}, 400, "admin_policy_enforced"),
        ("", {"client_id": "nobody.apps.googleusercontent.com"}, 401, "invalid_client"),
        ("", {"redirect_uri": "http://localhost:8000/fjordcargo/oauth/google/callback"}, 400, "redirect_uri"),
        ("", {"scope": "openid everything"}, 400, "invalid_scope"),
    ],
)
def test_access_blocked_is_told_at_google_only(google, sandbox_client, person, changed, status, error):
    sandbox_client.add_redirect_uri(PUBLIC.client_id, FJORD.redirect_uris[0])
    response = google.page(person, **changed)
    assert response.status_code == status
    assert "Access blocked" in response.text
    assert error in response.text


def test_an_app_in_testing_ends_after_seven_days_and_says_so_from_the_start(google, sandbox_client):
    answer = google.tokens(GINA, TESTING)
    assert answer["refresh_token_expires_in"] == 604_799
    sandbox_client.age(GINA, 6.9)
    assert google.refresh(answer["refresh_token"], TESTING).status_code == 200
    sandbox_client.age(GINA, 0.2)
    refused = google.refresh(answer["refresh_token"], TESTING)
    assert refused.status_code == 400
    assert refused.json() == {
        "error": "invalid_grant",
        "error_description": "Token has been expired or revoked.",
    }


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "GOCSPX-wrong"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_request"),
        ({"client_id": "nobody.apps.googleusercontent.com"}, "invalid_client"),
        ({"redirect_uri": "http://localhost:8000/"}, "redirect_uri_mismatch"),
        ({"code_verifier": "x" * 50}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code": "4/made-up"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_token_request_is_refused(google, changed, error):
    refused = google.redeem(**{"code": google.come_back()["code"]} | changed)
    assert refused.json()["error"] == error


def test_a_code_works_once(google):
    code = google.come_back()["code"]
    assert google.redeem(code).status_code == 200
    assert google.redeem(code).json()["error"] == "invalid_grant"


def test_a_refresh_token_is_for_its_app_only(google):
    token = google.tokens(GINA, TESTING)["refresh_token"]
    assert google.refresh(token, FJORD).json()["error"] == "unauthorized_client"


def test_an_organisation_may_want_people_to_sign_in_again(google):
    token = google.tokens("rita.reauth@fjordcargo.example")["refresh_token"]
    assert google.refresh(token).json()["error_subtype"] == "invalid_rapt"


def test_a_revoked_grant_is_over(google):
    answer = google.tokens()
    assert google.post("revoke", token=answer["refresh_token"]).status_code == 200
    assert google.refresh(answer["refresh_token"]).json()["error"] == "invalid_grant"
    assert google.post("revoke", token=answer["refresh_token"]).json()["error"] == "invalid_token"
    assert google.send(answer["access_token"], b"").status_code == 401


def test_the_wider_permission_is_asked_for_by_itself(google):
    assert google.tokens(scope=f"openid email {MAIL}")["scope"].split()[-1] == MAIL


def test_the_worlds_page_shows_googles_apps_and_people(google):
    text = google.web.get(google.sandbox.authority_url, timeout=10).text
    assert FJORD.client_id in text
    assert GUSTAV in text
