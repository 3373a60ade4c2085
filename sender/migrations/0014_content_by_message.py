import django.db.models.deletion
from django.db import migrations, models

from core import crypto


def bind_to_the_message(apps, _editor):
    """A ciphertext is bound to its row's key, which is the message's from now on."""
    contents = apps.get_model("sender", "Content").objects
    for key in list(contents.values_list("pk", flat=True)):
        content = contents.get(pk=key)
        try:
            text = crypto.decrypt(content.key_id, content.ciphertext, f"sender_content:{key}:ciphertext")
        except crypto.KeyMissing:
            if content.message.finished_at is None:  # it waits for the key, and could never be read afterwards
                raise crypto.KeyMissing(f"Put the encryption key {content.key_id!r} back first.") from None
            continue
        except crypto.DecryptionFailed:
            continue  # as unreadable as before
        place = f"sender_content:{content.message_id}:ciphertext"
        content.key_id, content.ciphertext = crypto.encrypt(text, place)
        content.save()


class Migration(migrations.Migration):
    dependencies = [("sender", "0013_find_what_is_taken_and_what_is_in_trouble")]

    operations = [
        migrations.RunPython(bind_to_the_message),
        migrations.RemoveField(model_name="content", name="id"),
        migrations.AlterField(
            model_name="content",
            name="message",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="content",
                serialize=False,
                to="sender.outboxmessage",
            ),
        ),
    ]
