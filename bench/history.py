"""What years of sending leave behind: rows of sent messages without their content, which was purged."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.db import connection, models
from django.utils import timezone

from accounts.models import Membership
from bench.backlog import draft
from core.ids import uuid7
from sender.inserting import insert_many
from sender.models import Attempt, Content, OutboxMessage, RecipientOutcome, State
from sender.services import submit

AT_ONCE = 10_000


def add_history(count: int) -> None:
    """`count` messages sent over the last 90 days, spread over all people."""
    templates = [_sent(person) for person in Membership.objects.all()]
    made = (
        [*_copy(templates[number % len(templates)], number / count)]
        for number in range(count - len(templates))
    )
    while batch := list(islice(made, AT_ONCE)):
        kinds = zip((OutboxMessage, RecipientOutcome, Attempt), zip(*batch, strict=True), strict=True)
        insert_many([(model, [list(row.values()) for row in rows]) for model, rows in kinds])
    _tidy_up()


def _tidy_up() -> None:
    """What databases do by themselves some time after much was written, done before the measuring."""
    tasks = {
        "postgresql": ("VACUUM ANALYZE", "CHECKPOINT"),
        "sqlite": ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"),
    }
    with connection.cursor() as cursor:
        for task in tasks[connection.vendor]:
            cursor.execute(task)


def _sent(person: Membership) -> tuple[dict, dict, dict]:
    """The columns of a message that went out, of its recipient and of its attempt."""
    now = timezone.now()
    message = submit(person, draft(100), submitted_by="bench")
    Content.objects.filter(message=message).delete()
    message.recipients.update(outcome="accepted", reply="250 2.0.0 taken")
    attempt = Attempt.objects.create(
        message=message,
        number=1,
        method=message.mailbox.method,
        phase="handed_over",
        outcome="accepted",
        reply="250 2.0.0 taken",
        finished_at=now,
    )
    OutboxMessage.objects.filter(pk=message.pk).update(state=State.SENT, finished_at=now, attempts_made=1)
    message.refresh_from_db()
    return _columns(message), _columns(message.recipients.get()), _columns(attempt)


def _copy(template: tuple[dict, dict, dict], place: float) -> Iterator[dict]:
    """The same with ids of its own, and as long ago as its place among all says."""
    message, recipient, attempt = template
    own = uuid7()
    age = timedelta(days=90) * (1 - place)
    times = {name: message[name] - age for name in ("due_at", "submitted_at", "finished_at")}
    yield message | times | {"id": own, "message_id": f"<{own.hex}@bench.example>"}
    yield recipient | {"message_id": own}
    yield attempt | {"id": uuid7(), "message_id": own}


def _columns(row: models.Model) -> dict[str, object]:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {
        name: json.dumps(each) if isinstance(each, dict | list) else each for name, each in values.items()
    }
