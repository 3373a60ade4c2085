"""What must disappear from a text before anyone sees it, and what must stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redact import MASK, hide, redact

CANARY = "c4naryValueX9"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"client_secret={CANARY}&grant_type=refresh_token",
        f'{{"refresh_token": "{CANARY}", "scope": "Mail.Send"}}',
        f"{{'access_token': '{CANARY}'}}",
        f'{{\\"password\\": \\"{CANARY} and more\\"}}',
        f"[client_secret] => {CANARY}",
        f"password: {CANARY}",
        f"smtpPassword={CANARY};",
        f"GET /acme/oauth/microsoft/callback?code={CANARY}&session_state=1",
        f"/callback?state={CANARY}",
        f"state%3D{CANARY}",
        f"client_assertion={CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"Authorization: Basic {CANARY}",
        f"user=anna@firm.example\x01auth=Bearer {CANARY}\x01\x01",
        f"Cookie: sessionid={CANARY}; theme=dark",
        f"AUTH PLAIN {CANARY}",
        f"AUTH XOAUTH2 {CANARY}==",
        f"A1 AUTHENTICATE XOAUTH2 {CANARY}",
        f"S: 334 UGFzc3dvcmQ6\nC: {CANARY}\nS: 535 5.7.8 refused",
        f"smtp://robot:{CANARY}@mail.firm.example:587",
        f"-----BEGIN PRIVATE KEY-----\nMII{CANARY}\n-----END PRIVATE KEY-----",
        f"the value abc8Q~{CANARY}-and.more is wrong",
        f"ya29.{CANARY}",
        f"blob {CANARY * 4}",
    ],
)
def test_a_secret_disappears(text):
    shown = redact(text)
    assert CANARY not in shown
    assert MASK in shown


def test_a_jwt_disappears_even_when_it_was_cut_off():
    assert redact(f"token {JWT} refused") == f"token {MASK} refused"
    assert "eyJ" not in redact(JWT[:30])


def test_a_google_app_password_disappears_in_its_four_groups():
    assert "efgh" not in redact('password is "abcd efgh ijkl mnop"')


@pytest.mark.parametrize(
    "text",
    [
        "AADSTS7000215: Invalid client secret provided. Trace ID: 1f6a92a9-f3a8-4071-889a-6a2ea88d9500",
        "error=consent_required&error_description=AADSTS65004%3a+User+declined+to+consent+to+access+the+app.",
        '{"error":{"code":"InvalidInternetMessageHeaderCollection","message":"too many"}}',
        "535 5.7.139 Authentication unsuccessful [AM0PR06CA0126.prod.outlook.example 08DC2D372B4C3DED]",
        "Invalid Username/Password: 535 5.7.3 Authentication unsuccessful",
        "250-AUTH LOGIN PLAIN XOAUTH2 OAUTHBEARER",
        "Microsoft.IdentityModel.Clients.ActiveDirectory.AdalException: code: 'ERR_TLS_CERT_ALTNAME_INVALID'",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        "Basic authentication is disabled. Bearer token is missing.",
        "https://learn.microsoft.com/entra/identity-platform/certificate-credentials",
        "MSALCorrelationIDKey=5A9FB17C-6384-4398-B7C3-2A7AE2A227A9",
    ],
)
def test_what_helps_a_person_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "echo",
    ["tulip/3 & co", "tulip%2F3+%26+co", "dHVsaXAvMyAmIGNv", "tulip/3 &amp; co", "tulip%2F3%20%26%20co"],
)
def test_a_value_that_was_just_told_is_hidden_in_each_of_its_forms(echo):
    assert hide(f"535 no such password: {echo}.", "tulip/3 & co") == f"535 no such password: {MASK}."


def test_too_short_a_value_is_left_since_the_words_around_it_would_go():
    assert hide("535 go away", "a", "") == "535 go away"


@given(st.text(max_size=400))
def test_any_text_can_be_redacted_twice_with_the_same_result(text):
    once = redact(text)
    assert redact(once) == once


def test_an_error_number_behind_a_suberror_stays():
    text = "invalid_grant, bad_token: AADSTS50173: The grant was revoked."
    assert redact(text) == text
