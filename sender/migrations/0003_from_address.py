"""Until now the address in From was also the envelope's."""

from django.db import migrations, models
from django.db.models import F


def same_as_envelope(apps, _schema):
    apps.get_model("sender", "OutboxMessage").objects.update(from_address=F("envelope_from"))


class Migration(migrations.Migration):
    dependencies = [("sender", "0002_attempt_note")]

    operations = [
        migrations.AddField(
            "outboxmessage",
            "from_address",
            models.CharField(default="", max_length=320),
            preserve_default=False,
        ),
        migrations.RunPython(same_as_envelope, migrations.RunPython.noop),
    ]
