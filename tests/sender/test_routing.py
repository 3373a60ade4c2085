"""The ladder: which way mail goes, and why the others were passed over."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from core import clock
from mailsettings.credentials import store
from mailsettings.models import (
    Authentication,
    CompanyMailSettings,
    Credential,
    CredentialKind,
    FromPolicy,
    MicrosoftApp,
    Security,
    SmtpServer,
    UserMailSettings,
)
from oauth.models import Connection, ConnectionState
from sender.route_memory import way_of
from sender.routing import NoRoute, route

CLIENT_ID = uuid.UUID("11111111-2222-4333-8444-555555555555")


def set_up_microsoft(world, *, expires_on: date | None = None) -> Connection:
    MicrosoftApp.objects.create(company=world.company, tenant_id="alpha.example", client_id=CLIENT_ID)
    store(world.company, CredentialKind.CLIENT_SECRET, "s3cret", actor=COMMAND_LINE, expires_on=expires_on)
    now = timezone.now()
    return Connection.objects.create(
        company=world.company, membership=world.user, client_id=CLIENT_ID, tenant_id="t", object_id="o",
        address="bob@alpha.example", connected_at=now, refreshed_at=now,
    )  # fmt: skip


def set_up_server(world, **fields: object) -> SmtpServer:
    fields = {"host": "mail.alpha.example", "authentication": Authentication.NONE} | fields
    return SmtpServer.objects.create(company=world.company, **fields)


def reasons(world) -> dict[str, str]:
    with pytest.raises(NoRoute) as caught:
        route(world.user)
    return {rung.method: rung.cause for rung in caught.value.refused}


def test_without_any_setting_every_rung_says_what_is_missing(world):
    assert reasons(world) == {
        "microsoft_graph": "settings_incomplete",
        "microsoft_smtp": "method_not_allowed",
        "google_api": "settings_incomplete",
        "google_smtp": "settings_incomplete",
        "smtp_password": "settings_incomplete",
        "graph_password": "settings_incomplete",
        "gmail_app_password": "settings_incomplete",
        "graph_app": "method_not_allowed",
        "smtp_app": "method_not_allowed",
        "company_mailbox": "method_not_allowed",
        "company_smtp": "settings_incomplete",
    }


def test_a_connected_person_sends_by_graph_from_the_address_that_signed_in(world):
    set_up_microsoft(world)
    set_up_server(world)
    way = route(world.user)
    assert (way.method, way.from_address, way.membership) == (
        "microsoft_graph",
        "bob@alpha.example",
        world.user,
    )
    assert "bob@alpha.example" in way.reason
    assert way.refused == []


def test_a_connection_that_needs_reconnecting_lets_the_company_server_take_over_and_says_so(world):
    connection = set_up_microsoft(world)
    set_up_server(world)
    connection.state, connection.cause = ConnectionState.NEEDS_RECONNECTING, "refresh_token_revoked"
    connection.save()
    way = route(world.user)
    assert way.method == "company_smtp"
    assert way.refused[0].cause == "refresh_token_revoked"
    assert "reconnecting" in way.refused[0].reason


def test_an_ended_client_secret_is_named_with_its_date(world):
    set_up_microsoft(world, expires_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NoRoute) as caught:
        route(world.user)
    assert caught.value.refused[0].cause == "client_secret_expired"
    assert "ended on" in caught.value.refused[0].reason


def test_a_secret_that_ends_today_still_works_today(world):
    set_up_microsoft(world, expires_on=world.company.today)
    assert route(world.user).method == "microsoft_graph"


def test_its_day_is_the_companys_wherever_the_message_is_taken(world, monkeypatch):
    """A program that hands over in its own process sets no time zone, and ours is UTC."""
    set_up_microsoft(world, expires_on=date(2027, 5, 12))
    world.company.time_zone = "America/Los_Angeles"
    world.company.save()
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 5, 13, 6, 59, tzinfo=UTC))
    assert route(world.user).method == "microsoft_graph"
    assert way_of(world.user).route.method == "microsoft_graph"
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 5, 13, 7, 0, tzinfo=UTC))
    assert reasons(world)["microsoft_graph"] == "client_secret_expired"
    with pytest.raises(NoRoute):
        way_of(world.user)


def test_an_ended_client_certificate_is_named_as_such(world):
    set_up_microsoft(world)
    Credential.objects.update(kind="client_certificate", expires_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NoRoute) as caught:
        route(world.user)
    assert caught.value.refused[0].cause == "client_certificate_expired"
    assert "client certificate ended on" in caught.value.refused[0].reason


def test_a_credential_that_waits_carries_nothing_yet(world):
    set_up_microsoft(world)
    Credential.objects.update(state="next")
    assert reasons(world)["microsoft_graph"] == "settings_incomplete"


def test_another_app_registration_makes_old_connections_useless(world):
    set_up_microsoft(world)
    MicrosoftApp.objects.update(client_id=uuid.uuid4())
    assert reasons(world)["microsoft_graph"] == "not_connected"


def test_a_colleague_does_not_send_by_my_connection(world):
    set_up_microsoft(world)
    with pytest.raises(NoRoute) as caught:
        route(world.colleague)
    assert caught.value.refused[0].cause == "not_connected"


def test_own_password_goes_through_the_company_server_with_ones_own_user_name(world):
    set_up_server(world)
    UserMailSettings.objects.create(
        company=world.company, membership=world.user, user_name="bob@mail.example"
    )
    store(world.company, CredentialKind.USER_PASSWORD, "pw", actor=COMMAND_LINE, membership=world.user)
    way = route(world.user)
    assert (way.method, way.account, way.from_address) == (
        "smtp_password",
        "bob@mail.example",
        "bob@mail.example",
    )


def test_own_password_is_never_sent_to_a_server_without_tls(world):
    set_up_server(world, security=Security.NONE)
    store(world.company, CredentialKind.USER_PASSWORD, "pw", actor=COMMAND_LINE, membership=world.user)
    way = route(world.user)
    assert way.method == "company_smtp"
    assert "in clear" in next(rung.reason for rung in way.refused if rung.method == "smtp_password")


def test_a_user_name_that_is_no_address_leaves_from_as_it_is(world):
    set_up_server(world)
    UserMailSettings.objects.create(company=world.company, membership=world.user, user_name="bob")
    store(world.company, CredentialKind.USER_PASSWORD, "pw", actor=COMMAND_LINE, membership=world.user)
    way = route(world.user)
    assert (way.account, way.from_address) == ("bob", world.user.user.email)


def test_a_person_who_chose_gmail_does_not_go_by_graph(world):
    set_up_microsoft(world)
    UserMailSettings.objects.create(
        company=world.company,
        membership=world.user,
        method="gmail_app_password",
        user_name="bob@gmail.example",
    )
    store(
        world.company, CredentialKind.GMAIL_APP_PASSWORD, "a" * 16, actor=COMMAND_LINE, membership=world.user
    )
    way = route(world.user)
    assert way.method == "gmail_app_password"
    assert "Gmail app password" in way.refused[0].reason


@pytest.mark.parametrize("method", ["microsoft_graph", "company_smtp"])
def test_a_method_the_operator_does_not_allow_is_never_used(world, method):
    set_up_microsoft(world)
    set_up_server(world)
    world.company.allowed_methods.remove(method)
    world.company.save()
    way = route(world.user)
    assert way.method == ({"microsoft_graph", "company_smtp"} - {method}).pop()


@pytest.mark.parametrize(
    ("switch", "method"), [("use_connections", "microsoft_graph"), ("use_company_server", "company_smtp")]
)
def test_a_rung_switched_off_by_policy_is_passed_over(world, switch, method):
    set_up_microsoft(world)
    set_up_server(world)
    CompanyMailSettings.objects.create(company=world.company, **{switch: False})
    assert route(world.user).method != method


def test_the_company_server_may_send_from_the_company_with_replies_to_the_person(world):
    set_up_server(world)
    CompanyMailSettings.objects.create(
        company=world.company, company_server_from=FromPolicy.MAILBOX, company_address="office@alpha.example"
    )
    way = route(world.user)
    assert (way.from_address, way.reply_to) == ("office@alpha.example", world.user.user.email)
    assert way.membership is None


def test_a_company_server_that_wants_a_password_it_does_not_have_is_refused(world):
    set_up_server(world, authentication=Authentication.PASSWORD, user_name="office")
    assert reasons(world)["company_smtp"] == "settings_incomplete"
    store(world.company, CredentialKind.SMTP_PASSWORD, "pw", actor=COMMAND_LINE)
    assert route(world.user).account == "office"


def test_choosing_a_route_opens_no_secret(world, django_assert_max_num_queries, monkeypatch):
    set_up_microsoft(world)
    monkeypatch.setattr("core.crypto.decrypt", lambda *_: pytest.fail("a secret was opened"))
    with django_assert_max_num_queries(10):
        route(world.user)
