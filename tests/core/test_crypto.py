"""A value decrypts in its own row, under a key that is listed, unchanged; not otherwise."""

import pytest

from accounts.audit import COMMAND_LINE
from core import crypto
from core.errors import ConfigurationError
from mailsettings import credentials
from mailsettings.models import Credential
from tests.factories import make_company

OLD, NEW = f"old:{crypto.new_key()}", f"new:{crypto.new_key()}"


def test_what_was_encrypted_decrypts_in_the_same_place(settings):
    settings.ENCRYPTION_KEYS = [NEW]
    key_id, ciphertext = crypto.encrypt(b"secret", "table:1:field")
    assert key_id == "new"
    assert b"secret" not in ciphertext
    assert crypto.decrypt(key_id, ciphertext, "table:1:field") == b"secret"


def test_the_same_value_never_looks_the_same_twice(settings):
    settings.ENCRYPTION_KEYS = [NEW]
    assert crypto.encrypt(b"secret", "here") != crypto.encrypt(b"secret", "here")


def test_the_first_key_encrypts_and_all_decrypt(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    key_id, ciphertext = crypto.encrypt(b"secret", "here")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert crypto.decrypt(key_id, ciphertext, "here") == b"secret"
    assert crypto.encrypt(b"secret", "here")[0] == "new"


@pytest.mark.parametrize("place", ["table:2:field", "other:1:field", "table:1:field2", ""])
def test_a_value_moved_to_another_place_does_not_decrypt(settings, place):
    settings.ENCRYPTION_KEYS = [NEW]
    key_id, ciphertext = crypto.encrypt(b"secret", "table:1:field")
    with pytest.raises(crypto.DecryptionFailed, match="does not belong to this row"):
        crypto.decrypt(key_id, ciphertext, place)


def test_a_secret_copied_to_another_companys_row_does_not_decrypt(db):
    one, other = (credentials.store(make_company(), "smtp_password", "x", actor=COMMAND_LINE) for _ in "ab")
    Credential.objects.filter(pk=other.pk).update(ciphertext=one.ciphertext, key_id=one.key_id)
    with pytest.raises(crypto.DecryptionFailed):
        Credential.objects.get(pk=other.pk).reveal()
    assert Credential.objects.get(pk=one.pk).reveal() == "x"


def test_every_changed_byte_is_noticed(settings):
    settings.ENCRYPTION_KEYS = [NEW]
    key_id, ciphertext = crypto.encrypt(b"secret", "here")
    for position in range(len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[position] ^= 1
        with pytest.raises(crypto.DecryptionFailed):
            crypto.decrypt(key_id, bytes(changed), "here")
    for length in (20, 12, 4, 0):
        with pytest.raises(crypto.DecryptionFailed):
            crypto.decrypt(key_id, ciphertext[:length], "here")


def test_a_key_that_is_not_configured_is_named(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    key_id, ciphertext = crypto.encrypt(b"secret", "here")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(crypto.DecryptionFailed, match="'old' is not configured"):
        crypto.decrypt(key_id, ciphertext, "here")


@pytest.mark.parametrize("entries", [[], ["nocolon"], [":AAAA"], ["k:AAAA"], ["k:not base64!"]])
def test_keys_that_cannot_be_used_say_how_to_make_one(settings, entries):
    settings.ENCRYPTION_KEYS = entries
    with pytest.raises(ConfigurationError, match=r"manage\.py newkey"):
        crypto.master_keys()


def test_a_fingerprint_tells_secrets_apart_and_says_nothing_about_them():
    assert crypto.fingerprint("one", "here") == crypto.fingerprint("one", "here")
    assert len(crypto.fingerprint("one", "here")) == 4
    prints = {crypto.fingerprint("one", place) for place in map(str, range(40))}
    assert len(prints) > 30
