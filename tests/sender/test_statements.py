"""The hot path's own statements."""

from django.db import connection

from sender.statements import prepared
from tests.sender.helpers import hand_over


def test_what_is_said_often_is_planned_once_by_postgresql(world):
    hand_over(world.user)
    hand_over(world.user)
    if connection.vendor == "postgresql":
        known = " ".join(row[0] for row in prepared("SELECT statement FROM pg_prepared_statements", {}))
        assert "sender_content" in known
        assert "mailsettings_smtpserver" in known
    assert prepared("SELECT 1 + %(one)s", {"one": 1}) == [(2,)]
