"""What a check finds beside sign-in and settings: the network, TLS, what a token shows, an app with too many rights."""

import socket

import pytest

from mailsettings.models import CompanyMailSettings, Credential, SmtpServer
from sender.doctor import runs
from sender.doctor.smtp import SmtpSteps
from sender.doctor.steps import Book, Planned, Said, Words
from sender.doctor.subject import subject_of
from sender.transports.base import TransportError
from sender.transports.smtp_connection import SmtpSettings
from tests.delivery import test_failures_by_method as mistakes
from tests.delivery.checking import check, states
from tests.delivery.test_failures_by_method import ULLA, UWE

PAULA, OLAF = "paula.private@nordicfreight.example", "olaf.smtpoff@nordicfreight.example"


@pytest.fixture
def uwe(office):
    return office.person(UWE, "OwnPassword")


def server(person, **fields) -> None:
    SmtpServer.objects.filter(company=person.company).update(**fields)
    if "host" in fields:  # whose own password was typed for it
        Credential.objects.filter(membership=person).update(meant_for=fields["host"])


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def found(person) -> tuple[str, str]:
    """The step that failed, and its cause."""
    failure = check(person).failure
    return failure.id, failure.cause


def test_a_name_that_leads_nowhere(uwe, monkeypatch):
    def unknown(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    server(uwe, host="smtp.nowhere.example")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert found(uwe) == ("name", "smtp_host_not_found")


def test_an_address_the_portal_must_not_dial(uwe, settings):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    assert found(uwe) == ("address", "outgoing_address_refused")


def test_a_port_where_nobody_listens(uwe):
    server(uwe, port=unused_port())
    assert found(uwe) == ("port", "smtp_connection_refused")


def test_a_certificate_nobody_vouches_for(uwe, settings):
    settings.EXTRA_CA_FILE = ""
    assert found(uwe) == ("tls", "tls_cert_untrusted")


def test_a_server_without_starttls(uwe, office):
    server(uwe, port=office.sandbox.ports.relay)
    assert found(uwe) == ("tls", "starttls_not_supported")


def test_a_server_that_hangs_up_instead_of_greeting(uwe, office):
    office.world.add_fault("smtp.connect", action="drop")
    assert found(uwe)[0] == "greeting"


def test_a_server_that_refuses_the_sender_before_any_message(uwe, office):
    office.world.add_fault(
        "smtp.mail", reply="550 5.7.60 SMTP; Client does not have permissions to send as this sender"
    )
    assert found(uwe) == ("sender", "send_as_denied")


def test_a_smaller_limit_than_the_company_promises_is_a_warning(uwe):
    CompanyMailSettings.objects.update_or_create(company=uwe.company, defaults={"max_files_mb": 100})
    book = check(uwe)
    assert states(book)["size"] == "warn"
    assert "Lower that number" in next(step.hint for step in book.steps if step.id == "size")


def test_graph_that_hangs_up(office):
    ulla = mistakes.connected(office)
    office.world.add_fault("graph.me", status=503, code="ServiceUnavailable")
    assert found(ulla) == ("who", "provider_temporarily_unavailable")


def test_what_the_token_shows_is_told_and_the_token_is_not(office):
    ulla = mistakes.connected(office)
    run = runs.perform(runs.ask(ulla, asked_by="test"))
    token = next(step for step in runs.steps_of(run) if step.id == "token")
    assert "Mail.Send" in token.message
    assert office.sandbox.graph_url in token.message
    assert "eyJ" not in repr(run.steps)


@pytest.mark.parametrize(
    ("company", "outside", "state", "words"),
    [
        ("AppByGraph", "", "warn", "may send as everybody"),
        ("AppByGraph", PAULA, "ok", "keeps the app out"),
        ("AppByGraph", OLAF, "warn", "may send as everybody"),
        ("AppBySmtp", "", "skip", "name a mailbox"),
        ("AppBySmtp", PAULA, "ok", "keeps the app out"),
        ("AppBySmtp", "invoices@nordicfreight.example", "warn", "which it should not"),
    ],
)
def test_an_app_with_more_rights_than_needed_is_told(office, company, outside, state, words):
    book = check(office.person(ULLA, company), outside=outside)
    step = book.steps[-1]
    assert (step.id, step.state.value) == ("scope", state)
    assert words in step.message
    assert office.world.mail() == []


def test_the_four_causes_behind_one_refusal_of_an_app_are_told_apart(office):
    def cause(who) -> str:
        return check(who).failure.cause

    def by_app(address: str):
        return office.person(address, "AppBySmtp")

    assert cause(by_app(mistakes.NORA)) == "mailbox_missing_or_unlicensed"
    assert cause(by_app(PAULA)) == "mailbox_access_not_granted"
    assert cause(by_app(OLAF)) == "smtp_auth_disabled_mailbox"
    without = mistakes.app_without_permissions(office, "AppBySmtp", ULLA)
    assert cause(without) == "app_permission_not_configured"


def test_the_copy_in_sent_items_is_found_where_it_may_be_read(office):
    ulla = office.connect_with_drafts(ULLA)
    book = check(ulla, send_to=ULLA)
    assert book.failure is None, book.steps
    assert states(book)["copy"] == "ok"
    assert states(book)["mailbox"] == "ok"


def test_without_a_right_to_read_the_copy_is_not_looked_for(office):
    book = check(mistakes.connected(office), send_to=ULLA)
    assert states(book)["copy"] == "skip"


def test_of_a_servers_words_only_what_every_database_takes_is_kept():
    def refused() -> Said:
        raise TransportError(stage="smtp_auth", reply="535 no\0 entry \ud83d", smtp_code=535)

    book = Book()
    book.walk([Planned("features", "Features", lambda: Said("Further: DSN\0."))], Words("other", "basic"))
    book.walk([Planned("sign_in", "Sign-in", refused)], Words("other", "basic"))
    assert (book.steps[0].message, book.steps[1].raw) == ("Further: DSN.", "535 no entry ?")


@pytest.mark.parametrize("limit", ["²", "9" * 400, "9" * 5000])
def test_a_size_limit_that_is_no_sensible_number_is_none(uwe, limit):
    steps = SmtpSteps(subject_of(uwe), SmtpSettings("localhost", 1))
    steps.connection.esmtp_features = {"size": limit}
    assert steps.size().message == "The server announces no limit."
