"""What other apps ask about connections."""

from datetime import UTC, date, datetime

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core import clock
from mailsettings.models import Credential
from mailsettings.signals import settings_changed
from oauth import services
from oauth.models import Connection, TokenCache


@pytest.fixture
def told():
    """The (company, membership) pairs that apps above were told of."""
    heard = []

    def receiver(company, membership, **_kwargs):
        heard.append((company, membership))

    settings_changed.connect(receiver)
    yield heard
    settings_changed.disconnect(receiver)


def test_there_is_no_connection_before_the_first_connect(desk):
    assert services.connection_of(desk.person) is None
    assert services.connection_of(desk.connect().membership) == Connection.objects.get()


def test_disconnecting_keeps_the_row_and_forgets_tokens_and_cause(desk):
    connection = desk.connect()
    Connection.objects.update(state="needs_reconnecting", cause="refresh_token_revoked", cause_raw="x")
    connection.refresh_from_db()
    services.disconnect(connection, COMMAND_LINE)
    connection.refresh_from_db()
    assert (connection.state, connection.cause, connection.cause_raw) == ("disconnected", "", "")
    assert not TokenCache.objects.exists()
    assert AuditEvent.objects.filter(action="connection.disconnected").count() == 1


def test_connecting_and_disconnecting_are_told_after_the_commit(
    desk, told, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        connection = desk.connect()
        assert told == []
    assert told == [(desk.person.company, desk.person)]
    with django_capture_on_commit_callbacks(execute=True):
        services.disconnect(connection, COMMAND_LINE)
    assert len(told) == 2


def test_a_secret_ends_by_the_companys_day_also_where_no_page_sets_it(desk, monkeypatch):
    """The callback is such a place; UTC, which is ours, is a day ahead."""
    company = desk.person.company
    company.time_zone = "America/Los_Angeles"
    Credential.objects.update(expires_on=date(2027, 5, 12))
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 5, 13, 6, 59, tzinfo=UTC))
    assert services.can_connect(desk.person) == []
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 5, 13, 7, 0, tzinfo=UTC))
    assert "ended on 12 May 2027" in services.can_connect(desk.person)[0]


def test_a_use_is_remembered(desk):
    connection = desk.connect()
    assert connection.last_used_at is None
    services.mark_used(connection)
    connection.refresh_from_db()
    assert connection.last_used_at is not None
