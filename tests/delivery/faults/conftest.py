from collections.abc import Iterator
from dataclasses import astuple

import pytest
import trustme
from django.core.management import call_command

from tests.delivery.faults import places
from tests.delivery.faults.private_postgres import PrivatePostgres


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(ca, settings, tmp_path) -> trustme.CA:
    """An authority that the workers trust."""
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    settings.EXTRA_CA_FILE = str(path)
    return ca


@pytest.fixture(scope="session")
def _migrated(django_db_blocker) -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    try:
        server.make()
        server.start()
        with django_db_blocker.unblock(), server.becomes_the_database():
            call_command("migrate", verbosity=0)
        yield server
    finally:
        server.remove()


@pytest.fixture
def private_postgres(_migrated, django_db_blocker) -> Iterator[PrivatePostgres]:
    """The database of this test, with empty tables, whichever the others of the run have."""
    if not _migrated.is_running:  # another test failed meanwhile
        _migrated.start()
    _migrated.limit_files()
    with django_db_blocker.unblock(), _migrated.becomes_the_database():
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        yield _migrated


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    places.found.clear()
    result = yield
    item.user_properties += [("balance", astuple(each)) for each in places.found[-1:]]
    return result


def pytest_terminal_summary(terminalreporter) -> None:
    """What became of the mail in each test, and how long the whole test took, until all was normal again."""
    reports = terminalreporter.stats.get("passed", [])
    told = [
        (report, *books) for report in reports for name, books in report.user_properties if name == "balance"
    ]
    if told:
        terminalreporter.section("faults")
        terminalreporter.write_line(" lost doubled unknown     s  test")
    for report, lost, doubled, unknown in told:
        name = report.nodeid.rpartition("::")[2]
        terminalreporter.write_line(f"{lost:5} {doubled:7} {unknown:7} {report.duration:5.1f}  {name}")
