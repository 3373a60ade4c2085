"""Whether the database has the tables of this version: `manage.py migrate` makes them."""

from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from core.errors import PostroomError


class SchemaBehind(PostroomError):
    """Migrations of this version were not run yet."""


class SchemaAhead(PostroomError):
    """A newer version of Postroom has changed the database already."""


def check_schema() -> None:
    """Raises SchemaBehind, SchemaAhead, or the database's error.

    By the names of the migrations' files: reading them, as Django's own check does, costs a worker megabytes.
    """
    applied = set(MigrationRecorder(connection).applied_migrations())
    if _known() - applied:
        raise SchemaBehind("The database is not ready for this version. Run: manage.py migrate")
    ours = {label for label, _name in _known(only_ours=True)}
    if {key for key in applied if key[0] in ours} - _known():
        raise SchemaAhead("A newer version has changed the database. Put that version in place here as well.")


def _known(*, only_ours: bool = False) -> set[tuple[str, str]]:
    """(app label, name) of every migration there is."""
    known = set()
    for app in apps.get_app_configs():
        if only_ours and Path(app.path).parent != Path(settings.BASE_DIR):
            continue
        spec = find_spec(f"{app.name}.migrations")
        if spec is not None:
            known |= {(app.label, each.name) for each in iter_modules(spec.submodule_search_locations)}
    return known
