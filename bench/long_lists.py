"""What a page of a long list costs, beside a bare view that renders fifty rows of the same database.

Both go through the same middleware and sign-in, within one process, by turns. The bare view reads its fifty rows in
one query with what it shows of them, and writes them into a plain table; no layout, menu, filter, icon or word more.
"""

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from statistics import median

from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.models import Company, MailState, Membership, Role, User
from accounts.searching import found_by
from core.ids import first_of
from mailsettings.catalog import COMPANY_SMTP, METHODS
from mailsettings.models import Authentication, SmtpServer
from sender.models import OutboxMessage, RecipientOutcome
from sender.services import Draft, submit

AT_ONCE = 500
KEPT = timedelta(days=90)
TROUBLES = {"failed": "recipient_invalid", "unknown": "unknown_outcome", "waiting": "", "cancelled": ""}
PAGES = {
    "outbox": ("/bare/outbox/", "/Bench/outbox/"),
    "outbox, the thousandth page": ("/bare/outbox/", "/Bench/outbox/?before={middle}"),
    "outbox, failed": ("/bare/outbox/?state=failed", "/Bench/outbox/?state=failed"),
    "outbox, one person": ("/bare/outbox/?person={person}", "/Bench/outbox/?person={person}"),
    "outbox, a day": ("/bare/outbox/", "/Bench/outbox/?since={day}&until={day}"),
    "outbox, a search that finds nothing": (
        "/bare/outbox/?q=nobody-has-this-word",
        "/Bench/outbox/?q=nobody-has-this-word",
    ),
    "people": ("/bare/people/", "/Bench/people/"),
    "people, needing attention": ("/bare/people/?state=attention", "/Bench/people/?state=attention"),
}


def prepare(messages: int, people: int) -> dict:
    company = Company.objects.create(code="Bench", name="Bench", allowed_methods=list(METHODS))
    company.states_checked_at = timezone.now()
    company.save()
    SmtpServer.objects.create(company=company, host="localhost", authentication=Authentication.NONE)
    admin = User.objects.create_user(email="admin@bench.example", name="Admin")
    first = Membership.objects.create(company=company, user=admin, role=Role.ADMIN)
    users = [User(email=f"person{n:05}@bench.example", name=f"Person {n:05}") for n in range(people)]
    User.objects.bulk_create(users, AT_ONCE)
    states = [MailState.WORKS] * 8 + [MailState.ATTENTION, MailState.NEVER]
    ways = {MailState.WORKS: COMPANY_SMTP}
    members = [
        Membership(
            company=company,
            user=user,
            found_by=found_by(user.name, user.email),
            mail_state=states[n % 10],
            mail_method=ways.get(states[n % 10], ""),
        )
        for n, user in enumerate(users)
    ]
    Membership.objects.bulk_create(members, AT_ONCE)
    add_messages(messages, first, members)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"messages": OutboxMessage.objects.count()}


def add_messages(count: int, first: Membership, members: list[Membership]) -> None:
    """Over ninety days; of a hundred, four failed or are not known, one waits and one was cancelled."""
    template = submit(first, Draft(to=("rita@recipient.example",), subject="Order"), submitted_by="bench")
    OutboxMessage._meta.get_field("submitted_at").auto_now_add = False  # times of the past are stored here
    columns, to = _columns(template), _columns(template.recipients.get())
    OutboxMessage.objects.all().delete()
    chance, begin = Random(1), timezone.now() - KEPT
    made = (
        _message(columns, to, chance, begin + KEPT * (n / count), members[n % (count // 100)], n)
        for n in range(count)
    )
    while batch := list(islice(made, AT_ONCE)):
        with transaction.atomic():
            OutboxMessage.objects.bulk_create([message for message, _recipient in batch])
            RecipientOutcome.objects.bulk_create([recipient for _message, recipient in batch])


def _message(columns: dict, to: dict, chance: Random, at: datetime, person: Membership, n: int) -> tuple:
    key = uuid.UUID(int=first_of(at).int | chance.getrandbits(62))
    state = {0: "failed", 1: "failed", 2: "failed", 3: "unknown", 4: "waiting", 5: "cancelled"}.get(
        n % 100, "sent"
    )
    facts = {"id": key, "membership_id": person.pk, "person": person.user.email, "state": state}
    facts |= {"cause": TROUBLES.get(state, ""), "submitted_at": at, "due_at": at}
    facts |= {"finished_at": None if state == "waiting" else at + timedelta(seconds=2)}
    facts |= {"subject": f"Transport order {n}: Riga – Hamburg", "message_id": f"<{key.hex}@bench.example>"}
    recipient = to | {
        "message_id": key,
        "address": f"dispatch{n % 5_000}@carrier.example",
    }
    return OutboxMessage(**columns | facts), RecipientOutcome(**recipient)


def _columns(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def measure(rounds: int) -> dict:
    client = Client(SERVER_NAME="localhost", headers={"accept-encoding": "gzip"})
    admin = Membership.objects.get(user__email="admin@bench.example")
    client.force_login(admin.user)
    keys = OutboxMessage.objects.order_by("-pk")
    middle = keys[keys.count() // 2]
    person = Membership.objects.filter(outbox__isnull=False).first()
    names = {"middle": middle.pk, "person": person.pk, "day": f"{middle.submitted_at:%Y-%m-%d}"}
    return {
        page: _by_turns(client, bare.format(**names), ours.format(**names), rounds)
        for page, (bare, ours) in PAGES.items()
    }


def _by_turns(client: Client, bare: str, ours: str, rounds: int) -> dict[str, float]:
    """Milliseconds of the middle of many answers."""
    taken: dict[str, list[float]] = {bare: [], ours: []}
    for number in range(rounds + 5):
        for path, times in taken.items():
            took = _timed(lambda path=path: client.get(path))
            if number >= 5:  # connections, templates and routes are there by then
                times.append(took)
    return {"bare_ms": median(taken[bare]) * 1_000, "ours_ms": median(taken[ours]) * 1_000}


def _timed(answer: Callable) -> float:
    began = time.perf_counter()
    response = answer()
    took = time.perf_counter() - began
    assert response.status_code == 200, response.status_code
    return took
