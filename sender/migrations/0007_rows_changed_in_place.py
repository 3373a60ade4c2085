"""What a send changes touches few indexes; on PostgreSQL most changes then stay on the row's own page (HOT)."""

import django.db.models.deletion
from django.db import migrations, models

ROOM = 50  # per cent of each page that inserts fill; the rest is for the versions a send makes


def leave_room(_apps, editor):
    if editor.connection.vendor == "postgresql":
        for table in ("sender_outboxmessage", "sender_recipientoutcome"):
            editor.execute(f"ALTER TABLE {table} SET (fillfactor = {ROOM})")


class Migration(migrations.Migration):
    dependencies = [("sender", "0006_slots")]

    operations = [
        migrations.RemoveIndex("outboxmessage", "outbox_due"),
        migrations.RemoveIndex("outboxmessage", "outbox_sending"),
        migrations.AlterField(
            "outboxmessage",
            "mailbox",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="sender.sendingmailbox",
            ),
        ),
        migrations.AddIndex(
            "outboxmessage",
            models.Index(
                fields=["mailbox", "priority", "due_at", "id"],
                condition=models.Q(finished_at=None),
                name="outbox_due",
            ),
        ),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
