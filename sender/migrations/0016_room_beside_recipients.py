"""The table that 0015 made has the room on its pages that 0007 gave the one before it."""

from importlib import import_module

from django.db import migrations

leave_room = import_module("sender.migrations.0007_rows_changed_in_place").leave_room


class Migration(migrations.Migration):
    dependencies = [("sender", "0015_recipients_by_address")]

    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
