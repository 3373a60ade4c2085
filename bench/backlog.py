"""A company with mailboxes that send through the sink, and rows that wait in its outbox."""

import copy
from collections.abc import Iterator
from itertools import islice

from django.db import models
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company, Membership, Role, User
from bench.letters import text
from core.ids import uuid7
from mailsettings import credentials
from mailsettings.catalog import METHODS
from mailsettings.models import Authentication, CredentialKind, Security, SmtpServer
from sender.models import Content, OutboxMessage, RecipientOutcome
from sender.services import Draft, submit

AT_ONCE = 500


def make_mailboxes(count: int, port: int, at_once: int) -> None:
    """One company; each person sends with a password of their own through the sink on `port`."""
    names = {field.name for field in SmtpServer._meta.get_fields()}
    limit = {"max_connections": at_once} if "max_connections" in names else {}
    company = Company.objects.create(code="Bench", name="Bench", allowed_methods=list(METHODS))
    SmtpServer.objects.create(
        company=company,
        host="localhost",
        port=port,
        security=Security.TLS,
        authentication=Authentication.PASSWORD,
        timeout_s=60,
        **limit,
    )
    for number in range(count):
        user = User.objects.create_user(email=f"person{number}@bench.example", name=f"Person {number}")
        person = Membership.objects.create(company=company, user=user, role=Role.USER)
        credentials.store(
            company, CredentialKind.USER_PASSWORD, "password", actor=COMMAND_LINE, membership=person
        )


def fill_up(count: int, size: int) -> None:
    """`count` due messages, spread evenly over the people, in the order the mailboxes would take turns."""
    templates = [_template(person, size) for person in Membership.objects.order_by("id")]
    made = _copies(templates, count - len(templates))
    while batch := list(islice(made, AT_ONCE)):
        for model in (OutboxMessage, Content, RecipientOutcome):
            model.objects.bulk_create([row for rows in batch for row in rows if isinstance(row, model)])


def draft(size: int) -> Draft:
    return Draft(to=("rita@recipient.example",), subject="Order", text=text(size))


def _template(person: Membership, size: int) -> tuple[OutboxMessage, bytes, list[RecipientOutcome]]:
    """A message that was really submitted."""
    message = submit(person, draft(size), submitted_by="bench")
    return message, message.content.unseal(), list(message.recipients.all())


def _copies(templates: list, count: int) -> Iterator[tuple[models.Model, ...]]:
    """The rows of copies, each of a message of its own."""
    for number in range(count):
        first, mime, recipients = templates[number % len(templates)]
        message = _copy(first, id=uuid7(), due_at=timezone.now(), submitted_at=timezone.now())
        message.message_id = f"<{message.pk.hex}@bench.example>"
        content = Content(message=message)
        content.seal(mime.replace(first.message_id.encode(), message.message_id.encode(), 1))
        yield message, content, *(_copy(recipient, message=message) for recipient in recipients)


def _copy(row: models.Model, **changes: object) -> models.Model:
    made = copy.copy(row)
    made._state = copy.copy(row._state)
    made._state.adding = True
    for name, value in changes.items():
        setattr(made, name, value)
    return made
