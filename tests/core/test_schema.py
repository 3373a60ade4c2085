"""A worker or gateway does not begin on tables of another version."""

import pytest
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.recorder import MigrationRecorder

from core.long_running import FAILED, MISUSED, LongRunningCommand
from core.schema import SchemaAhead, SchemaBehind, check_schema

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded():
    return MigrationRecorder.Migration.objects


@pytest.fixture(autouse=True)
def nothing_else_is_wrong(monkeypatch):
    monkeypatch.setattr(BaseCommand, "check", lambda *args, **options: None)


def test_the_tables_of_this_version_are_right():
    check_schema()
    LongRunningCommand().check()


def test_a_migration_that_was_not_run_is_told_with_the_command(recorded):
    recorded.filter(app="sender").latest("id").delete()
    with pytest.raises(SchemaBehind, match=r"manage\.py migrate"):
        check_schema()
    with pytest.raises(CommandError) as told:
        LongRunningCommand().check()
    assert told.value.returncode == FAILED


def test_an_empty_database_is_not_ready(recorded):
    recorded.all().delete()
    with pytest.raises(SchemaBehind):
        check_schema()


def test_a_newer_versions_migration_is_told(recorded):
    recorded.create(app="sender", name="9999_of_tomorrow")
    with pytest.raises(SchemaAhead):
        check_schema()
    with pytest.raises(CommandError) as told:
        LongRunningCommand().check()
    assert told.value.returncode == MISUSED


def test_what_another_package_no_longer_has_is_of_no_matter(recorded):
    recorded.create(app="account", name="0000_squashed_long_ago")
    check_schema()
    recorded.filter(name="0000_squashed_long_ago").update(app="accounts")  # ours
    with pytest.raises(SchemaAhead):
        check_schema()
