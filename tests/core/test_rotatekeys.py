"""Rotation: everything ends up under the newest key, may be cut off anywhere, and overwrites nobody's change."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.audit import COMMAND_LINE
from core import crypto, rotation
from mailsettings import credentials
from mailsettings.models import Credential
from tests.factories import make_company

OLD, NEW = f"old:{crypto.new_key()}", f"new:{crypto.new_key()}"


@pytest.fixture
def secrets(db, settings):
    """Five secrets under the old key; the new one is configured by now."""
    settings.ENCRYPTION_KEYS = [OLD]
    for number in range(5):
        credentials.store(make_company(), "smtp_password", f"secret {number}", actor=COMMAND_LINE)
    settings.ENCRYPTION_KEYS = [NEW, OLD]


def revealed() -> list[str]:
    return sorted(credential.reveal() for credential in Credential.objects.all())


def run(*options: str) -> str:
    out = StringIO()
    call_command("rotatekeys", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_afterwards_the_old_key_is_not_needed(secrets, settings):
    said = run()
    assert "5 encrypted anew, 0 left" in said
    assert "Everything is under new" in said
    settings.ENCRYPTION_KEYS = [NEW]
    assert revealed() == [f"secret {number}" for number in range(5)]


def test_a_second_run_has_nothing_to_do(secrets):
    run()
    before = list(Credential.objects.order_by("pk").values_list("ciphertext", flat=True))
    assert "0 encrypted anew, 0 left" in run()
    assert list(Credential.objects.order_by("pk").values_list("ciphertext", flat=True)) == before


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(secrets, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH_ROWS", 2)

    def stop(progress):
        if progress.rotated:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(stop)
    assert Credential.objects.filter(key_id="new").count() == 2
    assert "3 encrypted anew, 0 left" in run()
    assert revealed() == [f"secret {number}" for number in range(5)]


def test_a_secret_replaced_meanwhile_is_not_overwritten(secrets, monkeypatch):
    unseal, replaced = Credential.unseal, []

    def replace_then_unseal(row):
        plaintext = unseal(row)
        if not replaced:
            replaced.append(row.pk)
            credentials.store(
                Credential.objects.get(pk=row.pk).company, "smtp_password", "newer", actor=COMMAND_LINE
            )
        return plaintext

    monkeypatch.setattr(Credential, "unseal", replace_then_unseal)
    said = run()
    assert "4 encrypted anew, 0 left" in said
    monkeypatch.undo()
    assert Credential.objects.get(pk=replaced[0]).reveal() == "newer"


def test_a_row_that_cannot_be_read_is_named_and_does_not_stop_the_rest(secrets, capsys):
    lost = Credential.objects.order_by("pk").first()
    Credential.objects.filter(pk=lost.pk).update(key_id="lost")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("rotatekeys", "--json", stdout=out, stderr=StringIO())
    assert ended.value.code == 1
    result = json.loads(out.getvalue())
    tables = {table["table"]: table for table in result["tables"]}
    assert result["key"] == "new"
    assert tables[Credential._meta.db_table] == {
        "table": Credential._meta.db_table,
        "rotated": 4,
        "unreadable": [str(lost.pk)],
        "left": 1,
    }


def test_every_table_with_encrypted_values_is_rotated():
    tables = {model.__name__ for model in rotation.sealed_models()}
    assert {"Credential", "TokenCache", "Content"} <= tables


def test_a_new_key_is_an_entry_for_the_settings(settings):
    out = StringIO()
    call_command("newkey", stdout=out)
    settings.ENCRYPTION_KEYS = [out.getvalue().strip()]
    (name,) = crypto.master_keys()
    assert len(name) <= Credential._meta.get_field("key_id").max_length
