"""Permissions asked when a setting needs them, a token for each resource, and grants that lack one."""

import pytest
from django.urls import reverse

from mailsettings import catalog
from mailsettings.models import CompanyMailSettings, ConnectionFrom
from oauth import registration, services, tokens
from oauth.models import Connection, Resource, TokenCache
from oauth.registration import lacking, wanted
from tests.oauth.stub_entra import error_answer, json_answer
from tests.oauth.test_flows import query_of


@pytest.fixture
def policy(world):
    world.company.allowed_methods = [*world.company.allowed_methods, catalog.MICROSOFT_SMTP]
    world.company.save()
    return CompanyMailSettings.objects.create(company=world.company)


def change(policy, **values):
    CompanyMailSettings.objects.filter(pk=policy.pk).update(**values)


def outlook(stub, access_token="outlook-1", refresh_token="refresh-2", **more):
    """The answer to a token request for Exchange."""
    renewal = stub.renewal(access_token, refresh_token, **more)
    return json_answer(renewal | {"scope": f"{stub.url}/outlook/SMTP.Send"})


def connect(desk, *graph, then=None):
    """Connect with these Graph permissions granted; `then` answers the request for Exchange's token."""
    auth_uri = desk.start()
    desk.stub.grant(auth_uri, scope=desk.stub.scope("Mail.Send", "User.Read", *graph) + " openid profile")
    if then is not None:
        desk.stub.tokens.append(then)
    return desk.come_back(auth_uri, code="code-canary-1")


@pytest.fixture
def by_smtp(desk, policy):
    change(policy, use_connections_smtp=True)
    return desk


@pytest.mark.parametrize(
    ("setting", "permission"),
    [
        ({"large_messages": True}, "Mail.ReadWrite"),
        ({"connections_from": ConnectionFrom.MAILBOX}, "Mail.Send.Shared"),
        ({"connections_from": ConnectionFrom.ON_BEHALF}, "Mail.Send.Shared"),
        ({"use_connections_smtp": True}, "SMTP.Send"),
    ],
)
def test_a_permission_is_asked_when_a_setting_needs_it(policy, world, setting, permission):
    assert wanted(world.company) == registration.SCOPES
    change(policy, **setting)
    assert wanted(world.company) == (*registration.SCOPES, permission)


def test_the_companys_own_mailbox_needs_less(policy, world):
    everything = {"connections_from": ConnectionFrom.MAILBOX, "use_connections_smtp": True}
    change(policy, large_messages=True, **everything)
    assert wanted(world.company, for_company=True) == (*registration.SCOPES, "Mail.ReadWrite")


def test_a_way_the_operator_has_not_allowed_is_asked_no_permission_for(policy, world):
    change(policy, use_connections_smtp=True)
    world.company.allowed_methods = [catalog.MICROSOFT_GRAPH]
    assert wanted(world.company) == registration.SCOPES


def test_the_start_names_both_resources_and_the_code_is_redeemed_for_one(by_smtp, policy):
    change(policy, large_messages=True)
    asked = query_of(by_smtp.start())["scope"].split()
    graph = by_smtp.stub.scope("Mail.Send", "User.Read", "Mail.ReadWrite").split()
    assert {*graph, f"{by_smtp.stub.url}/outlook/SMTP.Send"} < set(asked)
    connect(by_smtp, "Mail.ReadWrite", then=outlook(by_smtp.stub))
    of_code, of_exchange = by_smtp.stub.token_requests[-2:]
    assert set(of_code["scope"].split()) == {*graph, "openid", "profile", "offline_access"}
    assert f"{by_smtp.stub.url}/outlook/SMTP.Send" in of_exchange["scope"].split()
    assert not any(scope.startswith(f"{by_smtp.stub.url}/graph") for scope in of_exchange["scope"].split())


def test_each_resource_has_its_own_token(by_smtp):
    connection = connect(by_smtp, then=outlook(by_smtp.stub))
    assert lacking(connection) == []
    assert connection.scopes == [
        *by_smtp.stub.scope("Mail.Send", "User.Read").split(),
        f"{by_smtp.stub.url}/outlook/SMTP.Send",
    ]
    by_smtp.stub.reset()
    assert tokens.access_token(connection) == "access-1"
    assert tokens.access_token(connection, Resource.OUTLOOK) == "outlook-1"
    assert by_smtp.stub.token_requests == []


