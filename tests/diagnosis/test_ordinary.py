"""What support pastes most: the same few refusals in the words of programs that pass them on."""

import pytest

from diagnosis.explain import explain
from diagnosis.retry import Retry


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("SMTPRecipientsRefused: {'x@a.example': (451, b'4.3.0 Queue trouble')}", "provider_temporarily_unavailable"),
        ("SMTPRecipientsRefused: {'x@firm.example': (550, b'5.7.1 Mail looks like spam')}", "message_content_blocked"),
        ("SMTPRecipientsRefused: {'x@firm.example': (550, b'no')}", "recipient_invalid"),
        ("SendFailedException: Invalid Addresses; AddressFailedException: 550 Relaying denied", "smtp_relay_denied"),
        ("SMTP Error: The following recipients failed: x@firm.example: 452 4.3.1 Out of memory",
         "provider_temporarily_unavailable"),
    ],
)  # fmt: skip
def test_the_servers_words_count_for_more_than_the_exceptions_name(raw: str, cause: str) -> None:
    assert explain(raw).cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("Transaction failed. The server response was: Looks like a virus", "message_content_blocked"),
        (
            "Mailbox unavailable. The server response was: 4.2.1 Come back later",
            "provider_temporarily_unavailable",
        ),
        ("Mailbox unavailable. The server response was: relaying denied", "smtp_relay_denied"),
        ("Mailbox unavailable. The server response was: nobody of that name", "recipient_invalid"),
        ("Insufficient system storage. The server response was: disk", "provider_temporarily_unavailable"),
        ("Exceeded storage allocation. The server response was: 20 MB at most", "message_too_large"),
    ],
)
def test_the_sentences_of_dotnet_are_read_as_the_codes_they_stand_for(raw: str, cause: str) -> None:
    assert explain(f"System.Net.Mail.SmtpException: {raw}").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("Invalid greeting: 554 go away", "smtp_server_refused"),
        ('Expected response code "220" but got code "521", with message "521 no mail here"', "smtp_server_refused"),
        ("Could not connect to SMTP host: a.example, port: 25, response: 554\n\tat Transport", "smtp_server_refused"),
        ("SMTPConnectError: (421, b'come again')", "provider_temporarily_unavailable"),
        ("Invalid greeting: 451 connection refused, the host is overloaded", "provider_temporarily_unavailable"),
        ("554 mx.firm.example connection refused from 192.0.2.7", "sending_ip_or_tenant_blocked"),
    ],
)  # fmt: skip
def test_a_refused_greeting_is_known_without_the_stage(raw: str, cause: str) -> None:
    assert explain(raw).cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("failed_to_acquire_token_silently", "refresh_token_not_issued"),
        ("MsalUiRequiredException: no_account_in_silent_request", "refresh_token_not_issued"),
        ('{"error":{"code":"InvalidAudience","innerError":{}}}', "access_token_wrong_audience"),
        ("AADSTS70000: the refresh token is malformed", "request_malformed"),
        ("550 the From header is missing", "message_format_rejected"),
        ("550 Message is lacking: missing required header Date", "message_format_rejected"),
        ("554 the address is on the suppression list", "recipient_invalid"),
    ],
)
def test_names_and_general_words_decide(raw: str, cause: str) -> None:
    assert explain(raw).cause == cause


def test_a_greeting_that_never_came_may_be_a_server_that_does_not_answer() -> None:
    found = explain("Error: Greeting never received")
    assert found.cause == "tls_port_mode_mismatch"
    assert "smtp_connection_timeout" in found.alternatives


GREETED = (
    "S: 250-a.example\nS: 250-SIZE 35\nS: 250-AUTH LOGIN PLAIN XOAUTH2\nS: 250-STARTTLS\nS: 250 SMTPUTF8\n"
)


@pytest.mark.parametrize(
    ("rest", "cause"),
    [
        ("C: AUTH LOGIN\nS: 535 5.7.8 no", "user_password_wrong"),
        ("C: AUTH XOAUTH2 [hidden]\nS: 535 5.7.8 no", "xoauth2_token_rejected"),
        ("C: RCPT TO:<x@a.example>\nS: 550 relaying denied\nC: QUIT\nS: 221 closing connection", "smtp_relay_denied"),
        ("C: RCPT TO:<x@firm.example>\nS: 550 no such user", "recipient_invalid"),
    ],
)  # fmt: skip
def test_what_the_server_offers_in_a_copied_conversation_is_no_error(rest: str, cause: str) -> None:
    assert explain(GREETED + rest).cause == cause
    assert explain(GREETED.replace("S: 250-", "").replace("S: 250 ", "") + rest).cause == cause


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_client_that_tried_a_password_in_every_way_has_a_wrong_password(quote: str) -> None:
    tried = {"LOGIN": "535 5.7.8 no", "PLAIN": "535 5.7.8 no", "XOAUTH2": "334 eyJzdGF0dXMiOiI0MDAifQ=="}
    said = ". ".join(f"Authenticator {quote}{way}{quote} returned {answer}" for way, answer in tried.items())
    assert explain(f"Failed to authenticate on SMTP server. {said}").cause == "user_password_wrong"
    only_token = f"Authenticator {quote}XOAUTH2{quote} returned 535 5.7.8 no"
    assert explain(f"Failed to authenticate on SMTP server. {only_token}").cause == "xoauth2_token_rejected"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("connect EADDRNOTAVAIL 192.0.2.1:587", "smtp_connection_timeout"),
        ("[Errno 99] Cannot assign requested address", "smtp_connection_timeout"),
        ("[Errno 64] Host is down", "smtp_connection_timeout"),
        ("dial tcp: lookup mx.firm.example on 127.0.0.11:53: server misbehaving", "smtp_host_not_found"),
        ("queryA ESERVFAIL mx.firm.example", "smtp_host_not_found"),
        ("ServiceNotConnectedException: the client is not connected", "smtp_connection_dropped"),
        ("SMTP permanent error (512)", "recipient_invalid"),
        ("this e-mail has no valid recipient", "recipient_invalid"),
        ("SMTP IO error: try again (os error 11)", "smtp_connection_timeout"),
        ("SSL_connect SYSCALL returned=5 errno=0", "smtp_connection_dropped"),
        ("AADSTS65007: nein", "app_permission_not_configured"),
        ("AADSTS90112: nein", "app_not_found_in_tenant"),
        ("AADSTS530084: nein", "conditional_access_blocked"),
        ("AADSTS500111: nein", "redirect_uri_mismatch"),
        ("Please ask your admin to grant the permission", "admin_consent_required"),
        ("This page says: admin approval required", "admin_consent_required"),
    ],
)
def test_neighbours_of_what_was_missed(raw: str, cause: str) -> None:
    assert explain(raw).cause == cause


def test_a_name_that_only_could_not_be_looked_up_now_is_tried_again() -> None:
    assert explain("dial tcp: lookup mx.firm.example: i/o timeout").retry == Retry.WAIT
    assert explain("dial tcp: lookup mx.firm.example: no such host").retry != Retry.WAIT
