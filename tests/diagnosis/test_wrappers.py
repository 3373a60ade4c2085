"""The same reply means the same in the wrappings of every client library."""

import json
from urllib.parse import quote

import pytest

from diagnosis.explain import explain

REPLIES = (
    ("535", "5.7.139", "nein, basic authentication is disabled", "smtp_basic_auth_disabled"),
    ("535", "5.7.139", "SmtpClientAuthentication is disabled for the Mailbox", "smtp_auth_disabled_mailbox"),
    ("530", "5.7.57", "nein", "smtp_not_authenticated"),
    ("550", "5.7.60", "nein", "send_as_denied"),
    ("550", "5.1.10", "nein", "recipient_invalid"),
    ("550", "5.7.509", "nein", "sender_domain_authentication_failed"),
    ("550", "5.7.708", "nein", "sending_ip_or_tenant_blocked"),
    ("554", "5.2.252", "nein", "send_as_denied"),
    ("552", "5.3.4", "nein", "message_too_large"),
    ("451", "4.7.500", "nein", "provider_throttled"),
    ("451", "5.7.3", "STARTTLS needed", "starttls_required"),
)
WRAPPERS = {
    "java": "com.sun.mail.smtp.SMTPSendFailedException: {code} {status} {text}\n\tat com.sun.mail",
    "java nested": "MailSendException: nested exception is javax.mail.MessagingException:\n{code} {status} {text}",
    "net": "System.Net.Mail.SmtpException: The SMTP server requires a secure connection or the client was not "
    "authenticated. The server response was: {status} {text}",
    "mailkit": "MailKit.Net.Smtp.SmtpCommandException: {status} {text}\n   at MailKit.Net.Smtp.SmtpClient.Send",
    "node": "Error: Mail command failed: {code} {status} {text} {{ code: 'EENVELOPE', responseCode: {code} }}",
    "swift": 'Expected response code "250" but got code "{code}", with message "{code} {status} {text}".',
    "phpmailer": "SMTP Error: data not accepted. Detail: {text} SMTP code: {code} Additional SMTP info: {status}",
    "python": "smtplib.SMTPDataError: ({code}, b'{status} {text}')",
    "ruby": "Net::SMTPFatalError ({code} {status} {text}\n):",
    "go": 'level=error msg="send failed" err="gomail: could not send email 1: {code} {status} {text}"',
    "postfix": "to=<a@b.example>, relay=mx.b.example[192.0.2.7]:587, dsn={status}, status=bounced (host mx.b.example"
    "[192.0.2.7] said: {code} {status} {text} (in reply to end of DATA command))",
    "report": "Action: failed\nStatus: {status}\nDiagnostic-Code: smtp;{code} {status} {text}\nRemote-MTA: b",
    "two lines": "{code}-{status} {text}\r\n{code} {status} see our pages",
    "html": "<html><body><h1>Mail not sent</h1><pre>{code}&nbsp;{status} {text}</pre></body></html>",
}


