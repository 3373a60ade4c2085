"""Refusals without a known code or sentence: what they speak of and what they say of it tells the cause."""

import pytest

from diagnosis.explain import explain


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("550 The sender's address you gave is not permitted here", "send_as_denied"),
        ("554 Envelope from differs from your login", "send_as_denied"),
        ("You do not have the permission to send the message on behalf of anna", "send_as_denied"),
        ("4.4.62 This mail came to the wrong region", "smtp_relay_denied"),
        ("Client was not authenticated, or: must issue STARTTLS command first", "starttls_required"),
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
        ("550 User has no permission", "smtp_auth_disabled_mailbox"),
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
        ("No token for the mailbox (53003)", "conditional_access_blocked"),
        ("No token for the mailbox, code 50057", "user_account_disabled"),
        ("Code=-50000: the required device state", "device_not_compliant"),
        ("The required field 'scope' is missing from the credential", "request_parameter_missing"),
        ("The user did not consent to the app", "user_declined_consent"),
        ("Interrupted: password reset or password registration entry", "mfa_enrollment_required"),
        ("This grant type is not served over the /common endpoint", "tenant_specific_endpoint_required"),
        (
            "For Microsoft Entra users only. Please choose another endpoint",
            "app_single_tenant_common_endpoint",
        ),
        ("The assertion failed signature validation", "client_certificate_not_registered"),
        ("The program gave invalid client credentials", "client_secret_invalid"),
        ("The resource principal is missing", "resource_not_in_tenant"),
        ("Not among those listed in the requested permissions", "app_permission_not_configured"),
        ("A value for the input parameter scope that is none", "scope_invalid"),
        ("The person isn't assigned to a role of this app", "user_not_assigned_to_app"),
        ("Nobody consented to use the application", "consent_missing"),
        ("The user could not be silently signed in", "consent_missing"),
        ("The account must be added to the directory", "user_not_in_tenant"),
        ("Sign-in was blocked: an address with malicious activity", "account_locked_or_malicious_ip"),
        ("The check of credential validation on username or password failed", "user_password_wrong"),
        ("The user is required to use multifactor authentication", "mfa_enrollment_required"),
        ("Refused during strong authentication", "mfa_required"),
        ("An external security challenge was not met", "mfa_required"),
        ("Device authentication failed", "device_not_compliant"),
        ("Issued to a single page app, and over", "refresh_token_expired"),
        ("The session ended with a recent password change", "refresh_token_revoked"),
        ("The grant is older than the TokensValidFrom date", "refresh_token_revoked"),
        ("No more consent for apps without verified publishers", "admin_consent_required"),
        ("The token has expired or been revoked", "refresh_token_revoked"),
        ('{"error": "invalid_grant", "suberror": "basic_action"}', "mfa_required"),
        ('{"error": "invalid_grant", "suberror": "token_expired"}', "refresh_token_expired"),
        ('{"suberror": "protection_policy_required"}', "device_not_compliant"),
        ("There is nobody: we didn't find an account with that name", "user_not_in_tenant"),
        ("The application has been disabled", "app_disabled_in_tenant"),
        ("The flow token expired", "auth_code_expired_or_reused"),
        ("Another code_challenge supplied before", "request_malformed"),
        ("A client loop was seen", "token_request_loop"),
        ("Error of the server when authenticating an MSA user", "provider_temporarily_unavailable"),
        ("There are too many incoming requests", "provider_throttled"),
        ("Access is blocked by security defaults", "conditional_access_blocked"),
        ("Access to the firm's tenant is denied", "tenant_restrictions_blocked"),
        ("OAUTH_CLIENT_DISABLED: the app or the account", "oauth_client_disabled"),
        ("https://adfs.firm-x.example/adfs/trust returned error: ID3035", "request_malformed"),
        ("https://adfs.firm-x.example/adfs/trust returned error: ID3242", "user_password_wrong"),
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
        ("This browser or app may not be secure", "oauth_embedded_browser_blocked"),
        ("Your institution's admin needs to review it", "admin_consent_required"),
        ("It doesn't comply with Google's OAuth 2.0 policy. Register the redirect URI", "redirect_uri_mismatch"),
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


