"""Contents and recipients of an older release keep what they say under their new keys."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from core import crypto
from core.ids import uuid7
from sender.models import Content, OutboxMessage, RecipientOutcome
from sender.services import Draft, submit
from tests.sender.helpers import open_relay

BEFORE = ("sender", "0013_find_what_is_taken_and_what_is_in_trouble")
AFTER = [
    ("sender", "0014_content_by_message"),
    ("sender", "0015_recipients_by_address"),
    ("sender", "0016_room_beside_recipients"),
]
TO = ["zoe@recipient.example", "ann@recipient.example"]


@pytest.fixture
def message(world, transactional_db) -> OutboxMessage:
    open_relay(world.user)
    return submit(world.user, Draft(to=TO, text="One truck."), submitted_by="test")


def older_tables() -> tuple[type, type]:
    """The two tables as they were, and empty."""
    apps = MigrationExecutor(connection).loader.project_state([BEFORE]).apps
    older = apps.get_model("sender", "Content"), apps.get_model("sender", "RecipientOutcome")
    with connection.schema_editor() as editor:
        for model in (Content, RecipientOutcome):
            editor.delete_model(model)
        for model in older:
            editor.create_model(model)
    for migration in AFTER:
        MigrationRecorder(connection).record_unapplied(*migration)
    return older


def test_a_content_is_read_and_recipients_stay_in_their_order(message):
    stored = message.content.unseal()
    contents, recipients = older_tables()
    key = uuid7()
    key_id, ciphertext = crypto.encrypt(stored, f"sender_content:{key}:ciphertext")
    contents.objects.create(id=key, message_id=message.pk, key_id=key_id, ciphertext=ciphertext)
    for address in TO:
        facts = {"kind": "to", "outcome": "", "reply": address}
        recipients.objects.create(message_id=message.pk, address=address, **facts)
    MigrationExecutor(connection).migrate(AFTER)
    again = OutboxMessage.objects.get(pk=message.pk)
    assert again.content.unseal() == stored
    assert [(one.address, one.place, one.reply) for one in again.recipients.all()] == [
        (address, place, address) for place, address in enumerate(TO)
    ]


def test_mail_that_waits_for_a_missing_key_stops_it_before_anything_is_lost(message):
    contents, _recipients = older_tables()
    contents.objects.create(id=uuid7(), message_id=message.pk, key_id="gone", ciphertext=b"x")
    with pytest.raises(crypto.KeyMissing, match="Put the encryption key 'gone' back first"):
        MigrationExecutor(connection).migrate(AFTER)
    contents.objects.all().delete()
    MigrationExecutor(connection).migrate(AFTER)


def test_a_content_of_the_past_that_could_not_be_read_stops_nothing(message):
    OutboxMessage.objects.update(state="sent", finished_at=message.submitted_at)
    contents, _recipients = older_tables()
    contents.objects.create(id=uuid7(), message_id=message.pk, key_id="gone", ciphertext=b"x")
    MigrationExecutor(connection).migrate(AFTER)
    assert Content.objects.get(pk=message.pk).key_id == "gone"
