"""Settings from a file, then one message by each way there is: real processes, real TLS, nothing left out."""

import json
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from accounts.models import Membership
from mailsettings import catalog
from sandbox.client import SandboxRefused
from tests.delivery.google import connect_google
from tests.delivery.microsoft import approve, connect, connect_company
from tests.processes import manage, running

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

SUBJECT = "Pasūtījums Nr. 7 – žāvētas žuvis, 東京"
TEXT = "Labrīt!\n.\n..dots at the start\nFrom here on: ņķļ\n"
RECIPIENTS = {"janis@customer.example": "to", "zanete@customer.example": "cc", "secret@hidden.example": "bcc"}
FILES = {"order.pdf": b"%PDF-1.7\n" + bytes(range(256)), "rēķins ņ 7.xlsx": b"PK\3\4\r\n.\r\n\0"}

GUSTAV = "gustav.user@fjordcargo.example"
ANNA, UWE = "anna.admin@nordicfreight.example", "uwe.user@nordicfreight.example"
OFFICE = "office@nordicfreight.example"
# One company may send several ways: its people's choices and connections decide.
FURTHER = f"""
[[company]]
code = "NordicFreight"
allowed_methods = ["microsoft_graph", "microsoft_smtp", "company_mailbox"]

[company.policy]
use_connections_smtp = true

[company.company_mailbox]
use_fallback_mailbox = true
fallback_mailbox = "{OFFICE}"
fallback_mailbox_name = "Nordic office"

[[company.person]]
email = "{UWE}"
name = "Ūve Åkerström"
method = "microsoft_smtp"
"""
# company, who sends, From as it arrives
WAYS = {
    "graph": ("NordicFreight", "ulla.user@nordicfreight.example", "Ūla Ūsiņa <ulla.user@nordicfreight.example>"),
    "connected smtp": ("NordicFreight", UWE, f"Ūve Åkerström <{UWE}>"),
    "connected mailbox": ("NordicFreight", ANNA, f"Nordic office <{OFFICE}>"),
    "password": ("ByPassword", "ulla.user@nordicfreight.example", "Ūla Ūsiņa <ulla.user@nordicfreight.example>"),
    "starttls": ("OwnPassword", "uwe.user@nordicfreight.example", "Ūve Åkerström <uwe.user@nordicfreight.example>"),
    "tls": ("OneMailbox", "arta.admin@balticship.example", "Pasūtījumi <sam.support@nordicfreight.example>"),
    "gmail": ("AtGmail", "gina.gmail@gmail.example", "Ģina Gmail <gina.gmail@gmail.example>"),
    "google api": ("GoogleByApi", GUSTAV, f"Gustav Ødegård <{GUSTAV}>"),
    "google smtp": ("GoogleBySmtp", GUSTAV, f"Gustav Ødegård <{GUSTAV}>"),
    "app graph": ("AppByGraph", "ulla.user@nordicfreight.example", "Ūla Ūsiņa <ulla.user@nordicfreight.example>"),
    "app smtp": ("AppBySmtp", "ulla.user@nordicfreight.example", "Ūla Ūsiņa <ulla.user@nordicfreight.example>"),
    "relay": ("OpenRelay", "ugis.user@balticship.example", "Uģis User <ugis.user@balticship.example>"),
}  # fmt: skip
METHODS = {
    "graph": "microsoft_graph",
    "connected smtp": "microsoft_smtp",
    "connected mailbox": "company_mailbox",
    "password": "graph_password",
    "starttls": "smtp_password",
    "tls": "company_smtp",
    "gmail": "gmail_app_password",
    "google api": "google_api",
    "google smtp": "google_smtp",
    "app graph": "graph_app",
    "app smtp": "smtp_app",
    "relay": "company_smtp",
}


