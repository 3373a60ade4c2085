"""Batches in the portal: the list, one with its progress, what was refused, stopping it; seen as the outbox is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from core.ids import first_of
from sender import batches, retention
from sender.batches import Line, Refusal, Refused
from sender.models import Batch, BatchLine, OutboxMessage
from sender.services import Draft, Submission
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import open_relay


@pytest.fixture
def batch(world) -> Batch:
    """Two messages of Bob, one of Carol, two refused lines, of which one is Bob's."""
    open_relay(world.user)
    made = begin(world)
    lines = [line(1, world.user), line(2, world.colleague), line(3, world.user)]
    lines += [Refused(4, Refusal("json_invalid", "", "The line is no JSON."))]
    lines += [Refused(5, Refusal("invalid", "to", "=“nobody” is no address."), world.user)]
    batches.store(made, lines)
    batches.finish(made)
    return made


def begin(world, key: str = "monday") -> Batch:
    return batches.begin(world.company, key, submitted_by="API key ERP", api_key="0a0a")


def line(number: int, person) -> Line:
    draft = Draft(to=["rita@recipient.example"], subject=f"Order {number}", text="One truck.")
    return Line(number, person, Submission(draft, f"monday:{number}"))


@pytest.fixture
def opened(client, batch):
    def opened(member, path: str = "", **options: object):
        sign_in(client, member)
        return client.get(f"/Alpha/batches/{path}", options)

    return opened


def test_staff_see_all_and_a_person_what_is_his_own(world, opened, batch):
    page = opened(world.support, f"{batch.pk}/").content.decode()
    for said in (
        "5 lines were read: 3 taken, 2 refused",
        "0 of 3 messages have ended",
        "The line is no JSON.",
    ):
        assert said in page
    page = opened(world.user, f"{batch.pk}/").content.decode()
    assert "0 of 2 messages have ended" in page
    assert "“nobody” is no address." in page
    assert "The line is no JSON." not in page
    assert "monday" in opened(world.colleague).content.decode()


def test_who_has_no_message_in_a_batch_does_not_find_it(world, opened, batch):
    OutboxMessage.objects.filter(membership=world.colleague).delete()
    BatchLine.objects.filter(membership=world.colleague).delete()
    assert "There is no batch yet" in opened(world.colleague).content.decode()
    assert opened(world.colleague, f"{batch.pk}/").status_code == 404
    assert opened(world.user, f"{batch.pk}/cancel/").status_code == 403


def test_the_refused_lines_come_as_a_table_without_formulas(world, opened, batch):
    text = b"".join(opened(world.admin, f"{batch.pk}/refused/").streaming_content).decode()
    assert text.splitlines()[1:] == [
        "4,,json_invalid,The line is no JSON.",
        "5,to,invalid,'=“nobody” is no address.",
    ]
    assert AuditEvent.objects.get(action="batch.exported").object_label == "monday"


def test_refused_lines_are_paged_by_their_number(world, opened, batch, monkeypatch):
    monkeypatch.setattr("sender.pages.batches.SHOWN", 1)
    first = opened(world.admin, f"{batch.pk}/").content.decode()
    assert "Line 4" in first
    assert "?after=4" in first
    rest = opened(world.admin, f"{batch.pk}/", after="4").content.decode()
    assert "Line 5" in rest
    assert "Line 4" not in rest
    for odd in ("x", "-1", "²", "9" * 30):
        assert opened(world.admin, f"{batch.pk}/", after=odd).status_code == 200


def test_the_moving_part_is_asked_for_only_while_something_moves(world, opened, batch):
    assert "hx-get" in opened(world.admin, f"{batch.pk}/status/").content.decode()
    OutboxMessage.objects.update(state="sent", finished_at=timezone.now())
    page = opened(world.admin, f"{batch.pk}/status/").content.decode()
    assert "hx-get" not in page
    assert "3 of 3 messages have ended" in page


def test_one_that_broke_off_says_so(world, opened, batch):
    Batch.objects.update(finished_at=None, taken_at=timezone.now() - timedelta(minutes=3))
    page = opened(world.admin, f"{batch.pk}/").content.decode()
    assert "broke off" in page
    assert "not complete" in page
    Batch.objects.update(stopped_why="too_many_lines")
    assert "more lines than one batch may have" in opened(world.admin, f"{batch.pk}/").content.decode()


def test_stopping_asks_back_and_leaves_what_was_sent(world, client, opened, batch):
    OutboxMessage.objects.filter(subject="Order 1").update(state="sent", finished_at=timezone.now())
    assert "2 messages still wait" in opened(world.support, f"{batch.pk}/cancel/").content.decode()
    assert not Batch.objects.exclude(cancelled_at=None).exists()
    client.post(f"/Alpha/batches/{batch.pk}/cancel/")
    assert sorted(OutboxMessage.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "sent"]
    event = AuditEvent.objects.get(action="batch.cancelled")
    assert (event.actor, event.details) == (world.support.user, {"messages": 2})


def test_the_outbox_shows_the_messages_of_one_batch(world, client, batch):
    other = begin(world, "tuesday")
    batches.store(other, [line(9, world.user)])
    sign_in(client, world.admin)
    page = client.get(f"/Alpha/outbox/?batch={batch.pk}&state=waiting").content.decode()
    assert "Order 3" in page
    assert "Order 9" not in page
    assert f'name="batch" value="{batch.pk}"' in page
    assert "Only messages of the batch monday." in page
    for none in (other.pk.hex[::-1], "x"):
        assert "There is no such batch." in client.get(f"/Alpha/outbox/?batch={none}").content.decode()
    sign_in(client, world.stranger)
    assert "There is no such batch." in client.get(f"/Omega/outbox/?batch={batch.pk}").content.decode()


def test_lists_ask_the_database_few_questions(world, client, batch):
    sign_in(client, world.admin)
    asked = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get("/Alpha/batches/")
        asked.append(len(queries))
        begin(world, f"day {number}")
    assert asked[0] == asked[-1]
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/Alpha/batches/{batch.pk}/")
    assert len(queries) < 16


def test_old_batches_are_removed_with_their_lines(world, batch):
    now = timezone.now()
    assert retention.purge(now) == 0
    long_ago = now - timedelta(days=world.company.retention_days) - retention.FACTS_KEPT - timedelta(days=1)
    old = Batch.objects.create(id=first_of(long_ago), company=world.company, key="old", submitted_by="x")
    BatchLine.objects.create(batch=old, line=1, cause="invalid")
    assert retention.purge(now) == 2
    assert Batch.objects.get() == batch
