"""Lists paged by key."""

import pytest

from accounts.audit import COMMAND_LINE, record
from accounts.models import AuditEvent
from core.keyset import key_of, newer, stretch


@pytest.fixture
def seven(db) -> list[AuditEvent]:
    return [record(COMMAND_LINE, "user.added", label=str(number)) for number in range(7)]


def labels(part) -> list[str]:
    return [row.object_label for row in part.rows]


def test_the_newest_come_first_and_older_ones_follow(seven):
    first = stretch(AuditEvent.objects.all(), {}, 3)
    assert (labels(first), first.newer) == (["6", "5", "4"], None)
    second = stretch(AuditEvent.objects.all(), {"before": str(first.older)}, 3)
    assert labels(second) == ["3", "2", "1"]
    last = stretch(AuditEvent.objects.all(), {"before": str(second.older)}, 3)
    assert (labels(last), last.older) == (["0"], None)


def test_newer_ones_lead_back_the_same_way(seven):
    part = stretch(AuditEvent.objects.all(), {"after": str(seven[0].pk)}, 3)
    assert labels(part) == ["3", "2", "1"]
    back = stretch(AuditEvent.objects.all(), {"after": str(part.newer)}, 3)
    assert (labels(back), back.newer) == (["6", "5", "4"], None)


def test_a_row_that_comes_in_meanwhile_moves_nothing(seven):
    older = stretch(AuditEvent.objects.all(), {}, 3).older
    record(COMMAND_LINE, "user.added", label="new")
    assert labels(stretch(AuditEvent.objects.all(), {"before": str(older)}, 3)) == ["3", "2", "1"]


def test_what_is_no_key_is_as_if_it_was_not_said(seven):
    assert labels(stretch(AuditEvent.objects.all(), {"before": "1; DROP", "after": ""}, 3)) == ["6", "5", "4"]
    assert key_of(None) is None


def test_programs_get_only_what_is_newer_and_nothing_where_nothing_is(seven):
    rows = AuditEvent.objects.all()
    part = newer(rows, seven[0].pk, 3)
    assert (labels(part), part.newer) == (["3", "2", "1"], seven[3].pk)
    part = newer(rows, seven[4].pk, 3)
    assert (labels(part), part.newer) == (["6", "5"], None)
    assert newer(rows, seven[6].pk, 3).rows == []
