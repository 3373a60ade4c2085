"""The same refusals as other programs, other years and other servers word them."""

import pytest

from diagnosis.explain import explain


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("AADSTS50001: Resource 'https://a.example' is disabled", "resource_disabled_in_tenant"),
        ("AADSTS50001: Resource 'https://a.example' is unknown", "resource_not_in_tenant"),
        ("In order to use /common/ the app must allow everybody", "app_single_tenant_common_endpoint"),
        ("The endpoint only accepts POST, OPTIONS. Received PUT", "request_malformed"),
    ],
)
def test_entra_in_other_words(raw: str, cause: str) -> None:
    assert explain(raw, stage="token", provider="microsoft", flow="delegated").cause == cause


def test_a_device_that_is_not_known_is_told_where_mail_is_sent_too() -> None:
    found = explain(
        "Device is not in required device state: known.", stage="graph_send", provider="microsoft"
    )
    assert (found.cause, found.alternatives) == ("device_not_compliant", ("conditional_access_blocked",))


@pytest.mark.parametrize("raw", ["501 5.5.124 no such data", "501 Invalid XOAUTH2 auth data - no user"])
def test_exchange_cannot_read_the_string_of_a_token(raw: str) -> None:
    found = explain(raw, stage="smtp_auth", provider="microsoft", flow="xoauth2")
    assert found.cause == "xoauth2_string_malformed"


@pytest.mark.parametrize(
    "raw",
    ["Login failed: Plaintext authentication disabled", "Disconnected (tried disallowed plaintext auth)"],
)
def test_a_mailbox_server_that_wants_tls_first_says_so_in_its_log(raw: str) -> None:
    assert explain(raw, stage="imap_auth", provider="other", flow="basic").cause == "starttls_required"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("unexpected response: b'220 mail.a.example ESMTP'", "tls_port_mode_mismatch"),
        ("imap_open(): TLS/SSL failure for a.example: SSL negotiation failed", "tls_protocol_version_unsupported"),
        ("All offered SOCKS5 authentication methods were rejected", "smtp_connection_timeout"),
        ("-ERR bad command; localhost: upgrade to TLS failed.", "starttls_not_supported"),
        ("NO System Error (Failure)", "provider_temporarily_unavailable"),
        ("Imap-LoginBadCredentialsException", "user_password_wrong"),
        ("LOGIN failed. Account is blocked.", "account_locked_or_malicious_ip"),
        ("php_network_getaddresses: gethostbyname failed. errno=11", "smtp_host_not_found"),
        ("not using LOGIN because connection is not encrypted", "starttls_required"),
        ("fetchmail: Authorization failure on a@b.example", "user_password_wrong"),
    ],
)  # fmt: skip
def test_mailboxes_in_other_words(raw: str, cause: str) -> None:
    assert explain(raw, stage="imap_auth", provider="other", flow="basic").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ('{:missing_requirement, "a.example", :tls}', "starttls_not_supported"),
        ("{:temporary_failure, 192.0.2.4, :tls_failed}", "tls_protocol_version_unsupported"),
        ("Could not create SSL/TLS secure channel.", "tls_protocol_version_unsupported"),
        ("couldn't establish a connection to the server", "smtp_connection_timeout"),
        ("Server is not accepting SMTP connections.", "smtp_connection_timeout"),
        ('source: "incomplete response"', "smtp_connection_dropped"),
        ("No mechansims supported by both server and client", "smtp_auth_not_offered"),
        ("454 Command not permitted when TLS active", "tls_port_mode_mismatch"),
        ("Failed to connect to a.example:465 [SMTP: (code: -1, response: )]", "tls_port_mode_mismatch"),
        ("554 5.0.0 failed: unknown sender address", "send_as_denied"),
        ("535 Authentication failed: not allowed with 2FA", "app_password_required"),
        ("4.3.5 Recipient address rejected: Server configuration problem.", "provider_temporarily_unavailable"),
        ("555 5.5.4 Unsupported option: AUTH=<>", "sender_address_malformed"),
        ("550 null sender is not allowed", "sender_address_malformed"),
        ("550 unroutable sender address", "sender_address_malformed"),
        ("550 sender is in my black list", "sender_blocked_for_spam"),
        ("550 Authentification requise. [402]", "smtp_not_authenticated"),
        ("550 please inspect your spf settings", "sender_domain_authentication_failed"),
        ("554 Access denied. IP name lookup failed", "sending_ip_or_tenant_blocked"),
        ("550 Relaying denied. IP name lookup failed", "smtp_relay_denied"),
        ("554 cannot find your hostname", "sending_ip_or_tenant_blocked"),
        ("554 currently sending spam", "sending_ip_or_tenant_blocked"),
        ("550 not configured to relay mail", "smtp_relay_denied"),
        ("552 no space left on device", "mailbox_full"),
        ("550 Envelope blocked - User Entry", "sender_blocked_for_spam"),
        ("You have been blocked by the recipient", "sender_blocked_for_spam"),
        ("550 5.1.0 not allowed to send from <a> per it's SPF Record", "sender_domain_authentication_failed"),
        ("553 you are trying to use me [a.example] as a relay", "smtp_relay_denied"),
        ("552 5.1.1 recipient rejected - quota violation", "mailbox_full"),
        ("554 5.2.3 MailPolicy violation", "message_content_blocked"),
        ("553 Message filtered.", "message_content_blocked"),
        ("550 Denied by policy", "message_content_blocked"),
        ("550 Blocked", "sending_ip_or_tenant_blocked"),
        ("554 a@b.example is no longer valid.", "recipient_invalid"),
        ("554 the domain is not reachable.", "recipient_invalid"),
        ("550 5.3.4 Not taken; please sign in to your account", "sender_blocked_for_spam"),
    ],
)  # fmt: skip
def test_senders_in_other_words(raw: str, cause: str) -> None:
    assert explain(raw, stage="smtp_mail", provider="other", flow="basic").cause == cause