NOISE = {
    "a PHP trace": ("", " at SmtpTransport.php:350\n#0 Transport/SmtpTransport.php(554): assert()\n#1 Mailer.php(535)"),
    "a Java trace": ("MailSendException: ", "\n\tat JavaMailSenderImpl.doSend(JavaMailSenderImpl.java:447)"),
    "a log line": ("app[550]: level=error took=535ms msg=", " retry_in=421s"),
    "a setting": ("opening to a.example:587, timeout=300, options=array()\n", "\nSMTP connect() failed."),
    "what a person writes": ("Since yesterday: ", "\nThe password is correct, nothing was changed."),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), NOISE.values(), ids=NOISE.keys())
@pytest.mark.parametrize(
    ("raw", "stage", "cause"),
    [
        ("read ECONNRESET", "smtp_connect", "smtp_connection_dropped"),
        ("451 4.3.0 queue trouble", "smtp_mail", "provider_temporarily_unavailable"),
        ("550 Relaying is not allowed", "smtp_mail", "smtp_relay_denied"),
        ("421 Service not available", "smtp_mail", "provider_temporarily_unavailable"),
        ('{"error":"invalid_grant"}', "token", "refresh_token_revoked"),
        ("SMTP Error: data not accepted.", "smtp_mail", "message_content_blocked"),
    ],
)
def test_what_stands_around_a_refusal_changes_nothing(raw, stage, cause, before, after):
    assert explain(before + raw + after, stage=stage, provider="google").cause == cause


@pytest.mark.parametrize(
    ("when", "cause"),
    [("2019-05-06 07:08 ", "user_password_wrong"), ("2024-05-06 07:08 ", "incoming_basic_auth_disabled")],
)
def test_a_refused_password_of_long_ago_was_wrong(when: str, cause: str) -> None:
    found = explain(f"{when}NO LOGIN failed.", stage="imap_auth", provider="microsoft", flow="basic")
    assert found.cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("535 your password is not right", "user_password_wrong"),
        ("550 We won't relay that mail", "smtp_relay_denied"),
        ("The OAuth state was lost: state mismatch", "oauth_state_mismatch"),
        ("There is no refresh_token, so connect again", "refresh_token_not_issued"),
    ],
)
def test_the_step_is_guessed_where_nobody_says_it(raw: str, cause: str) -> None:
    assert explain(raw).cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("State returned does not match the one of the request", "oauth_state_mismatch"),
        ("We could not find the refresh token: null", "refresh_token_not_issued"),
        ("The refresh token has been revoked", "refresh_token_revoked"),
        ("Reply URL is not registered", "redirect_uri_mismatch"),
        ("The client secret has expired", "client_secret_expired"),
        ("Wrong client secret", "client_secret_invalid"),
        ("A malformed scope was sent", "scope_invalid"),
        ("Your second factor is missing", "mfa_required"),
        ("Please register for MFA first", "mfa_enrollment_required"),
        ("Your admin has to approve", "admin_consent_required"),
        ("The user must change the password", "user_password_expired"),
        ("This user was deactivated", "user_account_disabled"),
    ],
)
def test_two_words_tell_why_a_grant_was_refused(raw: str, cause: str) -> None:
    assert explain(raw, stage="token", provider="microsoft", flow="delegated").cause == cause


@pytest.mark.parametrize(
    ("raw", "stage", "cause"),
    [
        ("s, or certificate credentials for added security", "token", "client_secret_expired"),
        ("n' nor 'client_secret' should be presented", "token", "app_registered_as_public_client"),
        ("ser. Send an interactive authorization request", "token", "consent_missing"),
        ("many times with an incorrect password", "token", "account_locked_or_malicious_ip"),
        ("new code or use an existing refresh token", "token", "auth_code_expired_or_reused"),
        ("dy must contain the following parameter: 'a'", "token", "request_parameter_missing"),
        ("found in either the request or implied", "token", "tenant_specific_endpoint_required"),
        ("not been installed by the administrator", "token", "app_not_found_in_tenant"),
        ("upported required device state", "token", "device_not_compliant"),
        ("Application 'x' (Mail) is disabled.", "token", "app_disabled_in_tenant"),
        ("No reply address provided", "authorize_redirect", "redirect_uri_not_registered"),
        ("r permissions can not be understood", "graph_send", "graph_permission_missing"),
        ("s not yet supported for this mailbox", "graph_send", "mailbox_missing_or_unlicensed"),
        ("ntAuthentication is disabled for the Tenant", "smtp_auth", "smtp_auth_disabled_tenant"),
        ("ntAuthentication is disabled for the Mailbox", "smtp_auth", "smtp_auth_disabled_mailbox"),
        ("the user credentials were incorrect", "smtp_auth", "user_password_wrong"),
        ("wser: https://support.google.com/mail/answer/78754", "smtp_auth", "google_sign_in_blocked"),
        ("wser: https://support.google.com/mail/answer/78754", "imap_auth", "google_sign_in_blocked"),
    ],
)
def test_a_sentence_is_known_where_its_beginning_was_cut_off(raw: str, stage: str, cause: str) -> None:
    assert explain(raw, stage=stage).cause == cause


