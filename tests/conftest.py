"""What every test gets: no sockets but loopback, and a company with an admin, support, a user and a stranger."""

import ipaddress
import os
import socket
from dataclasses import dataclass

import pytest
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as of_hypothesis

from accounts.models import Company, Membership, Role
from sender.transports import https
from tests.factories import make_company, make_member
from webhooks import listening

pytest_plugins = ["tests.sandbox_fixture"]
# A machine that is busy with other things makes no test fail.
of_hypothesis.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
of_hypothesis.load_profile("patient")
_OF_A_DATABASE = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what gives the same whatever the database is, so that `make test` runs it once."""
    for item in items:
        has_one = item.get_closest_marker("django_db") or _OF_A_DATABASE & set(item.fixturenames)
        if not has_one and not item.get_closest_marker("processes"):
            item.add_marker("no_database")


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """The run's own PostgreSQL is thrown away with its databases; dropping one waits in vain for a vacuum at times."""
    return django_db_keepdb or os.environ.get("TEST_DATABASE") == "postgresql"


@pytest.fixture(autouse=True, scope="session")
def _loopback_only():
    """A connection to anywhere but this machine fails the test that tried it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple):
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"A test tried to reach {host}.")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _no_kept_connections():
    """What one test's provider was called over is not the next one's."""
    yield
    https.close_sessions()


@pytest.fixture(autouse=True)
def _nobody_listens():
    """Which companies have webhooks is remembered for two seconds; here, for one test."""
    listening.forget()


@pytest.fixture(autouse=True)
def _english():
    """A page leaves its language behind in the thread, which the next request sets anew."""
    translation.activate("en")


@dataclass
class World:
    company: Company
    admin: Membership
    support: Membership
    user: Membership
    colleague: Membership
    stranger: Membership  # admin of another company


@pytest.fixture
def world(db: None) -> World:
    company, other = make_company("Alpha"), make_company("Omega")
    return World(
        company=company,
        admin=make_member(company, Role.ADMIN, "alice"),
        support=make_member(company, Role.SUPPORT, "sid"),
        user=make_member(company, Role.USER, "bob"),
        colleague=make_member(company, Role.USER, "carol"),
        stranger=make_member(other, Role.ADMIN, "mallory"),
    )
