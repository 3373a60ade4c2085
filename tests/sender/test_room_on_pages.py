"""On PostgreSQL a send changes rows on their own pages: these are filled by half, whatever migrations did since."""

import pytest
from django.db import connection

from sender.models import OutboxMessage, RecipientOutcome

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [OutboxMessage, RecipientOutcome])
def test_pages_of_what_a_send_changes_have_room(model):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such setting")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [model._meta.db_table])
        assert cursor.fetchone() == (["fillfactor=50"],)
