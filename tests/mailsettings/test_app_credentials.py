"""The credential of the app registration: one in use, one that waits, and the change-over between them."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from mailsettings import app_credentials, certificates, credentials
from mailsettings.models import Credential, CredentialKind, CredentialState
from tests.mailsettings import key_files

ENDS = date(2030, 1, 1)
OLD, NEW = app_credentials.of_secret("the old one", ENDS), app_credentials.of_secret("the new one", ENDS)


@pytest.fixture
def pair():
    return certificates.read(key_files.pem(), "", datetime.now(UTC))


def put(world, new):
    return app_credentials.put(world.company, new, actor=COMMAND_LINE)


def take_over(tried):
    return app_credentials.take_over(tried, actor=COMMAND_LINE)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("at", "pk").values_list("action", flat=True))


def test_the_first_is_in_use_at_once_and_the_second_waits(world, pair):
    put(world, OLD)
    put(world, app_credentials.of_pair(pair))
    assert app_credentials.current(world.company).reveal() == "the old one"
    waiting = app_credentials.upcoming(world.company)
    assert waiting.is_certificate
    assert waiting.reveal() == pair.key_pem
    assert waiting.expires_on == pair.certificate.ends_on
    assert pair.certificate.sha1.endswith(waiting.fingerprint)
    assert credentials.stored(world.company, CredentialKind.CLIENT_CERTIFICATE) is None


def test_another_that_waits_takes_the_place_of_the_first(world, pair):
    put(world, OLD)
    put(world, app_credentials.of_pair(pair))
    put(world, NEW)
    assert app_credentials.upcoming(world.company).reveal() == "the new one"
    assert Credential.objects.count() == 2


def test_the_one_that_was_tried_takes_over_and_the_old_one_is_gone(world, pair):
    old = put(world, OLD)
    assert take_over(put(world, app_credentials.of_pair(pair)))
    in_use = Credential.objects.get()
    assert (in_use.state, in_use.is_certificate) == (CredentialState.CURRENT, True)
    assert in_use.last_worked_at
    event = AuditEvent.objects.get(action="credential.took_over")
    assert event.details["fingerprint"] == in_use.fingerprint
    assert event.details["instead_of"] == f"client_secret {old.fingerprint}"
    assert app_credentials.current(world.company).reveal() == pair.key_pem


def test_one_secret_takes_over_from_another(world):
    put(world, OLD)
    assert take_over(put(world, NEW))
    assert Credential.objects.get().reveal() == "the new one"


def test_what_was_replaced_or_deleted_meanwhile_does_not_take_over(world):
    put(world, OLD)
    tried = put(world, NEW)
    put(world, app_credentials.of_secret("typed meanwhile", ENDS))
    assert not take_over(tried)
    app_credentials.upcoming(world.company).delete()
    assert not take_over(tried)
    assert app_credentials.current(world.company).reveal() == "the old one"


def test_the_one_in_use_does_not_take_over_from_itself(world):
    assert not take_over(put(world, OLD))
    assert Credential.objects.get().reveal() == "the old one"


def test_replacing_at_once_leaves_no_other_in_use(world, pair):
    put(world, OLD)
    certificate = app_credentials.of_pair(pair)
    replace = app_credentials.replace
    assert replace(world.company, certificate, actor=COMMAND_LINE) == {
        "client_certificate": ("stored", "replaced")
    }
    assert replace(world.company, certificate, actor=COMMAND_LINE) == {}
    assert replace(world.company, NEW, actor=COMMAND_LINE) == {"client_secret": ("stored", "replaced")}
    assert Credential.objects.get().reveal() == "the new one"
    assert Credential.objects.get().certificate == ""


def test_the_database_allows_one_in_use(world, pair):
    put(world, OLD)
    value = app_credentials.of_pair(pair)
    with pytest.raises(IntegrityError), transaction.atomic():
        credentials.store(world.company, value.kind, "x", actor=COMMAND_LINE, certificate=value.certificate)


def test_the_audit_log_knows_fingerprints_and_no_values(world, pair):
    put(world, OLD)
    take_over(put(world, app_credentials.of_pair(pair)))
    assert actions() == ["credential.set", "credential.set", "credential.took_over"]
    told = str(list(AuditEvent.objects.values()))
    assert "the old one" not in told
    assert "PRIVATE" not in told
    assert "'waiting': True" in told
