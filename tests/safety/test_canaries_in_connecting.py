"""Codes, states and tokens of Connect to Microsoft, with a sign-in server that repeats what it was told."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from oauth import msal_app, tokens
from oauth.errors import MicrosoftUnavailable
from oauth.links import start_link
from oauth.models import Connection, PendingFlow
from oauth.registration import registration_of
from tests.accounts.sign_in import sign_in
from tests.oauth.stub_entra import json_answer
from tests.safety import canaries


@pytest.fixture
def bob(search, entra, vault):
    search.leaving_for = entra.url
    return sign_in(search.client(), vault.user)


@pytest.fixture
def leave(bob, vault):
    """Press Connect; the address at the sign-in server."""

    def press() -> str:
        answer = bob.get(start_link(vault.user))
        assert answer.status_code == 302
        return answer["Location"]

    return press


def callback(auth_uri: str, **answer: str) -> tuple[str, dict[str, str]]:
    return reverse("microsoft-callback", args=["Alpha"]), {"state": state_of(auth_uri), **answer}


def state_of(auth_uri: str) -> str:
    return parse_qs(urlsplit(auth_uri).query)["state"][0]


def nonce_of(auth_uri: str) -> str:
    return parse_qs(urlsplit(auth_uri).query)["nonce"][0]


def grant(entra, auth_uri: str, **changes: object) -> None:
    tokens_ = {"access_token": canaries.ACCESS_TOKEN, "refresh_token": canaries.REFRESH_TOKEN}
    entra.grant(auth_uri, **(tokens_ | changes))


def repeating(status: int, form: str = "json"):
    """An answer of the token endpoint that says everything back."""

    def answer(asked: dict) -> tuple[int, dict, str]:
        words = "AADSTS7000215: refused " + json.dumps(asked)
        if form == "json":
            return json_answer({"error": "invalid_client", "error_description": words}, status)
        return status, {"Content-Type": "text/html"}, f"<p>{words}</p>"

    return answer


def look_around(search, vault) -> None:
    for role in ("admin", "support", "user"):
        browser = sign_in(search.client(), getattr(vault, role))
        for name in ("overview", "profile", "people", "audit", "test-send", "settings", "microsoft-ended"):
            assert browser.get(reverse(name, args=["Alpha"]), follow=True).status_code < 500
        browser.get(reverse("person", args=["Alpha", vault.user.pk]))


def check(search, vault, auth_uri: str) -> None:
    look_around(search, vault)
    search.assert_clean(state_of(auth_uri), nonce_of(auth_uri))


def test_a_connection_leaves_no_token_behind(search, entra, vault, bob, leave):
    auth_uri = leave()
    grant(entra, auth_uri)
    id_token = json.loads(entra.tokens[0][2])["id_token"]
    address, query = callback(auth_uri, code=canaries.CODE, session_state="s")
    answer = bob.get(address, query)
    assert answer["Location"] == reverse("profile", args=["Alpha"])
    connection = Connection.objects.get()
    assert entra.token_requests[0]["code"] == canaries.CODE
    assert tokens.access_token(connection) == canaries.ACCESS_TOKEN
    entra.tokens.append(json_answer(entra.renewal(canaries.ACCESS_TOKEN + "2", canaries.REFRESH_TOKEN + "2")))
    entra.tokens.popleft()
    assert tokens.access_token(connection, force=True) == canaries.ACCESS_TOKEN + "2"
    look_around(search, vault)
    search.assert_clean(state_of(auth_uri), nonce_of(auth_uri), *id_token.split(".")[:2])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
@pytest.mark.parametrize("form", ["json", "html"])
def test_a_token_endpoint_that_repeats_the_request_is_not_quoted(
    search, entra, vault, bob, leave, status, form
):
    auth_uri = leave()
    entra.tokens.append(repeating(status, form))
    address, query = callback(auth_uri, code=canaries.CODE)
    assert bob.get(address, query, follow=True).status_code < 500
    assert not Connection.objects.exists()
    assert entra.token_requests[-1]["client_secret"] == canaries.CLIENT_SECRET
    check(search, vault, auth_uri)
    search.assert_clean(entra.token_requests[-1]["code_verifier"])


def test_an_answer_without_a_token_is_a_passing_fault(entra, vault):
    registration = registration_of(vault.company)
    flow = msal_app.start_flow(registration, login_hint="bob@people.example", prompt="login")
    grant(entra, flow["auth_uri"], access_token="")
    with pytest.raises(MicrosoftUnavailable):
        msal_app.redeem(registration, flow, {"state": flow["state"], "code": canaries.CODE})


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_refresh_that_is_refused_with_the_token_in_it_is_not_quoted(
    search, entra, vault, bob, leave, status
):
    auth_uri = leave()
    grant(entra, auth_uri)
    address, query = callback(auth_uri, code=canaries.CODE)
    bob.get(address, query)
    entra.tokens.append(repeating(status))
    entra.tokens.popleft()
    with pytest.raises(tokens.TokenError) as refused:
        tokens.access_token(Connection.objects.get(), force=True)
    search.saw("exception", f"{refused.value!r} {refused.value} {refused.value.raw}")
    assert entra.token_requests[-1]["refresh_token"] == canaries.REFRESH_TOKEN
    check(search, vault, auth_uri)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"aud": "another"}},
        {"claims": {"exp": 1}},
        {"claims": {"preferred_username": "other@people.example"}},
        {"scope": "openid"},
        {"refresh_token": ""},
        {"id_token": f"{canaries.ACCESS_TOKEN}.not.a.token"},
        {"access_token": ""},
    ],
)
def test_an_answer_that_is_rejected_leaves_none_of_it_behind(search, entra, vault, bob, leave, spoilt):
    auth_uri = leave()
    grant(entra, auth_uri, **spoilt)
    address, query = callback(auth_uri, code=canaries.CODE)
    assert bob.get(address, query, follow=True).status_code < 500
    check(search, vault, auth_uri)


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "access_denied", "error_description": "AADSTS65004: declined"},
        {"error": "consent_required", "error_description": "AADSTS65001: ask"},
        {
            "error": "server_error",
            "error_description": f"code={canaries.CODE}1 token={canaries.ACCESS_TOKEN}1",
        },
        {},
    ],
)
def test_declined_or_strange_callbacks_keep_code_and_state_to_themselves(
    search, entra, vault, bob, leave, answer
):
    auth_uri = leave()
    address, query = callback(auth_uri, **answer)
    assert bob.get(address, query, follow=True).status_code < 500
    check(search, vault, auth_uri)


def test_replayed_forged_and_foreign_callbacks_keep_code_and_state_to_themselves(
    search, entra, vault, bob, leave
):
    auth_uri = leave()
    grant(entra, auth_uri)
    address, query = callback(auth_uri, code=canaries.CODE)
    other = sign_in(search.client(), vault.colleague)
    signed_out = search.client()
    stranger = sign_in(search.client(), vault.stranger)
    for visitor in (other, signed_out, stranger):
        assert visitor.get(address, query, follow=True).status_code < 500
    forged = query | {"state": canaries.CODE}
    assert bob.get(address, forged, follow=True).status_code == 200
    assert PendingFlow.objects.count() == 1
    assert bob.get(address, query)["Location"] == reverse("profile", args=["Alpha"])
    assert bob.get(address, query, follow=True).status_code == 200
    assert AuditEvent.objects.filter(action="connection.refused").exists()
    check(search, vault, auth_uri)


@pytest.mark.parametrize(
    "body", ["{", "[]", '"x"', f"code={canaries.CODE}&access_token={canaries.ACCESS_TOKEN}"]
)
def test_an_answer_msal_cannot_read_is_not_logged(search, entra, vault, bob, leave, body):
    auth_uri = leave()
    entra.tokens.append((200, {"Content-Type": "application/json"}, body))
    address, query = callback(auth_uri, code=canaries.CODE)
    assert bob.get(address, query, follow=True).status_code < 500
    check(search, vault, auth_uri)


def test_the_exceptions_of_the_sign_in_hold_no_secret_in_any_attribute(search, entra, vault, bob, leave):
    registration = registration_of(vault.company)
    search.saw("registration", repr(registration))
    for answer in (repeating(400), repeating(503), (200, {}, "{")):
        flow = msal_app.start_flow(registration, login_hint="bob@people.example", prompt="login")
        entra.tokens.clear()
        entra.tokens.append(answer)
        with pytest.raises(Exception, match="Microsoft") as refused:
            msal_app.redeem(registration, flow, {"state": flow["state"], "code": canaries.CODE})
        search.saw("exception", f"{refused.value!r} {refused.value} {vars(refused.value)}")
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
    search.assert_clean()


def test_the_grant_shows_no_token(entra, vault):
    registration = registration_of(vault.company)
    flow = msal_app.start_flow(registration, login_hint="bob@people.example", prompt="login")
    grant(entra, flow["auth_uri"])
    brought = msal_app.redeem(registration, flow, {"state": flow["state"], "code": canaries.CODE})
    renewed = msal_app.Renewal((), canaries.ACCESS_TOKEN, canaries.REFRESH_TOKEN.encode())
    shown = f"{brought!r} {renewed!r} {msal_app.CachedToken(False, canaries.ACCESS_TOKEN)!r}"
    assert canaries.found_in(shown.encode()) == []
    assert "Grant(claims=" in shown
