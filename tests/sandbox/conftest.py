"""The sandbox's own tests talk to it with real clients over its real sockets."""

from collections.abc import Iterator

import pytest

from sandbox import world
from tests.sandbox.people import Visitor


@pytest.fixture
def visitor(sandbox, sandbox_client) -> Iterator[Visitor]:
    """A browser and a business application before an untouched sandbox."""
    here = Visitor(sandbox)
    yield here
    here.web.close()


@pytest.fixture(scope="session")
def nordic() -> world.AppRegistration:
    return world.load().apps[0]


@pytest.fixture(scope="session")
def baltic() -> world.AppRegistration:
    return world.load().apps[1]