@pytest.mark.parametrize(
    ("raw", "stage", "cause"),
    [
        ("SMTP AUTH is disabled here", "smtp_auth", "smtp_auth_disabled_tenant"),
        ("SMTP AUTH is disabled for this mailbox", "smtp_auth", "smtp_auth_disabled_mailbox"),
        ("This user is blocked from signing in", "token", "user_account_disabled"),
        ("Your client lacks Mail.Send", "graph_send", "graph_permission_missing"),
        ("The file is too big", "graph_send", "message_too_large"),
        ("There is no Send As permission", "graph_send", "send_as_denied"),
    ],
)
def test_what_a_program_says_in_words_of_its_own(raw: str, stage: str, cause: str) -> None:
    assert explain(raw, stage=stage).cause == cause


@pytest.mark.parametrize(
    ("raw", "stage", "cause"),
    [
        ("Recipient count exceeds the maximum of 20", "smtp_mail", "too_many_recipients"),
        ("554 more than 1000 bytes in this message", "smtp_mail", "message_too_large"),
        (
            "554 The message could not be saved here. Retry later.",
            "smtp_mail",
            "provider_temporarily_unavailable",
        ),
        ("450 your HELO/EHLO name does not match your DNS", "smtp_connect", "ehlo_hostname_rejected"),
        ("554 5.7.3 Unable to initialize security subsystem", "smtp_tls", "starttls_not_supported"),
        ("EHLO without being connected", "smtp_connect", "smtp_connection_dropped"),
        ("550 Skrzynka adresata jest pełna", "smtp_mail", "mailbox_full"),
        ("552 Messaggio troppo grande", "smtp_mail", "message_too_large"),
        ("Application moins sécurisée bloquée", "imap_auth", "google_sign_in_blocked"),
        ("1 NO LOGIN failed. 2 BAD Command received in Invalid state.", "imap_auth", "user_password_wrong"),
        ("the state is undefined, expectedState: 'a'", "authorize_redirect", "oauth_state_mismatch"),
        ("Error: invalid_request at xoauth2/index.js", "smtp_auth", "request_malformed"),
    ],
)
def test_classes_met_in_public_threads(raw: str, stage: str, cause: str) -> None:
    assert explain(raw, stage=stage).cause == cause


@pytest.mark.parametrize(
    "program", ["nodemailer@4.7.0", "PHPMailer 5.2.2", "php/5.4.4", "Exim 4.4.1", "MailKit version: 4.3.0"]
)
def test_the_version_of_a_program_is_no_code(program: str) -> None:
    found = explain(f"535 no ({program})", stage="smtp_auth", provider="other", flow="basic")
    assert found.cause == "user_password_wrong"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("AADSTS53005: blocked by conditional access", "conditional_access_blocked"),
        ("Invalid HELO/EHLO name", "ehlo_hostname_rejected"),
        ("the OAuth flow ended: client authentication failed", "client_secret_invalid"),
        ("Mailbox was not found", "recipient_invalid"),
        ("The external account exists in another tenant", "user_not_in_tenant"),
        ("Refused by a policy of conditional access", "conditional_access_blocked"),
        ("This policy requires a compliant device", "device_not_compliant"),
        ("Two-step: the user must use multifactor authentication", "mfa_required"),
        ('{"code": "ErrorMissingEmailAddress"}', "mailbox_missing_or_unlicensed"),
    ],
)
def test_a_text_alone_shows_where_it_comes_from(raw: str, cause: str) -> None:
    assert explain(raw).cause == cause


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        ("110", "smtp_connection_timeout"),
        ("10060", "smtp_connection_timeout"),
        ("111", "smtp_connection_refused"),
        ("10061", "smtp_connection_refused"),
        ("104", "smtp_connection_dropped"),
        ("10053", "smtp_connection_dropped"),
        ("11004", "smtp_host_not_found"),
    ],
)
@pytest.mark.parametrize(
    "form", ["Socket error # {}", "errno: {}", "[WinError {}]", "(os error {})", "Error code {}"]
)
def test_a_socket_s_error_is_known_by_its_number(form: str, number: str, cause: str) -> None:
    assert explain(form.format(number), stage="smtp_connect", provider="other").cause == cause