@pytest.mark.parametrize(
    "raw", ["Error: connection has ended", "failed to close: not connected to SMTP server"]
)
def test_programs_name_a_connection_that_ended(raw: str) -> None:
    assert explain(raw, stage="smtp_connect", provider="other").cause == "smtp_connection_dropped"


@pytest.mark.parametrize(
    ("raw", "cause", "other"),
    [
        ("421-4.7.0 An unusual rate of unsolicited mail", "provider_throttled", "sending_ip_or_tenant_blocked"),
        ("550-5.7.1 An unusual rate of unsolicited mail", "sending_ip_or_tenant_blocked", "smtp_server_refused"),
        ("451 4.7.650 rate limited, IP reputation", "provider_throttled", "sending_ip_or_tenant_blocked"),
        ("451 4.7.650 refused for IP reputation", "sending_ip_or_tenant_blocked", "provider_throttled"),
        ("450 4.7.1 Number messages per hour exceeded", "provider_throttled", "sending_limit_reached"),
        ("450 4.7.3 Organization queue quota exceeded", "provider_throttled", "provider_temporarily_unavailable"),
        ("RCPT failed: 553", "recipient_invalid", "send_as_denied"),
        ("554 5.7.1 <a@b>: Recipient address rejected: Access denied", "recipient_invalid", "smtp_relay_denied"),
        ("535 5.7.0 (#AUTH005) Too many bad auth attempts", "app_password_required", "too_many_login_attempts"),
        ("554 <a[192.0.2.1]>: Client host rejected: Access denied", "smtp_relay_denied", "smtp_not_authenticated"),
    ],
)  # fmt: skip
def test_where_a_text_fits_two_causes_the_other_one_is_named(raw: str, cause: str, other: str) -> None:
    found = explain(raw, stage="smtp_mail", provider="other")
    assert found.cause == cause
    assert other in found.alternatives


def test_a_script_of_google_has_a_limit_of_its_own() -> None:
    found = explain("Service invoked too many times for one day: email", stage="smtp_mail", provider="google")
    assert found.cause == "sending_limit_reached"


def test_msal_says_a_state_is_not_the_same() -> None:
    raw = "Returned state(a) is not the same as the one sent(b)."
    assert explain(raw, stage="authorize_redirect", provider="microsoft").cause == "oauth_state_mismatch"


@pytest.mark.parametrize(
    ("flow", "cause"), [("xoauth2", "xoauth2_token_rejected"), ("basic", "user_password_wrong")]
)
def test_a_refusal_without_a_number_is_of_what_was_shown(flow: str, cause: str) -> None:
    for raw in ("Unable to authenticate", "Authentication failed.", "AuthenticationFailedException"):
        assert explain(raw, stage="smtp_auth", provider="other", flow=flow).cause == cause
    assert explain("Authentication failed.", stage="smtp_mail", provider="other", flow=flow).cause == cause