def send(way: str, folder: Path) -> dict:
    """`manage.py send --wait` to its end; what it prints."""
    company, person, _from = WAYS[way]
    done = manage(
        *("send", "--company", company, "--as", person, "--wait", "--json"),
        *("--to", "Jānis Kalniņš <janis@customer.example>"),
        *("--cc", '"Ozola, Žanete" <zanete@customer.example>', "--bcc", "secret@hidden.example"),
        *("--subject", f"{SUBJECT} {way}", "--text", TEXT),
        *(part for name in FILES for part in ("--attach", str(folder / name))),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def assert_whole(message: EmailMessage, way: str) -> None:
    """What a recipient's mail program shows."""
    _company, _person, sender = WAYS[way]
    assert message["Subject"] == f"{SUBJECT} {way}"
    assert [str(address) for address in message["From"].addresses] == [sender]
    assert [str(address) for address in message["To"].addresses] == ["Jānis Kalniņš <janis@customer.example>"]
    assert message["Cc"].addresses[0].display_name == "Ozola, Žanete"
    assert message.get_body().get_content().replace("\r\n", "\n") == TEXT
    assert {part.get_filename(): part.get_content() for part in message.iter_attachments()} == FILES


def test_every_way_delivers_the_whole_message_to_each_recipient_once(
    companies_file, sandbox, sandbox_client, tmp_path
):
    applied = manage("apply", str(companies_file))
    assert applied.returncode == 0, applied.stdout + applied.stderr
    further = tmp_path / "further.toml"
    further.write_text(FURTHER, "utf-8")
    applied = manage("apply", str(further))
    assert applied.returncode == 0, applied.stdout + applied.stderr
    for way in ("graph", "connected smtp"):
        company, address, _from = WAYS[way]
        connect(Membership.objects.get(company__code=company, user__email=address), sandbox.ca_file)
    anna = Membership.objects.get(company__code="NordicFreight", user__email=ANNA)
    connect_company(anna, OFFICE, sandbox.ca_file)
    approve("ByPassword", sandbox.ca_file)
    for way in ("google api", "google smtp"):
        company, address, _from = WAYS[way]
        person = Membership.objects.get(company__code=company, user__email=address)
        connect_google(person, sandbox, sandbox_client)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)

    with running("worker"), ThreadPoolExecutor() as pool:
        said = dict(zip(WAYS, pool.map(lambda way: send(way, tmp_path), WAYS), strict=True))

    assert {way: (facts["state"], facts["attempts"]) for way, facts in said.items()} == dict.fromkeys(
        WAYS, ("sent", 1)
    )
    assert {way: facts["method"] for way, facts in said.items()} == METHODS
    assert set(METHODS.values()) == set(catalog.METHODS)
    assert len(sandbox_client.mail()) == len(WAYS)
    for way, facts in said.items():
        (mail,) = sandbox_client.mail(message_id=facts["message_id"])
        assert mail.recipients == RECIPIENTS
        raw = sandbox_client.raw(mail.id)
        assert b"hidden.example" not in raw
        assert_whole(message_from_bytes(raw, policy=policy.default), way)
    assert_sent_items(sandbox_client, said)


def assert_sent_items(sandbox_client, said: dict[str, dict]) -> None:
    """Graph keeps the sender's own copy with Bcc; SMTP has no way to tell it; a relay keeps none."""
    mails = {way: sandbox_client.mail(message_id=facts["message_id"])[0].id for way, facts in said.items()}
    copy = message_from_bytes(sandbox_client.sent_copy(mails["graph"]), policy=policy.default)
    assert copy["Bcc"] == "secret@hidden.example"
    assert_whole(copy, "graph")
    assert b"hidden.example" not in sandbox_client.sent_copy(mails["starttls"])
    with pytest.raises(SandboxRefused):
        sandbox_client.sent_copy(mails["relay"])


def test_the_same_file_applied_again_changes_nothing(companies_file):
    first = json.loads(manage("apply", str(companies_file), "--json").stdout)
    again = json.loads(manage("apply", str(companies_file), "--json").stdout)
    assert first["changes"]
    assert again["changes"] == []
    assert again["errors"] == []
