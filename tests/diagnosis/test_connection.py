"""Names, ports and TLS, in the words of many clients and languages."""

import pytest

from diagnosis.explain import explain
from diagnosis.retry import Retry

_MAILKIT_ADVICE = (
    "An error occurred while attempting to establish an SSL or TLS connection. Possible reasons: "
    "1. The server is using a self-signed certificate which cannot be verified. "
    "4. The certificate presented by the server is expired or invalid. "
)


@pytest.mark.parametrize(
    "raw",
    [
        "socket.gaierror: [Errno -2] Name or service not known",
        "[Errno 11001] getaddrinfo failed",
        "getaddrinfo ENOTFOUND smtp.firm.example",
        "java.net.UnknownHostException: smtp.firm.example",
        "dial tcp: lookup smtp.firm.example: no such host",
        "The remote name could not be resolved",
        "[Errno -2] Der Name oder der Dienst ist nicht bekannt",
    ],
)
def test_a_host_that_does_not_exist(raw):
    explanation = explain(raw, stage="smtp_connect")
    assert explanation.cause == "smtp_host_not_found"
    assert explanation.retry is Retry.PAUSE_MAILBOX


def test_a_resolver_that_is_down_for_a_moment_pauses_nobody():
    explanation = explain("[Errno -3] Temporary failure in name resolution", stage="smtp_connect")
    assert (explanation.cause, explanation.retry) == ("smtp_host_not_found", Retry.WAIT)


@pytest.mark.parametrize(
    "raw",
    [
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "connect ECONNREFUSED 127.0.0.1:25",
        "No connection could be made because the target machine actively refused it",
        "[WinError 10061] der Zielcomputer die Verbindung verweigerte",
        "[Errno 111] Connexion refusée",
        "В соединении отказано",
    ],
)
def test_a_port_where_nothing_listens(raw):
    assert explain(raw, stage="smtp_connect").cause == "smtp_connection_refused"


@pytest.mark.parametrize(
    "raw",
    [
        "TimeoutError: [Errno 110] Connection timed out",
        "socket.timeout: timed out",
        "connect ETIMEDOUT 192.0.2.1:587",
        "Net::OpenTimeout: execution expired",
        "[Errno 101] Network is unreachable",
        "SMTPServerDisconnected: Connection unexpectedly closed: timed out",
        "[WinError 10060] the connected party did not properly respond",
        "Die Wartezeit für die Verbindung ist abgelaufen",
    ],
)
def test_a_port_that_gives_no_answer(raw):
    assert explain(raw, stage="smtp_connect").cause == "smtp_connection_timeout"


@pytest.mark.parametrize(
    "raw",
    [
        "SMTPServerDisconnected: Connection unexpectedly closed",
        "[Errno 104] Connection reset by peer",
        "read ECONNRESET",
        "EOFError: end of file reached",
        "Eine vorhandene Verbindung wurde vom Remotehost geschlossen",
        "421 4.4.2 Error: timeout exceeded",
    ],
)
def test_a_connection_that_was_cut(raw):
    assert explain(raw, stage="smtp_mail").cause == "smtp_connection_dropped"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "tls_port_mode_mismatch"),
        ("SSL23_GET_SERVER_HELLO:unknown protocol", "tls_port_mode_mismatch"),
        ("Unrecognized SSL message, plaintext connection?", "tls_port_mode_mismatch"),
        ("first record does not look like a TLS handshake", "tls_port_mode_mismatch"),
        (
            f"{_MAILKIT_ADVICE} The handshake failed due to an unexpected packet format.",
            "tls_port_mode_mismatch",
        ),
        ("Connection reset by peer", "tls_port_mode_mismatch"),
        ("certificate verify failed: self-signed certificate", "tls_cert_untrusted"),
        ("certificate verify failed: unable to get local issuer certificate", "tls_cert_untrusted"),
        ("PKIX path building failed", "tls_cert_untrusted"),
        ("x509: certificate signed by unknown authority", "tls_cert_untrusted"),
        ("RemoteCertificateChainErrors", "tls_cert_untrusted"),
        (_MAILKIT_ADVICE, "tls_cert_untrusted"),
        ("certificate verify failed: Hostname mismatch", "tls_cert_hostname_mismatch"),
        ("ERR_TLS_CERT_ALTNAME_INVALID", "tls_cert_hostname_mismatch"),
        ("Peer certificate CN=`a' did not match expected CN=`b'", "tls_cert_hostname_mismatch"),
        ("certificate verify failed: certificate has expired", "tls_cert_expired"),
        ("code: 'CERT_HAS_EXPIRED'", "tls_cert_expired"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", "tls_protocol_version_unsupported"),
        ("tlsv1 alert protocol version", "tls_protocol_version_unsupported"),
        ("No appropriate protocol (protocol is disabled)", "tls_protocol_version_unsupported"),
        ("421 4.7.66 TLS 1.0 and 1.1 are not supported", "tls_protocol_version_unsupported"),
        (f"{_MAILKIT_ADVICE} they do not possess a common algorithm", "tls_protocol_version_unsupported"),
        ("STARTTLS extension not supported by server.", "starttls_not_supported"),
        ("502 5.5.1 STARTTLS command not implemented", "starttls_not_supported"),
    ],
)
def test_tls(raw, cause):
    assert explain(raw, stage="smtp_tls", flow="basic").cause == cause


