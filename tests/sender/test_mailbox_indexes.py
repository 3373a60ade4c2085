"""However many mailboxes there are: the few that are taken, due or in trouble are found by an index of these."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from alarms import rules
from sender import journal, leases, listing, recovery, route_memory, routing
from sender.models import Health, MailboxSlot, SendingMailbox
from sender.route_memory import SOURCES
from tests.sender.helpers import open_relay


@pytest.fixture
def taken(world) -> list[str]:
    """The owners of two slots, of 4,000 of as many mailboxes, of which two are in trouble."""
    facts = {"company": world.company, "method": "graph_app"}
    boxes = [SendingMailbox(owner="", account=f"{number}@alpha.example", **facts) for number in range(4_000)]
    for box in boxes[:2]:
        box.health, box.cause = Health.NEEDS_ATTENTION, routing.NO_MAILBOX[0]
    SendingMailbox.objects.bulk_create(boxes)
    slots = [MailboxSlot(mailbox=box, number=0) for box in boxes]
    for slot in slots[:2]:
        slot.owner, slot.until = uuid4().hex, timezone.now() + timedelta(seconds=20)
    MailboxSlot.objects.bulk_create(slots)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [slot.owner for slot in slots[:2]]


def plans(do: Callable[[], object]) -> list[str]:
    """How the database goes about each of the statements that this runs."""
    asked: list[tuple] = []

    def note(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        do()
    return [explained(sql, params) for sql, params in asked if not sql.startswith(("SAVEPOINT", "RELEASE"))]


def explained(sql: str, params: object) -> str:
    verb = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{verb} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_leases_are_renewed_and_looked_for_among_the_taken_only(taken):
    for said in plans(lambda: leases.renew([*taken, "lost"])):
        assert "slot_taken" in said
    journal.left_here()  # asks the database once where its journals are
    for look in (recovery.recover, recovery.settle_strays):
        first, *_of_journals_left_by_others = plans(look)
        assert "slot_taken" in first


def test_what_is_in_trouble_is_found_without_what_works(world, taken):
    for look in (
        lambda: routing.not_mailboxes(world.company),
        lambda: list(listing._held_back(world.admin)),
        lambda: list(rules.mailboxes_paused(timezone.now(), world.company)),
    ):
        assert any("mailbox_in_trouble" in said for said in plans(look))


def test_handing_over_looks_at_no_mailbox_that_works(world, taken):
    open_relay(world.user)
    (rows,) = (rows for model, rows in SOURCES if model is SendingMailbox)
    said = explained(f"SELECT id FROM sender_sendingmailbox WHERE {rows}", {"company": world.company.pk.hex})
    assert "mailbox_in_trouble" in said


def test_a_mailbox_that_turns_out_not_to_be_there_changes_the_way_and_other_trouble_does_not(world):
    open_relay(world.user)
    way = route_memory.way_of(world.user)
    facts = {"company": world.company, "method": "graph_app", "health": Health.NEEDS_ATTENTION}
    box = SendingMailbox.objects.create(account="bob@alpha.example", cause="secret_expired", **facts)
    assert route_memory.way_of(world.user) is way
    before = route_memory._stamp(world.user)
    SendingMailbox.objects.filter(pk=box.pk).update(cause=routing.NO_MAILBOX[0])
    assert route_memory._stamp(world.user) != before
