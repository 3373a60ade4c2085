"""The rung of user name and password at Microsoft: when it is taken, and why not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import services
from mailsettings.credentials import store
from mailsettings.models import (
    CompanyMailSettings,
    Credential,
    CredentialKind,
    MicrosoftApp,
    UserMailSettings,
)
from sender.routing import route
from tests.oauth.stub_entra import CLIENT, TENANT
from tests.sender.test_routing import set_up_server
from tests.sender.test_routing_app_only import refused

EMAIL = "bob@people.example"


@pytest.fixture
def ready(world):
    """The registration, its secret, and Bob's password."""
    MicrosoftApp.objects.create(company=world.company, tenant_id=TENANT, client_id=CLIENT)
    store(world.company, CredentialKind.CLIENT_SECRET, "s3cret", actor=COMMAND_LINE)
    kind = CredentialKind.USER_PASSWORD
    store(world.company, kind, "mine", actor=COMMAND_LINE, membership=world.user)
    return world


def choose(world, method: str) -> None:
    services.save_person(world.user, {"method": method}, actor=COMMAND_LINE)


def test_a_stored_password_signs_in_as_the_persons_address(ready):
    way = route(ready.user)
    assert (way.method, way.account, way.from_address, way.reply_to) == ("graph_password", EMAIL, EMAIL, "")
    assert way.membership == ready.user
    assert EMAIL in way.reason


def test_a_user_name_that_is_an_address_is_used_and_a_plain_word_is_not(ready):
    services.save_person(ready.user, {"user_name": "bob@alpha.example"}, actor=COMMAND_LINE)
    assert route(ready.user).account == "bob@alpha.example"
    services.save_person(ready.user, {"user_name": "bob"}, actor=COMMAND_LINE)
    assert route(ready.user).account == EMAIL


def test_the_companys_mail_server_goes_first_unless_the_person_or_the_company_says_otherwise(ready):
    set_up_server(ready)
    assert route(ready.user).method == "smtp_password"
    choose(ready, "graph_password")
    assert route(ready.user).method == "graph_password"
    choose(ready, "")
    CompanyMailSettings.objects.create(company=ready.company, method="graph_password")
    assert route(ready.user).method == "graph_password"


def test_a_password_typed_for_microsoft_is_not_told_to_the_companys_server(ready):
    services.save_password(ready.user, "graph_password", {}, secret="typed", actor=COMMAND_LINE)
    assert UserMailSettings.objects.get(membership=ready.user).method == "graph_password"
    set_up_server(ready)
    CompanyMailSettings.objects.create(company=ready.company, method="smtp_password")
    found = refused(ready, "smtp_password")
    assert (
        found.reason
        == "The stored password was given for another service. Type it again for mail.alpha.example."
    )
    services.save_password(ready.user, "smtp_password", {}, secret="typed", actor=COMMAND_LINE)
    assert route(ready.user).method == "smtp_password"


def test_each_missing_thing_is_named(ready):
    CompanyMailSettings.objects.create(company=ready.company, use_passwords=False)
    assert "switch this way off" in refused(ready, "graph_password").reason
    CompanyMailSettings.objects.all().delete()
    Credential.objects.filter(kind="client_secret").update(
        expires_on=timezone.localdate() - timedelta(days=1)
    )
    assert refused(ready, "graph_password").cause == "client_secret_expired"
    Credential.objects.filter(kind="client_secret").update(expires_on=None)
    Credential.objects.filter(kind="user_password").delete()
    assert refused(ready, "graph_password").reason == "No e-mail password is stored."
    MicrosoftApp.objects.all().delete()
    assert refused(ready, "graph_password").cause == "settings_incomplete"
    ready.company.allowed_methods.remove("graph_password")
    ready.company.save()
    assert "operator" in refused(ready, "graph_password").reason