def test_a_new_token_for_one_resource_leaves_the_other_alone(by_smtp):
    connection = connect(by_smtp, then=outlook(by_smtp.stub))
    by_smtp.stub.tokens[0] = outlook(by_smtp.stub, "outlook-2", "refresh-3")
    assert tokens.access_token(connection, Resource.OUTLOOK, force=True) == "outlook-2"
    assert tokens.access_token(connection) == "access-1"
    assert tokens.access_token(connection, Resource.OUTLOOK) == "outlook-2"
    assert "refresh-3" in TokenCache.objects.get().unseal().decode()


def test_a_refusal_of_the_optional_permission_still_connects(by_smtp):
    connection = connect(by_smtp, then=error_answer("invalid_grant", 65001))
    assert connection.state == "connected"
    assert lacking(connection) == ["SMTP.Send"]
    assert tokens.access_token(connection) == "access-1"
    with pytest.raises(tokens.PermissionMissing) as missing:
        tokens.access_token(connection, Resource.OUTLOOK)
    assert missing.value.cause == "consent_missing"
    assert Connection.objects.get().state == "connected"


def test_what_a_passing_fault_left_open_is_tried_when_mail_is_sent(by_smtp):
    connection = connect(by_smtp, then=json_answer({}, 503))
    assert lacking(connection) == []
    by_smtp.stub.tokens[0] = error_answer("invalid_grant", 65001)
    with pytest.raises(tokens.PermissionMissing):
        tokens.access_token(connection, Resource.OUTLOOK)
    connection.refresh_from_db()
    assert (connection.state, lacking(connection)) == ("connected", ["SMTP.Send"])


def test_the_end_of_the_whole_grant_shows_at_either_resource(by_smtp):
    connection = connect(by_smtp, then=outlook(by_smtp.stub))
    by_smtp.stub.tokens[0] = error_answer("invalid_grant", 50173)
    with pytest.raises(tokens.NeedsReconnecting):
        tokens.access_token(connection, Resource.OUTLOOK, force=True)
    assert Connection.objects.get().state == "needs_reconnecting"


def test_who_connected_before_the_setting_lacks_the_permission_and_sends(desk, policy):
    connection = desk.connect()
    assert lacking(connection) == []
    change(policy, large_messages=True)
    assert lacking(connection) == ["Mail.ReadWrite"]
    assert tokens.access_token(connection) == "access-1"
    assert lacking(connect(desk, "Mail.ReadWrite")) == []


def test_the_consent_page_is_forced_only_when_a_grant_came_back_without_what_was_asked(desk, policy):
    change(policy, large_messages=True)
    assert query_of(desk.start())["prompt"] == "select_account"
    assert lacking(connect(desk)) == ["Mail.ReadWrite"]
    assert query_of(desk.start())["prompt"] == "consent"
    assert query_of(desk.start())["prompt"] == "select_account"
    connect(desk, "Mail.ReadWrite")
    assert query_of(desk.start())["prompt"] == "select_account"


def test_more_than_was_wanted_is_kept(desk):
    connection = connect(desk, "Mail.ReadWrite")
    assert connection.scopes == desk.stub.scope("Mail.Send", "User.Read", "Mail.ReadWrite").split()


def test_an_optional_permission_that_is_taken_back_does_not_end_the_connection(desk):
    connection = connect(desk, "Mail.ReadWrite")
    desk.stub.tokens.clear()
    desk.stub.tokens.append(error_answer("invalid_grant", 65001))
    desk.stub.tokens.append(json_answer(desk.stub.renewal("access-2", "refresh-2")))
    assert tokens.access_token(connection, force=True) == "access-2"
    connection.refresh_from_db()
    assert connection.state == "connected"
    assert connection.scopes == desk.stub.scope("Mail.Send", "User.Read").split()
    assert tokens.access_token(connection) == "access-2"


def test_the_profile_asks_to_connect_once_more(desk, policy, client):
    desk.connect()
    client.force_login(desk.person.user)
    page = reverse("profile", args=["Alpha"])
    assert "Needs more permission" not in client.get(page).content.decode()
    change(policy, large_messages=True)
    shown = client.get(page).content.decode()
    assert "Needs more permission" in shown
    assert "Your company now sends large messages: connect once more to allow it." in shown
    assert "You are sending as bob@people.example" in shown


def test_who_may_only_use_exchanges_smtp_server_can_connect(by_smtp, policy):
    change(policy, use_connections=False)
    assert services.can_connect(by_smtp.person) == []
    change(policy, use_connections_smtp=False)
    assert services.can_connect(by_smtp.person) != []
