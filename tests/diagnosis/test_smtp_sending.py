"""SMTP replies to MAIL, RCPT and DATA."""

import pytest

from diagnosis.explain import explain
from diagnosis.retry import Retry


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("530 5.7.57 Client was not authenticated to send anonymous mail", "smtp_not_authenticated"),
        ("550 5.7.60 does not have permissions to send as this sender", "send_as_denied"),
        ("554 5.2.252 SendAsDenied; not allowed to send as", "send_as_denied"),
        ("432 4.3.2 Concurrent connections limit exceeded", "provider_throttled"),
        ("451 4.7.500 Server busy. Please try again later", "provider_throttled"),
        ("550 5.1.90 you've reached your daily limit", "sending_limit_reached"),
        ("550 5.7.232 exceeded its limit", "sending_limit_reached"),
        ("554 5.2.0 STOREDRV.Submission SubmissionQuotaExceededException", "sending_limit_reached"),
        ("554 5.2.0 OutboundSpamException WASCL UserAction verdict", "sender_blocked_for_spam"),
        ("550 5.1.8 bad outbound sender", "sender_blocked_for_spam"),
        ("550 5.7.708 traffic not accepted from this IP", "sending_ip_or_tenant_blocked"),
        ("550 5.7.606 Access denied, banned sending IP", "sending_ip_or_tenant_blocked"),
        ("550 5.7.515 required authentication level", "sender_domain_authentication_failed"),
        ("550 5.7.54 Unable to relay recipient", "smtp_relay_denied"),
        ("550 5.7.64 TenantAttribution", "smtp_relay_denied"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "recipient_invalid"),
        ("550 5.4.1 Recipient address rejected: Access denied", "recipient_invalid"),
        ("550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", "recipient_restricted"),
        ("550 5.2.3 RESOLVER.RST.SendSizeLimit.Sender", "message_too_large"),
        ("550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal", "message_format_rejected"),
        ("451 4.3.111 Temporary server error", "provider_temporarily_unavailable"),
    ],
)
def test_exchange(raw, cause):
    assert explain(raw, stage="smtp_mail", provider="microsoft", flow="basic").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("550-5.1.1 The email account that you tried to reach does not exist", "recipient_invalid"),
        ("553-5.1.2 We weren't able to find the recipient domain", "recipient_invalid"),
        ("550 5.4.5 Daily user sending limit exceeded", "sending_limit_reached"),
        ("550-5.5.3 Too many recipients", "too_many_recipients"),
        ("552-5.2.3 exceeded Google's message size limits", "message_too_large"),
        ("552-5.7.0 its content presents a potential security issue", "message_content_blocked"),
        ("550-5.7.1 likely unsolicited mail", "message_content_blocked"),
        ("550-5.7.1 unusual rate of\n550-5.7.1 unsolicited mail", "sending_ip_or_tenant_blocked"),
        ("550-5.7.26 the sender is unauthenticated", "sender_domain_authentication_failed"),
        ("550-5.7.30 DKIM did not pass - gsmtp", "sender_domain_authentication_failed"),
        ("550-5.7.1 Messages missing a valid address in From: header", "sender_address_malformed"),
        ("555 5.5.2 Syntax error", "sender_address_malformed"),
        ("RCPT failed: 555 5.5.2 Syntax error", "recipient_invalid"),
        ("550-5.7.0 Mail relay denied", "smtp_relay_denied"),
        ("530-5.7.0 Authentication Required.", "smtp_not_authenticated"),
        ("450 4.2.1 is receiving mail too quickly", "provider_throttled"),
        ("421-4.7.0 Try again later, closing connection. (EHLO)", "ehlo_hostname_rejected"),
    ],
)
def test_gmail(raw, cause):
    assert explain(raw, stage="smtp_mail", provider="google").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("553 5.7.1 Sender address rejected: not owned by user", "send_as_denied"),
        ("553 5.7.1 Sender address rejected: not logged in", "smtp_not_authenticated"),
        ("550 Sender address rejected: Domain not found", "sender_address_malformed"),
        ("501 5.1.7 Bad sender address syntax", "sender_address_malformed"),
        ("553 Relaying disallowed as a@firm.example", "send_as_denied"),
        ("554 Email address is not verified.", "send_as_denied"),
        ("550 not permitted to relay through this server without authentication", "smtp_not_authenticated"),
        ("554 5.7.1 Relay access denied", "smtp_relay_denied"),
        ("550 relay not permitted", "smtp_relay_denied"),
        ("550 5.1.1 Recipient address rejected: User unknown", "recipient_invalid"),
        ("550 No Such User Here", "recipient_invalid"),
        ("554 5.5.1 Error: no valid recipients", "recipient_invalid"),
        ("452 4.5.3 Error: too many recipients", "too_many_recipients"),
        ("552 5.3.4 Message size exceeds fixed limit", "message_too_large"),
        ("552 message line is too long", "message_format_rejected"),
        ("521 5.5.2 Error: bare <LF> received", "message_format_rejected"),
        ("554 5.7.1 blocked using zen.spamhaus.example", "sending_ip_or_tenant_blocked"),
        ("550 SPF check failed", "sender_domain_authentication_failed"),
        ("550 exceeded the max emails per hour", "sending_limit_reached"),
        ("454 Throttling failure: Maximum sending rate exceeded.", "provider_throttled"),
        ("450 4.2.0 Recipient address rejected: Greylisted", "provider_temporarily_unavailable"),
        ("452 4.3.1 Insufficient system storage", "provider_temporarily_unavailable"),
        ("554 5.7.1 Spam message rejected", "message_content_blocked"),
        ("550 High probability of spam", "message_content_blocked"),
    ],
)
def test_other_servers(raw, cause):
    assert explain(raw, stage="smtp_mail", provider="other", flow="basic").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("550 5.1.6 nein", "recipient_invalid"),
        ("550 5.2.1 nein", "recipient_invalid"),
        ("552 5.2.2 nein", "mailbox_full"),
        ("552 5.3.4 nein", "message_too_large"),
        ("451 4.4.1 nein", "provider_temporarily_unavailable"),
        ("554 5.6.3 nein", "message_format_rejected"),
        ("550 5.7.1 nein", "smtp_relay_denied"),
        ("550 nein", "recipient_invalid"),
        ("554 nein", "message_content_blocked"),
        ("451 nein", "provider_temporarily_unavailable"),
        ("530 nein", "smtp_not_authenticated"),
    ],
)
def test_the_status_code_decides_where_the_words_are_foreign(raw, cause):
    assert explain(raw, stage="smtp_mail").cause == cause


@pytest.mark.parametrize(
    ("raw", "retry"),
    [
        ("552 5.2.2 The recipient's mailbox is full", Retry.STOP_MESSAGE),
        ("452 4.2.2 The recipient's mailbox is full", Retry.WAIT),
        ("554 5.2.2 STOREDRV.Submission.Exception:QuotaExceededException", Retry.PAUSE_MAILBOX),
    ],
)
def test_whose_mailbox_is_full_decides_what_happens_to_the_message(raw, retry):
    explanation = explain(raw, stage="smtp_mail")
    assert (explanation.cause, explanation.retry) == ("mailbox_full", retry)
