"""A remembered way is trusted without looking only while nothing but messages was added to the database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from mailsettings.models import SmtpServer
from sender import changes, route_memory
from sender.route_memory import way_of
from sender.services import Draft, Submission, submit, submit_many
from tests.sender.helpers import open_relay

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
        reason="PostgreSQL tells the versions of rows",
    ),
]
DRAFT = Draft(to=["rita@recipient.example"], subject="Order", text="One truck.")


@pytest.fixture
def stamps(world, monkeypatch) -> list[object]:
    """Whose way was looked at, after the first message."""
    open_relay(world.user)
    submit(world.user, DRAFT, submitted_by="test")
    way_of(world.user)
    looked, real = [], route_memory._stamp

    def looking(membership: object) -> bytes:
        looked.append(membership)
        return real(membership)

    monkeypatch.setattr(route_memory, "_stamp", looking)
    return looked


def elsewhere(work: object) -> None:
    """In another thread, and so by another connection."""

    def done() -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(done).result()


def rename(host: str) -> None:
    SmtpServer.objects.update(host=host)


def test_handing_over_asks_nothing_of_a_way_that_was_chosen_before(world, stamps):
    submit(world.user, DRAFT, submitted_by="test")
    submit_many(world.user, [Submission(DRAFT)] * 3, submitted_by="test")
    submit(world.user, DRAFT, submitted_by="test")
    assert stamps == []


def test_a_change_by_this_connection_is_seen(world, stamps):
    rename("new.alpha.example")
    assert "new.alpha.example" in way_of(world.user).route.reason


def test_a_change_by_another_connection_is_seen(world, stamps):
    submit(world.user, DRAFT, submitted_by="test")
    elsewhere(lambda: rename("new.alpha.example"))
    assert "new.alpha.example" in way_of(world.user).route.reason


def test_a_change_that_was_taken_back_leaves_no_way_behind(world, stamps):
    before = way_of(world.user).route.reason
    with transaction.atomic():
        rename("new.alpha.example")
        assert "new.alpha.example" in way_of(world.user).route.reason
        transaction.set_rollback(True)
    assert way_of(world.user).route.reason == before


def test_nothing_is_told_within_a_transaction(world, stamps):
    with transaction.atomic():
        assert changes.seen(connections[DEFAULT_DB_ALIAS]) is None


def test_a_new_connection_has_seen_nothing_yet(world, stamps):
    seen = changes.seen(connections[DEFAULT_DB_ALIAS])
    assert changes.seen(connections[DEFAULT_DB_ALIAS]) == seen
    connection.close()
    assert changes.seen(connections[DEFAULT_DB_ALIAS]) != seen