def test_a_cut_connection_names_the_port_as_another_reason():
    assert explain("read ECONNRESET", stage="smtp_connect").alternatives == ("tls_port_mode_mismatch",)


@pytest.mark.parametrize(
    ("raw", "stage", "cause"),
    [
        (
            "OutgoingRefused: mail.firm.example leads to 10.0.0.5, which is not a public address.",
            "smtp_connect",
            "outgoing_address_refused",
        ),
        ("Signing in without TLS is refused by the portal.", "smtp_auth", "starttls_required"),
        ("The server sent text ahead of TLS.", "smtp_tls", "tls_port_mode_mismatch"),
    ],
)
def test_the_portals_own_refusals_pause_the_mailbox(raw, stage, cause):
    explanation = explain(raw, stage=stage, provider="other", flow="basic")
    assert (explanation.cause, explanation.retry) == (cause, Retry.PAUSE_MAILBOX)
    assert explain(raw, provider="other").cause == cause


@pytest.mark.parametrize("stage", ["graph_send", "graph_other", "token"])
@pytest.mark.parametrize(
    "raw",
    [
        "TimeoutError: timed out",
        "gaierror: [Errno -2] Name or service not known",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "ConnectionResetError: [Errno 104] Connection reset by peer",
        "RemoteDisconnected: Remote end closed connection without response",
        "('Connection aborted.', ConnectionResetError())",
        "SSLEOFError: EOF occurred in violation of protocol",
        "ReadTimeout",
    ],
)
def test_microsoft_out_of_reach_is_a_passing_fault(raw, stage):
    explanation = explain(raw, stage=stage, provider="microsoft", flow="delegated")
    assert (explanation.cause, explanation.retry) == ("provider_temporarily_unavailable", Retry.WAIT)


@pytest.mark.parametrize("stage", ["smtp_connect", "smtp_tls"])
@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("554 no SMTP service here", "smtp_server_refused"),
        ("521 this host takes no mail", "smtp_server_refused"),
        ("550 5.1.1 user unknown", "smtp_server_refused"),
        ("550 mailbox unavailable", "smtp_server_refused"),
        ("554 5.5.0 message rejected", "smtp_server_refused"),
        ("554 5.7.1 go away", "sending_ip_or_tenant_blocked"),
        ("550 refused for policy reasons", "sending_ip_or_tenant_blocked"),
        ("554 5.7.1 Client host rejected: access denied", "sending_ip_or_tenant_blocked"),
        ("550 your address [192.0.2.1] is listed at zen.example", "sending_ip_or_tenant_blocked"),
        ("421 too many connections", "provider_throttled"),
        ("450 4.2.1 mailbox busy", "provider_temporarily_unavailable"),
    ],
)
def test_a_refusal_before_any_message_is_about_the_caller_whatever_its_words(raw, cause, stage):
    assert explain(raw, stage=stage, provider="other").cause == cause


def test_a_refused_greeting_may_be_about_the_name_that_was_given():
    assert explain("501 no", stage="smtp_connect").cause == "ehlo_hostname_rejected"
    assert "ehlo_hostname_rejected" in explain("554 no", stage="smtp_connect").alternatives


@pytest.mark.parametrize("raw", ["550 5.1.1 user unknown", "554 message rejected as spam"])
def test_a_refused_sign_in_is_about_the_sign_in_whatever_its_words(raw):
    assert explain(raw, stage="smtp_auth", flow="basic").cause == "user_password_wrong"
    assert explain(raw, stage="smtp_auth", flow="xoauth2").cause == "xoauth2_token_rejected"