def test_a_number_after_any_error_is_none_of_a_socket_elsewhere() -> None:
    assert explain("550 error 111", stage="smtp_mail", provider="other").cause == "recipient_invalid"


def test_a_code_after_the_name_of_a_program_is_a_code() -> None:
    found = explain("SERVER -> CLIENT: 5.2.2 no", stage="smtp_mail", provider="other", flow="basic")
    assert found.cause == "mailbox_full"


@pytest.mark.parametrize(
    ("raw", "stage", "cause"),
    [
        ("550 Cannot resolve your domain", "smtp_mail", "sender_address_malformed"),
        ("550 Host unknown", "smtp_mail", "recipient_invalid"),
        ("Host unknown", "smtp_mail", "smtp_host_not_found"),
        ("550 Rejected by RBL", "smtp_mail", "sending_ip_or_tenant_blocked"),
        ("550 You are not authorized to send as her", "smtp_mail", "send_as_denied"),
        ("sender address not permitted", "smtp_mail", "send_as_denied"),
        ("452 The user has no space", "smtp_mail", "mailbox_full"),
        ("Password not accepted from server", "smtp_auth", "user_password_wrong"),
        ("SSL alert number 45", "smtp_tls", "tls_cert_expired"),
        ("SSL alert number 48", "smtp_tls", "tls_cert_untrusted"),
        ("SEC_E_WRONG_PRINCIPAL", "smtp_tls", "tls_cert_hostname_mismatch"),
        ("SEC_E_INVALID_TOKEN", "smtp_tls", "tls_port_mode_mismatch"),
        ("Le certificat a expiré", "smtp_tls", "tls_cert_expired"),
        ("java.net.NoRouteToHostException", "smtp_connect", "smtp_connection_timeout"),
        ("Response status code does not indicate success: 403", "graph_send", "graph_permission_missing"),
        ("<Response [429]>", "graph_other", "provider_throttled"),
        ("503", "token", "provider_temporarily_unavailable"),
        ("Your password was rejected", "imap_auth", "user_password_wrong"),
        ("-ERR that user unknown", "pop_auth", "user_password_wrong"),
        ("IMAP is turned off here", "imap_auth", "imap_pop_access_disabled"),
        ("ResourceNotFound", "graph_send", "mailbox_missing_or_unlicensed"),
        ("550 HELO rejected", "smtp_connect", "ehlo_hostname_rejected"),
        ("Unknown state", "authorize_redirect", "oauth_state_mismatch"),
        ("Requested action not taken: User suspended", "smtp_mail", "recipient_invalid"),
        ("KeyError: 'refresh_token'", "token", "refresh_token_not_issued"),
        ("https://login.microsoftonline.com/x/token 404 Not Found", "token", "tenant_id_wrong"),
    ],
)
def test_names_and_numbers_that_stand_alone(raw: str, stage: str, cause: str) -> None:
    assert explain(raw, stage=stage).cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("Outgoing server (SMTP) mail.x.example is unknown.", "smtp_host_not_found"),
        ("The server may be unavailable or is refusing SMTP connections.", "smtp_connection_refused"),
        ("The connection was lost in the middle of the transaction.", "smtp_connection_dropped"),
        ("Cannot connect to server. (SMTP response is 0 length)", "smtp_connection_dropped"),
        ("using STARTTLS since it doesn't advertise that feature", "starttls_not_supported"),
        ("The server does not seem to support encrypted passwords.", "smtp_auth_not_offered"),
        ("The certificate is not currently valid.", "tls_cert_expired"),
        ("ClientAuthError: interaction_required", "mfa_required"),
        ("InteractionRequiredAuthError: Silent authentication was denied.", "consent_missing"),
    ],
)
def test_what_programs_show_in_their_own_windows(raw: str, cause: str) -> None:
    assert explain(raw).cause == cause
