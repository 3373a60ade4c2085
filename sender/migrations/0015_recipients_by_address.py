import django.db.models.deletion
from django.db import migrations, models

COPY = """
INSERT INTO sender_recipient (message_id, address, place, kind, outcome, reply)
SELECT message_id, address, row_number() OVER (PARTITION BY message_id ORDER BY id) - 1, kind, outcome, reply
FROM sender_recipientoutcome
"""


class Migration(migrations.Migration):
    """Message and address are the key. Django cannot make such a key of a table that is there."""

    dependencies = [("sender", "0014_content_by_message")]

    operations = [
        migrations.CreateModel(
            name="Recipient",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "message", "address", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("address", models.CharField(max_length=320)),
                ("place", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(choices=[("to", "To"), ("cc", "Cc"), ("bcc", "Bcc")], max_length=3)),
                ("outcome", models.CharField(blank=True, max_length=16)),
                ("reply", models.TextField(blank=True)),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sender.outboxmessage",
                    ),
                ),
            ],
            options={"ordering": ["place"]},
        ),
        migrations.RunSQL(COPY),
        migrations.DeleteModel(name="RecipientOutcome"),
        migrations.RenameModel(old_name="Recipient", new_name="RecipientOutcome"),
        migrations.AlterField(
            model_name="recipientoutcome",
            name="message",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recipients",
                to="sender.outboxmessage",
            ),
        ),
    ]
