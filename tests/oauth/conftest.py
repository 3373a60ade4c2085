"""A company whose app registration lives at a stub of Microsoft, and its browser."""

from dataclasses import dataclass, field

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore

from accounts.audit import COMMAND_LINE
from accounts.models import Membership
from mailsettings import credentials
from mailsettings.models import CredentialKind, MicrosoftApp
from oauth import flows
from oauth.models import Connection
from tests.oauth.stub_entra import CLIENT, TENANT, StubEntra

SECRET = "abc8Q~canary-of-the-client-secret-0123456"


@pytest.fixture(scope="session")
def _stub_server(tmp_path_factory):
    server = StubEntra(tmp_path_factory.mktemp("stub"))
    yield server
    server.stop()


@pytest.fixture
def stub(_stub_server, settings, tmp_path):
    """The stub with nothing queued, known to the portal as the cloud "stub"."""
    _stub_server.reset()
    settings.MICROSOFT_CLOUDS_FILE = str(_stub_server.write_clouds_file(tmp_path / "clouds.toml"))
    return _stub_server


@dataclass
class Desk:
    """Bob before his browser: starts a Connect and comes back."""

    stub: StubEntra
    person: Membership
    session: SessionStore = field(default_factory=SessionStore)

    def start(self) -> str:
        return flows.start(self.person, self.session)

    def connect(self, **spoilt: object) -> Connection:
        auth_uri = self.start()
        self.stub.grant(auth_uri, **spoilt)
        return self.come_back(auth_uri, code="code-canary-1")

    def come_back(self, auth_uri: str, **query: str) -> Connection:
        state = auth_uri.split("state=")[1].split("&")[0]
        return flows.finish(self.person, self.session, {"state": state, **query}, actor=COMMAND_LINE)


@pytest.fixture
def desk(world, stub):
    MicrosoftApp.objects.create(company=world.company, cloud="stub", tenant_id=TENANT, client_id=CLIENT)
    credentials.store(world.company, CredentialKind.CLIENT_SECRET, SECRET, actor=COMMAND_LINE)
    return Desk(stub, world.user)
