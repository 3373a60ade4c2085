"""What Windows, .NET and programs that send mail say in other languages."""

import pytest

from diagnosis.causes.shape import Retry
from diagnosis.explain import explain
from diagnosis.rules import clients, languages, servers_abroad

SENTENCES = (
    (languages.REFUSED, "smtp_connect", "smtp_connection_refused"),
    (languages.NO_ANSWER, "smtp_connect", "smtp_connection_timeout"),
    (languages.NO_SUCH_HOST, "smtp_connect", "smtp_host_not_found"),
    (languages.NO_NAMES_NOW, "smtp_connect", "smtp_host_not_found"),
    (languages.CUT, "smtp_mail", "smtp_connection_dropped"),
    (languages.UNTRUSTED, "smtp_tls", "tls_cert_untrusted"),
    (languages.NO_COMMON_TLS, "smtp_tls", "tls_protocol_version_unsupported"),
    (languages.NO_TLS_THERE, "smtp_tls", "tls_port_mode_mismatch"),
    (languages.NOT_SIGNED_IN, "smtp_mail", "smtp_not_authenticated"),
    (clients.SIGN_IN_FAILED, "smtp_auth", "user_password_wrong"),
    (clients.CANNOT_CONNECT, "smtp_connect", "smtp_connection_timeout"),
    (clients.RECIPIENTS_REFUSED, "smtp_mail", "recipient_invalid"),
    (clients.METHOD_NOT_OFFERED, "smtp_auth", "smtp_auth_not_offered"),
    (servers_abroad.MAILBOX_FULL, "smtp_mail", "mailbox_full"),
    (servers_abroad.NO_SUCH_USER, "smtp_mail", "recipient_invalid"),
    (servers_abroad.TOO_FAST, "smtp_mail", "provider_throttled"),
)
PIECES = [
    pytest.param(piece, stage, cause, id=f"{cause}-{language}-{number}")
    for sentences, stage, cause in SENTENCES
    for language, pieces in sentences.items()
    for number, piece in enumerate(pieces.split("|"))
]


@pytest.mark.parametrize(("piece", "stage", "cause"), PIECES)
def test_a_sentence_in_another_language_tells_its_cause(piece, stage, cause):
    raw = f"System.IO.IOException: … {piece} … 'smtp.firm.example' 192.0.2.7"
    assert explain(raw, stage=stage, provider="other").cause == cause
    assert explain(piece, stage=stage).cause == cause


@pytest.mark.parametrize("language", languages.APPROVAL)
def test_an_app_that_only_an_administrator_may_allow_in_every_language(language):
    administrators = languages.ADMINISTRATOR.get(language, "administrator").split("|")
    for administrator in administrators:
        for approval in languages.APPROVAL[language].split("|"):
            raw = f"Firm X … {approval} … {administrator.upper()}"
            found = explain(raw, stage="authorize_redirect", provider="microsoft")
            assert found.cause == "admin_consent_required", approval


@pytest.mark.parametrize("piece", languages.spoken(languages.NOT_REVIEWED).split("|"))
def test_an_app_that_google_has_not_reviewed_in_every_language(piece):
    found = explain(f"Firm X … {piece} …", stage="authorize_redirect", provider="google")
    assert found.cause == "google_app_not_verified"


def test_googles_page_in_french_tells_that_the_app_is_not_verified():
    found = explain("Erreur 403 : access_denied", stage="authorize_redirect", provider="google")
    assert found.cause == "google_app_not_verified"


@pytest.mark.parametrize("language", ["de", "fr", "sv", "ja"])
def test_the_great_languages_have_every_sentence(language):
    for sentences, _stage, cause in SENTENCES[:9]:
        assert language in sentences or sentences is languages.NO_NAMES_NOW, cause


def test_the_servers_own_words_count_more_than_the_programs():
    raw = "SMTP-Fehler: Anmeldung fehlgeschlagen. 535 5.7.139 SmtpClientAuthentication is disabled for the Tenant"
    assert explain(raw, stage="smtp_auth").cause == "smtp_auth_disabled_tenant"


@pytest.mark.parametrize("code", ["421", "450", "451", "452"])
def test_a_full_mailbox_abroad_is_waited_for_where_the_server_says_so(code):
    assert explain(f"{code} Postfach voll", stage="smtp_mail").retry == Retry.WAIT
    assert explain("552 Postfach voll", stage="smtp_mail").retry == Retry.STOP_MESSAGE


@pytest.mark.parametrize("text", ["buzón lleno", "boîte pleine", "casella piena", "skrzynka pełna"])
def test_the_words_count_more_than_a_code_for_everything(text):
    assert explain(f"550 {text}", stage="smtp_mail", provider="other").cause == "mailbox_full"
