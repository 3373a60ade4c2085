"""SMTP greeting, STARTTLS and AUTH."""

import base64

import pytest

from diagnosis.explain import explain


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", "smtp_auth_disabled_tenant"),
        ("535 5.7.139 SmtpClientAuthentication is disabled for the Mailbox.", "smtp_auth_disabled_mailbox"),
        ("535 5.7.139 SmtpClientAuthentication ist für den Mandanten aus", "smtp_auth_disabled_tenant"),
        ("535 5.7.139 SmtpClientAuthentication ist für das Postfach aus", "smtp_auth_disabled_mailbox"),
        ("535 5.7.139 basic authentication is disabled.", "smtp_basic_auth_disabled"),
        ("535 5.7.139 grundläggande autentisering är avstängd", "smtp_basic_auth_disabled"),
        ("535 5.7.139 autenticazione di base non attiva", "smtp_basic_auth_disabled"),
        ("550 5.7.30 not supported for Client Submission", "smtp_basic_auth_disabled"),
        ("535 5.7.139 did not meet the criteria", "smtp_auth_blocked_by_policy"),
        ("535 5.7.139 locked by your organization's security defaults policy", "smtp_auth_blocked_by_policy"),
        ("535 5.7.139 la demande ne répondait pas aux critères", "smtp_auth_blocked_by_policy"),
        ("535 5.7.139 Autenticación incorrecta, bloqueado por la directiva", "smtp_auth_blocked_by_policy"),
        ("535 5.7.139 Autenticación incorrecta, revise las credenciales", "user_password_wrong"),
        ("535 5.7.139 the user credentials were incorrect", "user_password_wrong"),
        ("535 5.7.139 Authentication unsuccessful, the user crede", "user_password_wrong"),
        ("535 5.7.139 the account is locked", "account_locked_or_malicious_ip"),
        ("535 5.7.139 the password has expired", "user_password_expired"),
        ("535 5.7.3 Authentication unsuccessful", "smtp_auth_rejected_generic"),
        ("530 5.7.57 Client not authenticated to send mail", "smtp_not_authenticated"),
        ("451 5.7.3 STARTTLS is required to send mail", "starttls_required"),
        ("504 5.7.4 Unrecognized authentication type", "smtp_auth_not_offered"),
        ("454 4.7.0 Temporary authentication failure", "provider_temporarily_unavailable"),
    ],
)
def test_exchange_with_a_password(raw, cause):
    assert explain(raw, stage="smtp_auth", provider="microsoft", flow="basic").cause == cause


@pytest.mark.parametrize("flow", ["xoauth2", "delegated", "client_credentials", "ropc"])
def test_exchange_with_a_token(flow):
    explanation = explain("535 5.7.3 refused", stage="smtp_auth", provider="microsoft", flow=flow)
    assert explanation.cause == "xoauth2_token_rejected"
    assert explanation.who == ("tenant_admin" if flow == "client_credentials" else "company_admin")


@pytest.mark.parametrize(
    ("raw", "flow", "cause"),
    [
        ("535-5.7.8 Username and Password not accepted.", "basic", "user_password_wrong"),
        ("535-5.7.8 Username and Password not accepted.", "xoauth2", "xoauth2_token_rejected"),
        ("534-5.7.9 Application-specific password required.", "basic", "app_password_required"),
        ("534-5.7.9 Please log in with your web browser", "basic", "google_sign_in_blocked"),
        ("534-5.7.14 Please log in via your web browser", "basic", "google_sign_in_blocked"),
        ("454 4.7.0 Too many login attempts", "basic", "too_many_login_attempts"),
        ("501 5.5.2 Cannot Decode response", "xoauth2", "xoauth2_string_malformed"),
        ("530-5.7.0 Must issue a STARTTLS command first.", "basic", "starttls_required"),
    ],
)
def test_gmail(raw, flow, cause):
    assert explain(raw, stage="smtp_auth", provider="google", flow=flow).cause == cause


def test_the_base64_answer_to_a_token_is_read():
    answer = base64.b64encode(b'{"status":"401","schemes":"bearer mac"}').decode()
    explanation = explain(f"334 {answer}", stage="smtp_auth", provider="google", flow="xoauth2")
    assert explanation.cause == "xoauth2_token_rejected"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("535 Incorrect authentication data", "user_password_wrong"),
        ("535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "user_password_wrong"),
        ("535 Authentication credentials invalid", "user_password_wrong"),
        ("SMTP Error: Could not authenticate.", "user_password_wrong"),
        ("535 5.7.0 (#AUTH005) Too many bad auth attempts.", "app_password_required"),
        ("535 Application password is REQUIRED", "app_password_required"),
        ("421 4.7.0 Too many failed authentication attempts", "too_many_login_attempts"),
        ("535 authentication failed: Password expired", "user_password_expired"),
        ("SMTP AUTH extension not supported by server.", "smtp_auth_not_offered"),
        ("503 AUTH command used when not advertised", "smtp_auth_not_offered"),
        ("No suitable authentication method found.", "smtp_auth_not_offered"),
        ("538 5.7.11 Encryption required for this mechanism", "starttls_required"),
        ("501 Syntactically invalid EHLO argument(s)", "ehlo_hostname_rejected"),
        ("504 5.5.2 <localhost>: Helo command rejected", "ehlo_hostname_rejected"),
        ("550 Access denied - Invalid HELO name", "ehlo_hostname_rejected"),
    ],
)
def test_other_servers(raw, cause):
    assert explain(raw, stage="smtp_auth", provider="other", flow="basic").cause == cause


@pytest.mark.parametrize(
    ("smtp_code", "cause"),
    [(530, "smtp_not_authenticated"), (534, "app_password_required"), (535, "user_password_wrong")],
)
def test_the_reply_code_alone_where_the_text_says_nothing(smtp_code, cause):
    assert explain("no", stage="smtp_auth", flow="basic", smtp_code=smtp_code).cause == cause


def test_what_net_says_before_every_refusal_does_not_hide_the_reason():
    advice = "The SMTP server requires a secure connection or the client was not authenticated."
    raw = f"{advice} The server response was: 5.7.0 Must issue a STARTTLS command first."
    assert explain(raw, stage="smtp_mail").cause == "starttls_required"


def test_a_refusal_without_a_reason_lists_what_it_may_be():
    explanation = explain("535 5.7.3 no", stage="smtp_auth", provider="microsoft", flow="basic")
    assert "smtp_auth_disabled_mailbox" in explanation.alternatives
    assert "user_password_wrong" in explanation.alternatives
