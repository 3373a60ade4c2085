"""One sandbox for the whole run, on free ports; `pytest_plugins = ["tests.sandbox_fixture"]` brings it in."""

from collections.abc import Iterator

import pytest

from sandbox.client import SandboxClient
from sandbox.server import Sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A running sandbox; see its attributes for addresses, ports and files."""
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def sandbox_client(sandbox: Sandbox) -> SandboxClient:
    """The sandbox's remote control, with everything forgotten that earlier tests left."""
    client = SandboxClient(sandbox.authority_url, sandbox.ca_file)
    client.reset()
    return client
