"""A person's e-mail password is told to the mail server it was typed for, and to no other."""

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from mailsettings import catalog, services
from mailsettings.models import Credential, SmtpServer
from sender.routing import NoRoute, route
from sender.sign_in import SignInMissing, transport_for
from sender.storing import mailbox_for

SERVER = {"port": 587, "security": "starttls", "authentication": "password"}


def serve(person, host: str) -> None:
    services.save_smtp_server(person.company, {**SERVER, "host": host}, actor=COMMAND_LINE)


def type_password(person, method: str = catalog.SMTP_PASSWORD) -> None:
    services.store_password(person, method, "walrus-kettle", actor=COMMAND_LINE)


def test_it_is_not_told_to_a_server_that_the_company_names_later(world):
    serve(world.user, "mail.alpha.example")
    type_password(world.user)
    mailbox = mailbox_for(world.user, way := route(world.user))
    assert way.method == catalog.SMTP_PASSWORD
    serve(world.user, "collector.omega.example")
    with pytest.raises(NoRoute) as none:
        route(world.user)
    assert "Type it again for collector.omega.example." in str(none.value)
    with pytest.raises(SignInMissing):  # mail that was handed over before
        transport_for(mailbox)
    serve(world.user, "mail.alpha.example")
    assert route(world.user).method == catalog.SMTP_PASSWORD
    transport_for(mailbox)


def test_the_same_password_typed_again_is_for_the_new_server(world):
    serve(world.user, "mail.alpha.example")
    type_password(world.user)
    serve(world.user, "new.alpha.example")
    before = AuditEvent.objects.count()
    type_password(world.user)
    assert "new.alpha.example" in route(world.user).reason
    assert AuditEvent.objects.count() == before + 1


def test_one_typed_before_there_was_a_server_is_for_the_first(world):
    type_password(world.user)
    serve(world.user, "mail.alpha.example")
    assert "mail.alpha.example" in route(world.user).reason
    SmtpServer.objects.all().delete()
    serve(world.user, "collector.omega.example")
    with pytest.raises(NoRoute):
        route(world.user)


def test_one_typed_for_microsoft_is_for_no_server(world):
    type_password(world.user, catalog.GRAPH_PASSWORD)
    serve(world.user, "mail.alpha.example")
    assert Credential.objects.get().meant_for == "microsoft"
    with pytest.raises(NoRoute):
        route(world.user)
