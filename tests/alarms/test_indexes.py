"""Looking for alarms, and the overview's numbers, go through indexes however many messages there are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alarms import rules, telling
from alarms.models import Telling
from portal.figures import figures_of
from tests.sender.test_outbox_indexes import history

__all__ = ["history"]


@pytest.fixture
def plans(db):
    """The plans of all statements that `run` makes, as the database tells them where tables are large."""

    def of(run) -> str:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            with CaptureQueriesContext(connection) as captured:
                run()
            told = []
            for query in captured.captured_queries:
                how = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
                cursor.execute(f"{how} {query['sql']}")
                told += [str(row) for row in cursor.fetchall()]
            return "\n".join(told)

    return of


def test_old_mail_is_found_among_open_messages_only(plans, world):
    assert "outbox_open" in plans(lambda: list(rules.queues_old(timezone.now())))


def test_lost_connections_are_found_by_their_state(plans, world):
    assert "connection_idle" in plans(lambda: list(rules.connections_lost(timezone.now())))


@pytest.mark.usefixtures("history")
def test_the_overviews_numbers_need_no_look_through_all_messages(plans, world):
    told = plans(lambda: figures_of(world.admin))
    assert "outbox_open" in told
    assert "outbox_by_company" in told
    assert "outbox_by_person" in plans(lambda: figures_of(world.user))


def test_what_is_due_to_be_told_is_found_among_what_waits(plans, world):
    assert "telling_due" in plans(lambda: telling.deliver(timezone.now() - timedelta(days=1)))
    assert not Telling.objects.exists()
