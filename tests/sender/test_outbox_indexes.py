"""However long the history: what people look for in the outbox and the audit log is found by an index, in order."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import COMMAND_LINE, record
from accounts.models import AuditEvent
from core import ids
from sender import batches, listing
from sender.listing import Wanted
from sender.models import Batch, BatchLine, OutboxMessage
from tests.sender.helpers import hand_over

DAYS = 40
_numbers = count()
STATES = {1: ("failed", "recipient_invalid"), 2: ("unknown", "unknown_outcome"), 3: ("waiting", "")}


@pytest.fixture
def history(world) -> OutboxMessage:
    """1,600 messages over forty days, of which few are open or in trouble, among four times as many of others."""
    template = OutboxMessage.objects.get(pk=hand_over(world.user).pk)
    facts = {field.attname: getattr(template, field.attname) for field in template._meta.concrete_fields}
    begin = timezone.now() - timedelta(days=DAYS)
    people = [world.colleague.pk] * 19 + [world.user.pk]
    made = []
    for number in range(1_600):
        at = begin + timedelta(days=DAYS) * (number / 1_600)
        state, cause = STATES.get(number % 100, ("sent", ""))
        own = {"membership_id": people[number % 20], "state": state, "cause": cause, "submitted_at": at}
        own |= {"id": key(at, number), "finished_at": None if state == "waiting" else at}
        made.append(OutboxMessage(**facts | own))
        ended = {
            "state": "sent",
            "finished_at": at,
            "membership_id": None,
            "company_id": world.stranger.company_id,
        }
        made += [OutboxMessage(**facts | ended | {"id": key(at, number * 4 + n)}) for n in range(4)]
    OutboxMessage.objects.bulk_create(made)
    analyze()
    return template


def key(at: datetime, number: int) -> UUID:
    return UUID(int=ids.first_of(at).int + (number << 8) + next(_numbers))


def analyze() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # what other tests took back swells its indexes
            cursor.execute("REINDEX TABLE sender_outboxmessage")
        cursor.execute("ANALYZE")


def plan(rows: QuerySet) -> str:
    return rows.explain().upper()


def assert_found_by(index: str, rows: QuerySet) -> None:
    """By this index, and without sorting or going through the table."""
    said = plan(rows.order_by("-pk")[:51])
    assert index.upper() in said, said
    assert "SEQ SCAN" not in said, said
    assert "TEMP B-TREE" not in said, said


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "outbox_by_company"),
        ({"state": "sent"}, "outbox_by_company"),
        ({"state": "waiting"}, "outbox_open"),
        ({"state": "sending"}, "outbox_open"),
        ({"state": "failed"}, "outbox_in_trouble"),
        ({"state": "unknown"}, "outbox_in_trouble"),
        ({"cause": "recipient_invalid"}, "outbox_in_trouble"),
        ({"state": "failed", "cause": "recipient_invalid"}, "outbox_in_trouble"),
    ],
)
def test_each_filter_of_the_company_has_its_index(world, history, wanted, index):
    assert_found_by(index, listing.fitting(world.admin, Wanted(**wanted)))


def test_a_persons_own_list_has_its_index(world, history):
    assert_found_by("outbox_by_person", listing.fitting(world.user, Wanted()))
    assert_found_by("outbox_by_person", listing.fitting(world.admin, Wanted(person=world.user)))


def test_days_are_a_part_of_the_index_and_not_gone_through(world, history):
    since = timezone.now() - timedelta(days=DAYS - 1)
    rows = listing.fitting(world.admin, Wanted(since=since, until=since + timedelta(hours=6)))
    assert 8 < rows.count() < 12
    assert_found_by("index", rows)  # the company's, or the key's own: few messages are of these hours
    said = plan(rows.order_by("-pk")[:51])
    assert "ID>" in said.replace(" ", "") or "ID >=" in said


def test_the_next_page_begins_where_the_last_one_ended(world, history):
    middle = listing.fitting(world.admin, Wanted()).order_by("-pk")[800]
    assert_found_by("outbox_by_company", listing.fitting(world.admin, Wanted()).filter(pk__lt=middle.pk))


def test_counting_what_is_acted_on_reads_only_its_index(world, history):
    for state, index in (("waiting", "OUTBOX_OPEN"), ("failed", "OUTBOX_IN_TROUBLE")):
        assert index in plan(listing.fitting(world.admin, Wanted(state=state))), state
    assert listing.counted(world.admin, Wanted(state="failed")) == 16


def test_recipients_are_looked_for_within_the_bound_only(world, history, monkeypatch):
    monkeypatch.setattr(listing, "LOOKED_THROUGH", 100)
    found = listing.found(world.admin, Wanted(words="nobody-has-this"), {})
    assert found.rows == []
    assert found.looked_back_to > timezone.now() - timedelta(days=DAYS / 10)


def test_the_messages_of_a_batch_are_found_by_its_lines(world, history):
    def batch_of(key: str, messages: list[OutboxMessage]) -> Batch:
        made = batches.begin(world.company, key, submitted_by="ERP", api_key="")
        lines = [BatchLine(batch=made, line=number, message=row) for number, row in enumerate(messages, 1)]
        BatchLine.objects.bulk_create(lines)
        return made

    rows = list(OutboxMessage.objects.filter(company=world.company).order_by("pk"))
    batch = batch_of("long ago", rows[10:40])
    for number in range(20):
        batch_of(f"later {number}", rows[100 + number * 20 : 120 + number * 20])
    analyze()
    found = listing.fitting(world.admin, Wanted(batch=batch))
    assert found.count() == 30
    said = plan(found.order_by("-pk")[:51])
    assert "BATCH_LINE" in said, said
    assert "SEQ SCAN ON SENDER_OUTBOXMESSAGE" not in said, said
    assert "SCAN SENDER_OUTBOXMESSAGE\n" not in said, said


def test_events_are_found_by_what_they_are_and_on_whom(world):
    template = record(COMMAND_LINE, "member.added", company=world.company, label="bob@people.example")
    facts = {"actor_label": "alice@people.example", "action": "message.retried", "details": {}}
    whose = [world.company.pk, *[world.stranger.company_id] * 4] * 1_000
    AuditEvent.objects.bulk_create(
        AuditEvent(**facts, company_id=company_id, object_label=f"<{number}@alpha.example>")
        for number, company_id in enumerate(whose)
    )
    analyze()
    rows = AuditEvent.objects.filter(company=world.company)
    assert_found_by(
        "", rows
    )  # by the company's or, as events of few companies are side by side, the table's own
    assert_found_by("audit_by_object", rows.filter(object_label=template.object_label))
    assert_found_by("audit_by_actor", rows.filter(actor_label="nobody@people.example"))
    assert "AUDIT_BY_" in plan(
        rows.filter(action__in=["member.added", "member.removed"]).order_by("-pk")[:51]
    )
