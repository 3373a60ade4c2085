"""The web hooks for alarms become webhooks of the company, with the secrets that their receivers know."""

from django.db import migrations, models

from core import crypto

EVENTS = ["alarm.opened", "alarm.nearer", "alarm.cleared"]


def take_over(apps, _schema_editor):
    """A secret that cannot be read any more signed nothing, so that such a hook told nobody."""
    endpoints = apps.get_model("webhooks", "Endpoint")
    apps.get_model("alarms", "Telling").objects.filter(channel="hook").delete()
    for hook in apps.get_model("alarms", "WebHook").objects.all():
        try:
            secret = crypto.decrypt(hook.key_id, hook.ciphertext, f"alarms_webhook:{hook.pk}:ciphertext")
        except crypto.DecryptionFailed:
            continue
        endpoint = endpoints(
            company_id=hook.company_id,
            url=hook.url,
            events=EVENTS,
            secret_set_at=hook.set_at,
            made_by_label="alarms",
        )
        context = f"webhooks_endpoint:{endpoint.pk}:ciphertext"
        endpoint.key_id, endpoint.ciphertext = crypto.encrypt(secret, context)
        endpoint.save()


class Migration(migrations.Migration):

    dependencies = [
        ("alarms", "0001_alarms"),
        ("webhooks", "0001_webhooks"),
    ]

    operations = [
        migrations.RunPython(take_over, migrations.RunPython.noop),
        migrations.DeleteModel(name="WebHook"),
        migrations.AlterField(
            model_name="alarm",
            name="kind",
            field=models.CharField(
                choices=[
                    ("secret_ending", "secret or certificate ending"),
                    ("connection_lost", "connection lost"),
                    ("mailbox_paused", "mailbox paused"),
                    ("queue_old", "mail waits too long"),
                    ("webhook_stopped", "webhook stopped"),
                    ("worker_missing", "no worker"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="telling",
            name="channel",
            field=models.CharField(choices=[("mail", "e-mail")], max_length=8),
        ),
    ]
