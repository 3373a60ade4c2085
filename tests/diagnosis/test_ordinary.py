"""What support pastes most: the same few refusals in the words of programs that pass them on."""

import pytest

from diagnosis.explain import explain


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
        ("Could not connect to SMTP host: mx.a.example, port: 25, response: 554\n\tat Transport", "smtp_server_refused"),
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
