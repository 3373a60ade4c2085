"""Companies set up from a file, with the sandbox as Microsoft, Gmail and mail server; everything over real sockets."""

from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Membership
from oauth.models import Connection
from sandbox.client import ArrivedMail, SandboxClient
from sandbox.server import Sandbox
from sender.models import OutboxMessage
from sender.services import Draft, RawMessage, submit
from sender.worker import Worker
from tests.delivery.google import connect_google
from tests.delivery.microsoft import allow, connect

COMPANIES = Path(__file__).with_name("companies.toml")
PORTAL = "http://localhost:8000"
SECRETS = {
    "CLIENT_SECRET": "abc8Q~VXgA3cwNAOqsxxAuDH0X5l21-Sw-oH303R",
    "UWE_PASSWORD": "Uwe-sails-1",
    "ULLA_PASSWORD": "Ulla-sails-1",
    "MIA_PASSWORD": "Mia-sails-1",
    "FIONA_PASSWORD": "Fiona-sails-1",
    "EMIL_PASSWORD": "Emil-sails-1",
    "BORIS_PASSWORD": "Boris-sails-1",
    "NORA_PASSWORD": "Nora-sails-1",
    "ZANNA_PASSWORD": "Žāvēta zivs, ß",
    "OLAF_PASSWORD": "Olaf-sails-1",
    "MIGRATION_PASSWORD": "Migration-sails-1",
    "SAM_PASSWORD": "Sam-sails-1",
    "GINA_APP_PASSWORD": "abcd efgh ijkl mnop",
    "GOOGLE_SECRET": "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",
}


@pytest.fixture
def companies_file(settings, monkeypatch, sandbox: Sandbox, sandbox_client, tmp_path) -> Path:
    """The file for `manage.py apply`; this process and those it starts take the sandbox for the outside world."""
    outside = {
        "MICROSOFT_CLOUDS_FILE": str(sandbox.clouds_file),
        "EXTRA_CA_FILE": str(sandbox.ca_file),
        "GMAIL_SMTP_SERVER": f"localhost:{sandbox.tls_port}",
        "GOOGLE_FILE": str(sandbox.google_file),
    }
    settings.PUBLIC_URL = PORTAL
    for name, value in outside.items():
        setattr(settings, name, value)
    for name, value in (outside | SECRETS).items():
        monkeypatch.setenv(name, value)
    blanks = {f"= {name.upper()}_PORT": f"= {port}" for name, port in sandbox.ports._asdict().items()}
    blanks["IN_A_YEAR"] = (date.today() + timedelta(days=365)).isoformat()
    text = COMPANIES.read_text("utf-8")
    for blank, value in blanks.items():
        text = text.replace(blank, value)
    path = tmp_path / "companies.toml"
    path.write_text(text, "utf-8")
    return path


@dataclass
class Office:
    """The companies at work: hands messages over, lets a worker send, looks at what arrived."""

    sandbox: Sandbox
    world: SandboxClient

    def person(self, address: str, company: str) -> Membership:
        return Membership.objects.get(company__code=company, user__email=address)

    def connect(self, address: str) -> Connection:
        """The person goes through Connect to Microsoft."""
        return connect(self.person(address, "NordicFreight"), self.sandbox.ca_file)

    def connect_google(self, address: str, company: str) -> Connection:
        """The person goes through Connect to Google."""
        return connect_google(self.person(address, company), self.sandbox, self.world)

    def connect_with_drafts(self, address: str) -> Membership:
        """The same; his connection may also make drafts, which large files need."""
        connection = self.connect(address)
        allow(address, "Mail.ReadWrite", self.sandbox.authority_url, self.sandbox.ca_file)
        connection.scopes = [*connection.scopes, f"{self.sandbox.graph_url}/Mail.ReadWrite"]
        connection.save(update_fields=["scopes"])
        return connection.membership

    def submit(self, sender: Membership, message: Draft | RawMessage) -> OutboxMessage:
        return submit(sender, message, submitted_by="test")

    def work(self) -> None:
        """A worker sends until nothing is due."""
        Worker(threads=4, until_empty=True).run()

    def send(self, sender: Membership, message: Draft | RawMessage) -> OutboxMessage:
        """Hand over, let a worker try once, and return the message as it is then."""
        stored = self.submit(sender, message)
        self.work()
        return OutboxMessage.objects.select_related("mailbox").get(pk=stored.pk)

    def arrived(self, message: OutboxMessage) -> list[ArrivedMail]:
        return self.world.mail(message_id=message.message_id)


@pytest.fixture
def office(transactional_db, companies_file, sandbox, sandbox_client) -> Office:
    call_command("apply", str(companies_file), stdout=StringIO())
    return Office(sandbox, sandbox_client)
