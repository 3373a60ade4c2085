"""Error numbers of Windows, Node, curl and Outlook, with nothing but the number to go by."""

import pytest

from diagnosis.explain import explain
from diagnosis.rules import numbers

TABLE = (
    (numbers.TIMED_OUT, "smtp_connect", "smtp_connection_timeout"),
    (numbers.REFUSED, "smtp_connect", "smtp_connection_refused"),
    (numbers.NO_SUCH_HOST, "smtp_connect", "smtp_host_not_found"),
    (numbers.CUT, "smtp_mail", "smtp_connection_dropped"),
    (numbers.TLS_VERSION, "smtp_tls", "tls_protocol_version_unsupported"),
    (numbers.TLS_MODE, "smtp_tls", "tls_port_mode_mismatch"),
    (numbers.UNTRUSTED, "smtp_tls", "tls_cert_untrusted"),
    (numbers.EXPIRED, "smtp_tls", "tls_cert_expired"),
    (numbers.OTHER_NAME, "smtp_tls", "tls_cert_hostname_mismatch"),
    (numbers.SIGN_IN, "smtp_auth", "user_password_wrong"),
)


@pytest.mark.parametrize(
    ("piece", "stage", "cause"),
    [(piece, stage, cause) for pieces, stage, cause in TABLE for piece in pieces.split("|")],
)
def test_a_number_alone_tells_its_cause(piece, stage, cause):
    assert explain(f"Fehler {piece} !", stage=stage, provider="other").cause == cause


def test_the_middle_of_an_id_is_no_number_of_a_system():
    raw = "421 client-request-id 1f6a92a9-4039-4078-4077-6a2ea88d9500"
    assert explain(raw, stage="smtp_mail").cause == "provider_temporarily_unavailable"
