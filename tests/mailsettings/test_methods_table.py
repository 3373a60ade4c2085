"""The page about the methods says what the catalogue says, and the catalogue names things that exist."""

from pathlib import Path

import pytest
from django.utils.module_loading import import_string

from mailsettings.catalog import METHODS
from mailsettings.methods_table import methods_page
from mailsettings.models import CredentialKind
from sender.routing import LADDER
from sender.sign_in import _BUILDERS
from sender.transports.base import Transport

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods.md"


def test_the_page_is_the_catalogues():
    assert PAGE.read_text(encoding="utf-8") == methods_page(), "run: manage.py methods > docs/methods.md"


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.slug)
def test_every_entry_has_a_transport_a_builder_and_a_credential_that_exist(method):
    assert issubclass(import_string(method.transport), Transport)
    assert method.slug in _BUILDERS
    assert method.credential_kind in ("", *CredentialKind.values)


def test_the_ladder_has_a_rung_for_every_method():
    assert len(LADDER) == len(METHODS)
