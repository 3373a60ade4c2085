"""Refusals without a known code or sentence: what they speak of and what they say of it tells the cause."""

import pytest

from diagnosis.explain import explain


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("550 The sender's address you gave is not permitted here", "send_as_denied"),
        ("554 Envelope from differs from your login", "send_as_denied"),
        ("553 From field has no domain", "sender_address_malformed"),
        ("550 We won't relay that", "smtp_relay_denied"),
        ("550 You exceed what your plan gives", "sending_limit_reached"),
        ("450 too many mails from you this minute", "provider_throttled"),
        ("550 There is no space left in this inbox, it is over its allowance", "mailbox_full"),
        ("554 The size of this mail goes over the limit", "message_too_large"),
        ("550 The account firm-x is inactive since May", "recipient_invalid"),
        ("550 Message lacks a From: header", "message_format_rejected"),
        ("javax.mail.internet.AddressException: Illegal character", "recipient_invalid"),
        ("SMTP Error: data not accepted.", "message_content_blocked"),
        ("MailKit.Net.Smtp.SmtpCommandException: Syntax error", "sender_address_malformed"),
        ("503 Need RCPT before DATA", "recipient_invalid"),
        ("504 <x>: Recipient address rejected: need fully-qualified address", "recipient_invalid"),
        ("554 [SMTP gateway] MS Graph API said ErrorAccessDenied", "graph_permission_missing"),
        ("Failed: [550] unknown user", "recipient_invalid"),
    ],
)
def test_two_words_tell_what_a_server_refuses_in_the_sending(raw: str, cause: str) -> None:
    assert explain(raw, stage="smtp_mail", provider="other", flow="basic").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("535 you have exceeded the number of logins", "too_many_login_attempts"),
        ("550 an encrypted link is needed here", "starttls_required"),
        ("Your credentials were refused", "user_password_wrong"),
        ("no authenticators to be had", "smtp_auth_not_offered"),
        ("535 5.7.8 failed: the authentication server does not respond", "provider_temporarily_unavailable"),
        ('Missing credentials for "LOGIN"', "smtp_not_authenticated"),
    ],
)
def test_two_words_tell_why_a_sign_in_was_refused(raw: str, cause: str) -> None:
    assert explain(raw, stage="smtp_auth", provider="other", flow="basic").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("It is not supported over the /common endpoint", "app_single_tenant_common_endpoint"),
        ("The client secret keys of the app are past their date", "client_secret_expired"),
        ("App 'x' was not found in the directory 'y'", "app_not_found_in_tenant"),
        ("The user has not consented to use the application", "consent_missing"),
        ("You must use multi-factor authentication", "mfa_required"),
        ("The device is required to be managed", "device_not_compliant"),
        ("Tenant 'x' not found", "tenant_id_wrong"),
        ("7000222", "client_secret_expired"),
    ],
)
def test_entras_sentences_are_known_without_their_number(raw: str, cause: str) -> None:
    assert explain(raw, stage="token", provider="microsoft", flow="delegated").cause == cause


def test_a_number_inside_a_word_is_no_reply_code() -> None:
    assert not explain("x509 is all it says", stage="smtp_tls").is_recognised


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("It does not meet the criteria to access this resource", "conditional_access_blocked"),
        ("Your organization needs more information to keep your account secure", "mfa_enrollment_required"),
        ("Your account or password is incorrect", "user_password_wrong"),
        ("This browser or app may not be secure", "google_sign_in_blocked"),
        ("Your institution's admin needs to review it", "admin_consent_required"),
    ],
)  # fmt: skip
def test_what_stands_on_a_sign_in_page(raw: str, cause: str) -> None:
    assert explain(raw, stage="authorize_redirect").cause == cause


@pytest.mark.parametrize(
    ("description", "cause"),
    [
        ("Invalid JWT: Token must be a short-lived token", "client_assertion_time_invalid"),
        ("Invalid JWT Signature.", "client_certificate_not_registered"),
        ("Client is unauthorized to retrieve access tokens using this method", "admin_consent_required"),
        ("Missing code verifier.", "request_parameter_missing"),
        ("Invalid email or User ID", "user_not_in_tenant"),
    ],
)
def test_googles_descriptions_decide_beside_invalid_grant(description: str, cause: str) -> None:
    raw = f'{{"error":"invalid_grant","error_description":"{description}"}}'
    assert explain(raw, stage="token", provider="google").cause == cause


def test_a_dead_grant_is_told_where_mail_is_fetched_too() -> None:
    raw = "XOAUTH2: handler got: {'error': 'invalid_grant'}"
    assert explain(raw, stage="imap_auth", provider="google", flow="xoauth2").cause == "refresh_token_revoked"