def test_what_is_wrong_with_a_domain_is_no_wrong_password() -> None:
    found = explain("Sender authentication failed", stage="smtp_mail", provider="other", flow="basic")
    assert found.cause != "user_password_wrong"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("kCFStreamErrorDomainSSL, -9836", "tls_protocol_version_unsupported"),
        ("CFNetwork SSLHandshake failed (-9807)", "tls_cert_untrusted"),
        ("CFNetwork SSLHandshake failed (-9814)", "tls_cert_expired"),
        ("CFNetwork SSLHandshake failed (-9843)", "tls_cert_hostname_mismatch"),
        ("SSLPeerUnverifiedException: Hostname a.example not verified", "tls_cert_hostname_mismatch"),
        ("peer subject name mismatch", "tls_cert_hostname_mismatch"),
        ("The certificate is self-signed, and untrusted", "tls_cert_untrusted"),
        ("ASN no signer error to confirm failure", "tls_cert_untrusted"),
        ("CRYPT_E_REVOCATION_OFFLINE (0x80092013)", "tls_cert_untrusted"),
        ("ASN date error, current date is after expiration", "tls_cert_expired"),
        ("SSL - An invalid SSL record was received : -0x7200", "tls_port_mode_mismatch"),
        ("SSL - Handshake protocol not within min/max boundaries", "tls_protocol_version_unsupported"),
        ("EIdOSSLConnectError Error connecting with SSL - EOF", "tls_protocol_version_unsupported"),
        ("NET - Failed to get an IP address for the given hostname", "smtp_host_not_found"),
        ("EMAIL:UNKNOWN_HOST", "smtp_host_not_found"),
        ("Socket was closed even though a response was expected", "smtp_connection_dropped"),
        ("unable to establish SMTP connection", "smtp_connection_timeout"),
    ],
)  # fmt: skip
def test_what_tls_libraries_of_devices_and_apps_say_of_a_connection(raw: str, cause: str) -> None:
    assert explain(raw, stage="smtp_tls", provider="other").cause == cause


def test_a_queue_id_with_the_digits_of_an_apple_number_is_no_certificate() -> None:
    found = explain(
        "550 5.1.1 User unknown a1b2-9807-c3d4", stage="smtp_mail", provider="other", smtp_code=550
    )
    assert found.cause == "recipient_invalid"


def test_curl_denied_a_login_with_a_token() -> None:
    found = explain("curl: (67) Login denied", stage="smtp_auth", provider="other", flow="xoauth2")
    assert found.cause == "xoauth2_token_rejected"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("* BYE Server shutting down.", "provider_temporarily_unavailable"),
        ("MCOErrorGmailTooManySimultaneousConnections", "provider_throttled"),
        ("NO [OVERQUOTA] Account exceeded command or bandwidth limits", "provider_throttled"),
        ("NO [OVERQUOTA] Quota exceeded (mailbox is full)", "mailbox_full"),
        ("NO [AUTHORIZATIONFAILED] User is disabled", "user_account_disabled"),
        ("NO User not found in mailbox database", "mailbox_missing_or_unlicensed"),
        ("NO [AUTHENTICATIONFAILED] NEOBHODIM parol prilozheniya", "app_password_required"),
        ("-ERR [AUTH] login failure or POP3 disabled, try later", "imap_pop_access_disabled"),
        ("-ERR [SYS/PERM] You are not allowed to use POP3", "imap_pop_access_disabled"),
    ],
)
def test_what_else_a_server_to_read_mail_answers(raw: str, cause: str) -> None:
    stage = "pop_auth" if raw.startswith("-") else "imap_auth"
    assert explain(raw, stage=stage, provider="other", flow="basic").cause == cause


def test_a_folder_that_is_not_there_is_no_missing_mailbox() -> None:
    found = explain("NO Mailbox doesn't exist: Sent Items", stage="imap_auth", provider="other", flow="basic")
    assert found.cause != "mailbox_missing_or_unlicensed"


def test_google_names_the_parameter_that_is_missing() -> None:
    raw = "Required parameter is missing: response_type\nError 400: invalid_request"
    found = explain(raw, stage="authorize_redirect", provider="google")
    assert found.cause == "request_parameter_missing"


def test_a_limit_of_each_connection_is_one_of_pace() -> None:
    found = explain("451 Mails per session limit", stage="smtp_mail", provider="other", smtp_code=451)
    assert found.cause == "provider_throttled"


@pytest.mark.parametrize(
    ("raw", "stage", "smtp_code", "cause"),
    [
        ("421 4.7.0 [TSS04] Messages temporarily deferred", "smtp_mail", 421, "provider_throttled"),
        (
            "553 5.7.2 [TSS09] All messages permanently deferred",
            "smtp_mail",
            553,
            "sending_ip_or_tenant_blocked",
        ),
        (
            "550 5.7.1 use an SMTP relay instead: support.google.com/mail/?p=NotAuthorizedError - gsmtp",
            "smtp_mail",
            550,
            "sending_ip_or_tenant_blocked",
        ),
        (
            "(550, b'Content denied, see the rules of this server')",
            "smtp_mail",
            550,
            "message_content_blocked",
        ),
        (
            "Error: state not valid (expected: aB3, received: xY9)",
            "authorize_redirect",
            None,
            "oauth_state_mismatch",
        ),
        (
            "401: invalid credentials. Expected OAuth 2 access token, login cookie",
            "token",
            None,
            "access_token_invalid",
        ),
    ],
)
def test_one_word_or_the_code_decides(raw: str, stage: str, smtp_code: int | None, cause: str) -> None:
    assert explain(raw, stage=stage, smtp_code=smtp_code).cause == cause