@pytest.mark.parametrize(("code", "status", "text", "cause"), REPLIES)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_reply_means_the_same_in_every_wrapping(wrapper, code, status, text, cause):
    raw = WRAPPERS[wrapper].format(code=code, status=status, text=text)
    assert explain(raw, provider="microsoft").cause == cause
    assert explain(json.dumps({"error": raw}), provider="microsoft").cause == cause
    assert explain(f"/failed?reason={quote(raw)}", provider="microsoft").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("SSL_write: protocol is shutdown", "smtp_connection_dropped"),
        ("Unexpected socket close code: 'ESOCKET'", "smtp_connection_dropped"),
        ("SMTP NOTICE: EOF caught while reading", "smtp_connection_dropped"),
        ("554 no, you are not allowed to connect here", "sending_ip_or_tenant_blocked"),
        ("554 the header lines are not RFC compliant", "message_format_rejected"),
        ("421 4.7.1 put off for excessive volume", "provider_throttled"),
        ("450 4.1.1 unverified address, verification in progress", "provider_temporarily_unavailable"),
        ("552 5.2.2 mailbox size limit", "mailbox_full"),
        ("550 we refuse spoofed mail", "sender_domain_authentication_failed"),
        ("550 5.1.8 bad system address", "sender_address_malformed"),
        ("550 an unauthenticated sender may not", "smtp_not_authenticated"),
        ("no sender signature for this address", "send_as_denied"),
        ("553 local user only", "send_as_denied"),
        ("554 missing final '@domain'", "sender_address_malformed"),
        ("525 5.7.1 unauthorized IP address", "sending_ip_or_tenant_blocked"),
        ("host mx.b.example refused to talk to me: 554 go away", "sending_ip_or_tenant_blocked"),
        ("550 helo/hostname mismatch", "ehlo_hostname_rejected"),
        ("550 5.7.1 against the email policy of b.example - gcdp", "message_content_blocked"),
        ("553 relaying disallowed", "smtp_relay_denied"),
        ("553 relaying disallowed as other@firm.example", "send_as_denied"),
        ("503 5.5.2 say hello first", "ehlo_hostname_rejected"),
        ("not listed in Domino", "recipient_invalid"),
        ("550 too many messages on this account", "mailbox_full"),
        ("451 too many messages, wait", "provider_throttled"),
        ("550 5.7.1 message refused", "message_content_blocked"),
        ("550 a protocol violation", "message_format_rejected"),
        ("421 4.7.0 not in whitelist", "sending_ip_or_tenant_blocked"),
        ("550 5.7.0 [SPF] a host may not", "sender_domain_authentication_failed"),
        ("550 5.7.1 does not want your mail", "recipient_restricted"),
        ("553 host denies the sender", "sender_address_malformed"),
        ("553 host denies relay", "smtp_relay_denied"),
        ("554 the attachment is too big", "message_too_large"),
        ("552 exceeded mailsize", "message_too_large"),
        ("451 out of allow RCPT", "too_many_recipients"),
        ("550 that user not exist", "recipient_invalid"),
        ("501 bad address syntax", "recipient_invalid"),
        ("421 HL:ICC", "provider_throttled"),
        ("451 MI:SFQ a1", "provider_throttled"),
        ("554 MI:STC a1", "sending_limit_reached"),
        ("450 RP:DRC", "too_many_recipients"),
        ("554 HL:IPB 192.0.2.7", "sending_ip_or_tenant_blocked"),
        ("554 DT:SPM", "message_content_blocked"),
        ("554 DT:SUM", "send_as_denied"),
        ("no mechanism available", "smtp_auth_not_offered"),
        ("[Error: bad response on command 'AUTH']", "user_password_wrong"),
        ("501 5.5.2 Cannot decode response", "xoauth2_string_malformed"),
    ],
)
def test_words_where_no_code_decides(raw, cause):
    stage = "smtp_auth" if cause in ("user_password_wrong", "smtp_auth_not_offered") else "smtp_mail"
    assert explain(raw, stage=stage, provider="other").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("msmtp: cannot locate host mail.firm.example", "smtp_host_not_found"),
        ("Name service error for name=mail.firm.example type=A", "smtp_host_not_found"),
        ("NS_ERROR_NET_TIMEOUT", "smtp_connection_timeout"),
        ("the operation has reached its timeout", "smtp_connection_timeout"),
        ("the TLS connection was non-properly terminated", "smtp_connection_dropped"),
        ("TLS is needed but was not offered by host mail.firm.example", "starttls_not_supported"),
        ("cannot use a secure authentication method", "smtp_auth_not_offered"),
        ("certificate 2 of 3 has expired", "tls_cert_expired"),
        ("SEC_ERROR_UNKNOWN_ISSUER", "tls_cert_untrusted"),
        ("Server certificate not trusted", "tls_cert_untrusted"),
        ("No name matching mail.firm.example found", "tls_cert_hostname_mismatch"),
        ("SSL_ERROR_RX_RECORD_TOO_LONG", "tls_port_mode_mismatch"),
        ("SSL_ERROR_NO_CYPHER_OVERLAP", "tls_protocol_version_unsupported"),
        ("A TLS fatal alert has been received", "tls_protocol_version_unsupported"),
        ("Invalid mail server", "smtp_host_not_found"),
        ("an empty refresh token", "refresh_token_not_issued"),
        ("AADSTS70000: the grant has expired", "refresh_token_expired"),
    ],
)
def test_what_mail_programs_of_unix_and_browsers_say(raw, cause):
    assert explain(raw, provider="other").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("BAD DESTINATION MAILBOX ADDRESS", "recipient_invalid"),
        ("Mailbox has moved", "recipient_invalid"),
        ("Bad sender's system address", "sender_address_malformed"),
        ("Message length exceeds administrative limit", "message_too_large"),
        ("Mail system full", "provider_temporarily_unavailable"),
        ("Delivery time expired", "provider_temporarily_unavailable"),
        ("Mailing list expansion prohibited", "recipient_restricted"),
        ("Delivery not authorized, message refused", "message_content_blocked"),
        ("Media not supported", "message_format_rejected"),
        ("Routing loop detected", "recipient_invalid"),
    ],
)
def test_the_title_of_a_code_says_as_much_as_the_code(raw, cause):
    assert explain(raw).cause == cause
    assert explain(f"Undeliverable: {raw}.", stage="smtp_mail", provider="other").cause == cause


def test_the_reason_below_mailkits_list_of_all_reasons_counts():
    list_of_reasons = (
        "An error occurred while attempting to establish an SSL or TLS connection. "
        "1. The server is using a self-signed certificate which cannot be verified. "
        "2. The certificate presented by the server is expired or invalid. "
    )
    assert explain(f"{list_of_reasons} ---> the connected party did not properly respond").cause == (
        "smtp_connection_timeout"
    )
    assert explain(list_of_reasons).cause == "tls_cert_untrusted"


def test_an_app_in_testing_is_told_in_every_language_of_google():
    assert explain("Fehler 403: access_denied", stage="authorize_redirect", provider="google").cause == (
        "google_app_not_verified"
    )


def test_a_page_of_microsofts_front_door_passes():
    page = "<html><title>Service unavailable</title><p>Our services aren't available right now</p></html>"
    for stage in ("token", "graph_send"):
        assert explain(page, stage=stage, provider="microsoft").cause == "provider_temporarily_unavailable"


def test_exchanges_web_services_are_understood_where_nobody_says_the_stage():
    raw = "exchangelib.errors.ErrorNonExistentMailbox: nein"
    assert explain(raw).cause == "mailbox_missing_or_unlicensed"


def test_a_status_code_says_that_it_is_about_smtp():
    assert explain("4.7.26 Access denied, not signed").cause == "sender_domain_authentication_failed"


def test_imap_is_not_guessed_at_where_a_token_is_all_that_is_known():
    assert explain("Mailbox does not exist", flow="delegated").cause == "mailbox_missing_or_unlicensed"
