"""What an app and recovery codes are made from, at rest: encrypted, moved to a new key, nothing lost by it."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command

from accounts.second_step import sealing
from core import crypto
from tests.accounts.codes import recovery_codes, shown, with_app, with_passkey
from tests.factories import make_user

OLD, NEW = f"old:{crypto.new_key()}", f"new:{crypto.new_key()}"


@pytest.fixture
def bob(db, settings):
    """With an app and a passkey, under the old key; the new one is configured by now."""
    settings.ENCRYPTION_KEYS = [OLD]
    user = make_user("bob")
    user.secret = with_app(user)
    with_passkey(user)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    return user


def of(user, kind: str) -> Authenticator:
    return Authenticator.objects.get(user=user, type=kind)


def run() -> str:
    out = StringIO()
    call_command("rotatekeys", stdout=out, stderr=StringIO())
    return out.getvalue()


def test_after_a_rotation_the_old_key_is_not_needed(bob, settings):
    codes = recovery_codes(bob)
    of(bob, "recovery_codes").wrap().validate_code(codes[0])
    assert "mfa_authenticator: 2 encrypted anew, 0 left" in run()
    settings.ENCRYPTION_KEYS = [NEW]
    assert of(bob, "totp").wrap().validate_code(shown(bob.secret))
    assert recovery_codes(bob) == codes[1:], "the used one stays used"
    assert "mfa_authenticator: 0 encrypted anew, 0 left" in run()


def test_a_row_whose_key_is_gone_is_named_and_left(bob, settings):
    settings.ENCRYPTION_KEYS = [NEW]
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    progress = sealing.rotate("new", lambda _progress: None)
    assert (progress.rotated, progress.left, len(progress.unreadable)) == (0, 2, 2)
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


@pytest.mark.parametrize("kept", ["JBSWY3DPEHPK3PXP", "test:no base64!", f"test:{'A' * 80}", ""])
def test_what_was_not_sealed_here_is_not_taken_for_a_secret(kept):
    with pytest.raises(crypto.DecryptionFailed):
        sealing.unseal(kept)
