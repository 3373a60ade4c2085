"""A search over all that the product leaves behind, and a company with a secret of each kind."""

import logging
from io import StringIO

import pytest
from django.core.cache import cache
from django.db import connection

from accounts.audit import COMMAND_LINE
from mailsettings import credentials
from mailsettings.models import CredentialKind, MicrosoftApp, SmtpServer
from portal import logs
from tests.oauth.stub_entra import CLIENT, TENANT, StubEntra
from tests.safety import canaries
from tests.safety.searching import Search, handler_of


@pytest.fixture
def log_streams():
    """All that is logged, from DEBUG on, in both formats of LOG_FORMAT."""
    root, streams = logging.getLogger(), {"json": StringIO(), "plain": StringIO()}
    before, level = root.handlers[:], root.level
    ours = []
    for name, stream in streams.items():
        logs.configure({"format": name, "level": "DEBUG"})
        ours.append(handler_of(stream))
    root.handlers[:] = [*before, *ours]
    yield streams
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def search(transactional_db, log_streams, capfd):
    """Rows are committed: what is not in the database's file cannot be looked for there."""
    cache.clear()  # of the rate limits' counts
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # the bytes that earlier tests deleted on purpose
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        assert not busy, "somebody still reads the database of this test"
    return Search(log_streams, capfd)


@pytest.fixture(scope="session")
def _entra(tmp_path_factory):
    server = StubEntra(tmp_path_factory.mktemp("entra"))
    yield server
    server.stop()


@pytest.fixture
def entra(_entra, settings, tmp_path):
    """A sign-in server that answers as it is told, known to the portal as the cloud "stub"."""
    _entra.reset()
    settings.MICROSOFT_CLOUDS_FILE = str(_entra.write_clouds_file(tmp_path / "clouds.toml"))
    return _entra


@pytest.fixture
def vault(world):
    """Every kind of stored secret: the company's two, and the user's two."""
    MicrosoftApp.objects.create(company=world.company, cloud="stub", tenant_id=TENANT, client_id=CLIENT)
    SmtpServer.objects.create(
        company=world.company, host="localhost", port=587, user_name="orders@alpha.example"
    )
    for kind, value, owner in (
        (CredentialKind.CLIENT_SECRET, canaries.CLIENT_SECRET, None),
        (CredentialKind.SMTP_PASSWORD, canaries.SMTP_PASSWORD, None),
        (CredentialKind.USER_PASSWORD, canaries.EMAIL_PASSWORD, world.user),
        (CredentialKind.GMAIL_APP_PASSWORD, canaries.APP_PASSWORD, world.user),
    ):
        credentials.store(world.company, kind, value, actor=COMMAND_LINE, membership=owner)
    return world
