"""IMAP and POP sign-in."""

import base64

import pytest

from diagnosis.explain import explain


@pytest.mark.parametrize(
    ("raw", "flow", "cause"),
    [
        ("A1 NO LOGIN failed.", "basic", "incoming_basic_auth_disabled"),
        ("NO Basic authentication is disabled.", "basic", "incoming_basic_auth_disabled"),
        ("A1 NO AUTHENTICATE failed.", "xoauth2", "xoauth2_token_rejected"),
        ("A1 BAD User is authenticated but not connected.", "xoauth2", "mailbox_access_not_granted"),
        ("A1 BAD Command Argument Error. 12", "xoauth2", "xoauth2_string_malformed"),
        ("CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS", "basic", "starttls_required"),
        ("Request is throttled. Suggested Backoff Time: 5000", "xoauth2", "provider_throttled"),
    ],
)
def test_exchange_by_imap(raw, flow, cause):
    assert explain(raw, stage="imap_auth", provider="microsoft", flow=flow).cause == cause


@pytest.mark.parametrize(
    ("raw", "flow", "cause"),
    [
        ("-ERR Logon failure: unknown user name or bad password.", "basic", "incoming_basic_auth_disabled"),
        ("-ERR Authentication failure: bad password.", "client_credentials", "xoauth2_token_rejected"),
        ("-ERR Protocol error. Connection is closed. 10", "xoauth2", "xoauth2_string_malformed"),
        ("-ERR Command is not valid in this state.", "basic", "starttls_required"),
    ],
)
def test_exchange_by_pop(raw, flow, cause):
    assert explain(raw, stage="pop_auth", provider="microsoft", flow=flow).cause == cause


@pytest.mark.parametrize(
    ("raw", "flow", "cause"),
    [
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "basic", "incoming_basic_auth_disabled"),
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "xoauth2", "xoauth2_token_rejected"),
        ("[ALERT] Application-specific password required", "basic", "app_password_required"),
        ("[ALERT] Please log in via your web browser", "basic", "google_sign_in_blocked"),
        ("[ALERT] Your account is not enabled for IMAP use.", "basic", "imap_pop_access_disabled"),
        ("[ALERT] Too many simultaneous connections. (Failure)", "basic", "provider_throttled"),
        ("Account exceeded command or bandwidth limits.", "xoauth2", "provider_throttled"),
        ("Invalid SASL argument.", "xoauth2", "xoauth2_string_malformed"),
    ],
)
def test_gmail(raw, flow, cause):
    assert explain(raw, stage="imap_auth", provider="google", flow=flow).cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("NO [AUTHENTICATIONFAILED] Authentication failed.", "user_password_wrong"),
        ("NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials", "app_password_required"),
        ("LOGIN Invalid credentials or IMAP is disabled", "imap_pop_access_disabled"),
        ("NO [PRIVACYREQUIRED] Plaintext authentication disallowed", "starttls_required"),
        ("NO [UNAVAILABLE] Temporary authentication failure.", "provider_temporarily_unavailable"),
        ("NO [EXPIRED] That password isn't valid any more", "user_password_expired"),
        ("[WinError 10061] actively refused", "smtp_connection_refused"),
    ],
)
def test_other_servers(raw, cause):
    assert explain(raw, stage="imap_auth", provider="other", flow="basic").cause == cause


def test_the_base64_answer_to_a_token_is_read():
    answer = base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}').decode()
    assert explain(f"+ {answer}", stage="imap_auth").cause == "xoauth2_token_rejected"
