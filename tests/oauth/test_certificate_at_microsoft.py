"""A client certificate, and a second credential that takes over, against the stand-in by real MSAL."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent, Role
from mailsettings import app_credentials, certificates
from mailsettings.models import Credential, MicrosoftApp
from oauth import msal_app, tokens, trial
from oauth.models import Connection
from tests.accounts.sign_in import sign_in
from tests.factories import make_member
from tests.mailsettings import key_files
from tests.oauth.test_at_microsoft import CLIENT, EXPIRED_SECRET, SECRET, connection, nordic, refused

__all__ = ["connection", "nordic"]  # fixtures


def pair_of(number: int = 0, **life: int) -> certificates.KeyPair:
    key = key_files.rsa_key(number=number)
    cert = key_files.certificate(key, **life)
    return certificates.KeyPair(
        key_files.key_pem(key).decode(),
        certificates.Certificate(cert.public_bytes(key_files.PEM).decode()),
    )


def replace(nordic, pair):
    app_credentials.replace(nordic.company, app_credentials.of_pair(pair), actor=COMMAND_LINE)


def put(nordic, new) -> Credential:
    return app_credentials.put(nordic.company, new, actor=COMMAND_LINE)


@pytest.fixture
def certificate(nordic):
    """The company signs in with a certificate that Microsoft knows."""
    pair = certificates.make("NordicFreight", datetime.now(UTC))
    nordic.microsoft.add_certificate(CLIENT, pair.certificate.pem)
    replace(nordic, pair)
    return pair


def test_a_person_connects_and_refreshes_with_a_certificate(nordic, certificate):
    nordic.browser.connect()
    connection = Connection.objects.get()
    assert tokens.access_token(connection)
    assert tokens.access_token(connection, force=True)
    assert nordic.microsoft.requests()["token.refresh_token"] == 1


def test_the_assertion_is_signed_by_ps256_and_names_the_sha256_thumbprint(nordic, certificate, monkeypatch):
    sent, post = [], msal_app._Http.post
    monkeypatch.setattr(
        msal_app._Http, "post", lambda self, url, **more: sent.append(more["data"]) or post(self, url, **more)
    )
    nordic.browser.connect()
    header = json.loads(base64.urlsafe_b64decode(sent[0]["client_assertion"].split(b".")[0] + b"=="))
    cert = x509.load_pem_x509_certificate(certificate.certificate.pem.encode())
    named = base64.urlsafe_b64decode(header["x5t#S256"])
    assert (header["alg"], named) == ("PS256", cert.fingerprint(hashes.SHA256()))
    assert "x5t" not in header
    assert "client_secret" not in sent[0]


def test_a_certificate_microsoft_does_not_know_is_explained(nordic):
    replace(nordic, pair_of())
    page = nordic.browser.page_after(nordic.browser.connect())
    assert "does not know the certificate" in page
    assert refused(nordic) == "client_certificate_not_registered"


def test_a_key_that_is_not_the_certificates_is_explained(nordic):
    pair = pair_of()
    nordic.microsoft.add_certificate(CLIENT, pair.certificate.pem)
    replace(nordic, certificates.KeyPair(pair_of(1).key_pem, pair.certificate))
    nordic.browser.connect()
    assert refused(nordic) == "client_certificate_not_registered"


def test_a_certificate_that_ended_is_explained(nordic, connection):
    pair = pair_of(days=-1)
    nordic.microsoft.add_certificate(CLIENT, pair.certificate.pem)
    replace(nordic, pair)
    with pytest.raises(tokens.SettingsRefused) as found:
        tokens.access_token(connection)
    assert found.value.cause == "client_certificate_expired"
    connection.refresh_from_db()
    assert connection.is_usable


def test_a_wrong_clock_is_explained(nordic, connection, certificate, monkeypatch):
    later = datetime.now(UTC) - timedelta(hours=2)
    monkeypatch.setattr("msal.oauth2cli.assertion.time.time", later.timestamp)
    with pytest.raises(tokens.SettingsRefused) as found:
        tokens.access_token(connection, force=True)
    assert found.value.cause == "client_assertion_time_invalid"


def test_the_waiting_certificate_takes_over_once_microsoft_knows_it(nordic, connection):
    pair = pair_of()
    waiting = put(nordic, app_credentials.of_pair(pair))
    assert trial.try_next(waiting, actor=COMMAND_LINE).cause == "client_certificate_not_registered"
    assert app_credentials.current(nordic.company).reveal() == SECRET
    assert tokens.access_token(connection)
    nordic.microsoft.add_certificate(CLIENT, pair.certificate.pem)
    assert trial.try_next(waiting, actor=COMMAND_LINE) is None
    assert app_credentials.current(nordic.company).reveal() == pair.key_pem
    assert app_credentials.upcoming(nordic.company) is None
    assert tokens.access_token(connection, force=True)
    events = AuditEvent.objects.filter(action__in=["credential.refused", "credential.took_over"])
    assert [event.details["fingerprint"] for event in events] == [waiting.fingerprint] * 2


def test_a_waiting_secret_takes_over_from_a_certificate(nordic, certificate):
    waiting = put(nordic, app_credentials.of_secret(SECRET, None))
    assert trial.try_next(waiting, actor=COMMAND_LINE) is None
    assert Credential.objects.get().reveal() == SECRET


@pytest.mark.parametrize(
    ("value", "cause"),
    [(SECRET + "x", "client_secret_invalid"), (EXPIRED_SECRET, "client_secret_expired")],
)
def test_a_wrong_waiting_secret_leaves_both_as_they_are(nordic, value, cause):
    waiting = put(nordic, app_credentials.of_secret(value, None))
    assert trial.try_next(waiting, actor=COMMAND_LINE).cause == cause
    assert app_credentials.current(nordic.company).reveal() == SECRET
    assert app_credentials.upcoming(nordic.company).reveal() == value


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"action": "drop"}, {"error": "AADSTS90033"}, {"error": "AADSTS700016"}]
)
def test_an_answer_that_proves_nothing_does_not_let_it_take_over(nordic, fault):
    waiting = put(nordic, app_credentials.of_secret(SECRET, None))
    nordic.microsoft.add_fault("token", times=1, **fault)
    assert trial.try_next(waiting, actor=COMMAND_LINE) is not None
    assert app_credentials.upcoming(nordic.company) == waiting


def test_a_refusal_that_comes_after_the_sign_in_proves_it(nordic):
    waiting = put(nordic, app_credentials.of_secret(SECRET, None))
    nordic.microsoft.add_fault("token", times=1, error="AADSTS65001")
    assert trial.try_next(waiting, actor=COMMAND_LINE) is None
    assert app_credentials.upcoming(nordic.company) is None


def test_what_was_replaced_while_it_was_tried_does_not_take_over(nordic, monkeypatch):
    waiting = put(nordic, app_credentials.of_secret(SECRET, None))
    monkeypatch.setattr(
        trial, "_refusal", lambda *_: put(nordic, app_credentials.of_secret("newer", None)) and None
    )
    with pytest.raises(trial.ReplacedMeanwhile):
        trial.try_next(waiting, actor=COMMAND_LINE)
    assert app_credentials.upcoming(nordic.company).reveal() == "newer"
    assert app_credentials.current(nordic.company).reveal() == SECRET


def test_without_settings_there_is_nothing_to_try_it_with(nordic):
    waiting = put(nordic, app_credentials.of_secret(SECRET, None))
    MicrosoftApp.objects.all().delete()
    assert trial.try_next(waiting, actor=COMMAND_LINE).cause == "settings_incomplete"


@pytest.fixture
def admin(nordic):
    browser = Client(HTTP_HOST="localhost:8000")
    sign_in(browser, make_member(nordic.company, Role.ADMIN, "anna"))
    return browser


def press(admin):
    return admin.post(reverse("microsoft-try-next", args=["NordicFreight"]), follow=True)


def test_the_button_tries_it_and_says_how_it_went(nordic, admin):
    pair = pair_of()
    put(nordic, app_credentials.of_pair(pair))
    page = press(admin).content.decode()
    assert "Microsoft did not accept the new one" in page
    assert "AADSTS700027" in page
    assert "goes on leaving" in page
    nordic.microsoft.add_certificate(CLIENT, pair.certificate.pem)
    page = press(admin).content.decode()
    assert "is in use now" in page
    assert pair.certificate.sha1 in page
    assert "Try the new one" not in page
    assert press(admin).status_code == 404
    assert AuditEvent.objects.filter(action="credential.took_over", actor__email__startswith="anna").exists()


def test_ten_refusals_in_ten_minutes_are_enough(nordic, admin):
    put(nordic, app_credentials.of_secret("wrong", None))
    for _ in range(trial.MOST_TRIES):
        assert "Microsoft did not accept the new one" in press(admin).content.decode()
    before = nordic.microsoft.requests()["token.client_credentials"]
    assert "Wait ten minutes" in press(admin).content.decode()
    assert nordic.microsoft.requests()["token.client_credentials"] == before
    AuditEvent.objects.update(at=timezone.now() - trial.TRIES_WITHIN)
    assert "Microsoft did not accept the new one" in press(admin).content.decode()


def test_the_button_says_when_another_one_waits_by_now(nordic, admin, monkeypatch):
    put(nordic, app_credentials.of_secret(SECRET, None))
    monkeypatch.setattr(
        trial, "_refusal", lambda *_: put(nordic, app_credentials.of_secret("newer", None)) and None
    )
    page = press(admin).content.decode()
    assert "replaced while it was tried" in page
    assert "Try the new one" in page


def test_the_button_is_for_admins(nordic):
    client = Client(HTTP_HOST="localhost:8000")
    put(nordic, app_credentials.of_secret("waits", None))
    sign_in(client, nordic.browser.member)
    assert client.post(reverse("microsoft-try-next", args=["NordicFreight"])).status_code == 403
    assert app_credentials.upcoming(nordic.company)


def test_no_key_shows_in_logs_or_explanations(nordic, certificate, caplog):
    caplog.set_level("DEBUG")
    nordic.browser.connect()
    lines = certificate.key_pem.splitlines()[1:-1]
    told = caplog.text + str(list(AuditEvent.objects.values()))
    assert not [line for line in lines if line in told]
    assert "PRIVATE KEY" not in told
