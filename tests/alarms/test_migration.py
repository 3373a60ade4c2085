"""Web hooks for alarms of an older release become webhooks, with the secret that the receiver knows."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from core import crypto
from tests.factories import make_company
from webhooks import secrets
from webhooks.models import Endpoint

BEFORE, AFTER = [("alarms", "0001_alarms")], [("alarms", "0002_webhooks")]


@pytest.fixture
def older(transactional_db):
    """The apps as they were before."""
    MigrationExecutor(connection).migrate(BEFORE)
    yield MigrationExecutor(connection).loader.project_state(BEFORE).apps
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_a_hook_keeps_its_address_and_its_secret(older):
    hooks, secret = older.get_model("alarms", "WebHook"), secrets.make()
    for code, is_readable in (("Hooked", True), ("Unreadable", False)):
        row = hooks(
            company_id=make_company(code).pk, url="https://hooks.firm.example/in", set_at=timezone.now()
        )
        context = f"alarms_webhook:{row.pk}:ciphertext" if is_readable else "elsewhere"
        row.key_id, row.ciphertext = crypto.encrypt(secret.encode(), context)
        row.save()
    MigrationExecutor(connection).migrate(AFTER)
    endpoint = Endpoint.objects.get()
    assert (endpoint.company.code, endpoint.url) == ("Hooked", "https://hooks.firm.example/in")
    assert secrets.of(endpoint, timezone.now()) == [secret]
    assert endpoint.events == ["alarm.opened", "alarm.nearer", "alarm.cleared"]
    assert endpoint.is_on
