"""One change, one transaction, one audit event; silence when nothing changed."""

import pytest

from accounts.audit import Actor
from accounts.models import AuditEvent
from core.errors import ConfigurationError
from mailsettings import credentials, services
from mailsettings.models import Credential, CredentialKind, SmtpServer, UserMailSettings
from mailsettings.signals import settings_changed

SERVER = {"host": "smtp.firm.example", "port": 587, "security": "starttls", "user_name": "orders"}


@pytest.fixture
def told():
    """(company, membership) of each signal."""
    heard = []

    def listen(company, membership, **_rest):
        heard.append((company, membership))

    settings_changed.connect(listen)
    yield heard
    settings_changed.disconnect(listen)


@pytest.fixture
def actor(world):
    return Actor(world.admin.user, world.admin.user.email, "192.0.2.7")


def test_a_change_is_audited_with_old_and_new_values_but_no_secret(world, actor):
    services.save_smtp_server(world.company, SERVER, password="first secret", actor=actor)
    services.save_smtp_server(world.company, SERVER | {"port": 2525}, password="second secret", actor=actor)
    events = list(AuditEvent.objects.order_by("id"))
    assert [event.action for event in events] == [
        "smtp_server.added",
        "credential.set",
        "smtp_server.changed",
        "credential.replaced",
    ]
    assert events[2].details == {"port": [587, 2525]}
    assert events[2].actor == world.admin.user
    assert events[2].ip_address == "192.0.2.7"
    assert "secret" not in str([event.details for event in events]).replace("smtp_password", "")


def test_the_same_again_changes_nothing_and_tells_nobody(
    world, actor, told, django_capture_on_commit_callbacks
):
    services.save_smtp_server(world.company, SERVER, password="first secret", actor=actor)
    before = Credential.objects.values().get()
    with django_capture_on_commit_callbacks(execute=True):
        assert services.save_smtp_server(world.company, SERVER, password="first secret", actor=actor) == {}
    assert told == []
    assert Credential.objects.values().get() == before
    assert AuditEvent.objects.count() == 2


def test_those_above_are_told_after_the_commit(world, actor, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.save_person(world.user, {"from_name": "Bob"}, actor=actor)
        assert told == []
    assert told == [(world.company, world.user)]


def test_an_empty_secret_keeps_the_stored_one(world, actor):
    services.save_smtp_server(world.company, SERVER, password="kept", actor=actor)
    changes = services.save_smtp_server(world.company, SERVER | {"port": 2525}, actor=actor)
    assert list(changes) == ["port"]
    assert credentials.stored(world.company, CredentialKind.SMTP_PASSWORD).reveal() == "kept"


def test_a_secret_that_cannot_be_read_any_more_is_replaced_by_the_same(world, actor):
    services.save_smtp_server(world.company, SERVER, password="kept", actor=actor)
    Credential.objects.update(key_id="lost")
    changes = services.save_smtp_server(world.company, SERVER, password="kept", actor=actor)
    assert changes == {"password": ("stored", "replaced")}
    assert credentials.stored(world.company, CredentialKind.SMTP_PASSWORD).reveal() == "kept"


def test_settings_of_two_companies_do_not_meet(world, actor):
    services.save_smtp_server(world.company, SERVER, password="a", actor=actor)
    services.save_smtp_server(
        world.stranger.company, SERVER | {"host": "x.example"}, password="b", actor=actor
    )
    assert SmtpServer.objects.get(company=world.company).host == "smtp.firm.example"
    assert credentials.stored(world.company, CredentialKind.SMTP_PASSWORD).reveal() == "a"


def test_a_second_password_becomes_the_persons_choice(world, actor):
    services.save_password(world.user, "smtp_password", {}, secret="one", actor=actor)
    assert not UserMailSettings.objects.filter(membership=world.user).exclude(method="").exists()
    services.save_password(world.user, "gmail_app_password", {}, secret="abcdefghijklmnop", actor=actor)
    assert UserMailSettings.objects.get(membership=world.user).method == "gmail_app_password"
    assert world.user.credentials.count() == 2


def test_nothing_is_stored_when_the_secret_cannot_be(world, actor, settings):
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(ConfigurationError, match="ENCRYPTION_KEYS is empty"):
        services.save_smtp_server(world.company, SERVER, password="x", actor=actor)
    assert not SmtpServer.objects.exists()
    assert not AuditEvent.objects.exists()
