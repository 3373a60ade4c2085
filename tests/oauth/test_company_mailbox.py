"""The company's own mailbox: an admin connects it, only that mailbox may sign in, and nobody's own is touched."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core.clock import now
from mailsettings.models import CompanyMailSettings
from oauth import errors, flows, services, tokens
from oauth.links import company_start_link, start_link
from oauth.models import Connection, ConnectionState, PendingFlow
from tests.accounts.sign_in import sign_in
from tests.oauth.stub_entra import PERSON, error_answer, json_answer
from tests.oauth.test_flows import query_of

OFFICE = "office@people.example"
PAGE = "company-mailbox"


@pytest.fixture
def policy(world):
    return CompanyMailSettings.objects.create(
        company=world.company, use_fallback_mailbox=True, fallback_mailbox=OFFICE
    )


@pytest.fixture
def admins_desk(desk, world, policy):
    desk.person = world.admin
    return desk


def connect(desk, user_name: str = OFFICE) -> Connection:
    auth_uri = flows.start(desk.person, desk.session, for_company=True)
    desk.stub.grant(auth_uri, claims={"preferred_username": user_name})
    return desk.come_back(auth_uri, code="code-canary-1")


def refusal(desk, kind: type[errors.ConnectRefused], *connect_with: str) -> errors.ConnectRefused:
    with pytest.raises(kind) as caught:
        connect(desk, *connect_with)
    assert not Connection.objects.exists()
    return caught.value


def test_the_mailbox_is_asked_for_by_its_own_address(admins_desk):
    asked = query_of(flows.start(admins_desk.person, admins_desk.session, for_company=True))
    assert asked["login_hint"] == OFFICE
    assert asked["redirect_uri"] == "http://testserver/Alpha/oauth/microsoft/callback"


def test_it_belongs_to_the_company_and_to_no_person(admins_desk, world):
    connection = connect(admins_desk, OFFICE.upper())
    assert (connection.membership, connection.company) == (None, world.company)
    assert connection.address == OFFICE, "as it was typed, which is what stands in From"
    assert services.connection_of(world.admin) is None
    event = AuditEvent.objects.get(action="connection.connected")
    assert (event.object_label, event.details["address"]) == (str(world.company), OFFICE)


def test_connecting_it_again_keeps_the_row(admins_desk):
    assert connect(admins_desk).pk == connect(admins_desk).pk


def test_the_admin_himself_is_not_the_mailbox(admins_desk):
    alice = {"id": PERSON, "mail": "alice@people.example", "userPrincipalName": None}
    admins_desk.stub.mes[0] = json_answer(alice)
    found = refusal(admins_desk, errors.WrongAccount, "alice@people.example")
    assert (found.for_company, found.expected) == (True, [OFFICE])
    event = AuditEvent.objects.get(action="connection.refused")
    assert event.object_label == str(admins_desk.person.company)


def test_a_flow_started_for_oneself_does_not_end_as_the_companys(admins_desk):
    auth_uri = admins_desk.start()
    admins_desk.stub.grant(auth_uri, claims={"preferred_username": "alice@people.example"})
    connection = admins_desk.come_back(auth_uri, code="code-canary-1")
    assert connection.membership == admins_desk.person
    assert services.connection_of_company(admins_desk.person.company) is None


def test_who_is_no_admin_any_more_when_he_comes_back_connects_nothing(admins_desk):
    auth_uri = flows.start(admins_desk.person, admins_desk.session, for_company=True)
    admins_desk.stub.grant(auth_uri, claims={"preferred_username": OFFICE})
    admins_desk.person.role = "support"
    admins_desk.person.save()
    with pytest.raises(errors.NotPossible):
        admins_desk.come_back(auth_uri, code="code-canary-1")
    assert not Connection.objects.exists()


def test_another_mailbox_that_was_typed_meanwhile_is_not_the_one_that_signed_in(admins_desk, monkeypatch):
    def another_is_typed(_registration: object, grant: object) -> object:
        CompanyMailSettings.objects.update(fallback_mailbox="desk@people.example")
        return grant

    monkeypatch.setattr(flows, "_with_outlook", another_is_typed)
    found = refusal(admins_desk, errors.WrongAccount)
    assert (found.came, found.expected) == (OFFICE, ["desk@people.example"])
    assert not Connection.objects.exists()


@pytest.mark.parametrize("spoil", ["switched off", "no address", "not allowed"])
def test_what_the_settings_do_not_name_is_not_connected(admins_desk, policy, world, spoil):
    if spoil == "not allowed":
        world.company.allowed_methods.remove("company_mailbox")
        world.company.save()
    else:
        changed = {"use_fallback_mailbox": False} if spoil == "switched off" else {"fallback_mailbox": ""}
        CompanyMailSettings.objects.update(**changed)
    refusal(admins_desk, errors.NotPossible)
    assert not Connection.objects.exists()


def test_a_refused_refresh_ends_it_without_a_person_to_name(admins_desk, world):
    connection = connect(admins_desk)
    admins_desk.stub.tokens.clear()
    admins_desk.stub.tokens.append(error_answer("invalid_grant", 50173))
    with pytest.raises(tokens.NeedsReconnecting):
        tokens.access_token(connection, force=True)
    connection.refresh_from_db()
    assert connection.state == ConnectionState.NEEDS_RECONNECTING
    assert AuditEvent.objects.get(action="connection.needs_reconnecting").object_label == str(world.company)


def test_it_is_kept_alive_when_nobody_sends_from_it(admins_desk):
    connection = connect(admins_desk)
    Connection.objects.update(refreshed_at=now() - timedelta(days=8))
    admins_desk.stub.tokens[0] = json_answer(admins_desk.stub.renewal("access-2", "refresh-2"))
    assert tokens.refresh_idle(now()) == 1
    connection.refresh_from_db()
    assert connection.refreshed_at > now() - timedelta(minutes=1)


def test_the_page_is_for_admins(world, policy, client):
    for person in (world.support, world.user, world.stranger):
        sign_in(client, person)
        for name in (PAGE, f"{PAGE}-start", f"{PAGE}-disconnect"):
            assert client.get(reverse(name, args=["Alpha"])).status_code in (403, 404)


def test_the_page_saves_connects_and_says_what_became_of_it(admins_desk, client, settings):
    world_admin = admins_desk.person
    sign_in(client, world_admin)
    page = reverse(PAGE, args=["Alpha"])
    typed = {"use_fallback_mailbox": "on", "fallback_mailbox": "", "fallback_mailbox_name": ""}
    assert "Give the address of the mailbox." in client.post(page, typed).content.decode()
    client.post(page, typed | {"fallback_mailbox": OFFICE, "fallback_mailbox_name": "Alpha"})
    assert "At Microsoft sign in as office@people.example" in client.get(page).content.decode()
    leaving = client.get(company_start_link(world_admin))
    admins_desk.stub.grant(leaving["Location"], claims={"preferred_username": OFFICE})
    state = query_of(leaving["Location"])["state"]
    back = client.get(
        reverse("microsoft-callback", args=["Alpha"]), {"state": state, "code": "c"}, follow=True
    )
    assert back.redirect_chain[-1][0] == page
    shown = back.content.decode()
    assert "Connected. office@people.example sends for people without a way of their own." in shown
    client.post(reverse(f"{PAGE}-disconnect", args=["Alpha"]))
    assert Connection.objects.get().state == ConnectionState.DISCONNECTED
    assert not PendingFlow.objects.exists()


def test_declining_leads_back_to_the_mailbox(admins_desk, client):
    sign_in(client, admins_desk.person)
    leaving = client.get(company_start_link(admins_desk.person))
    answer = {"state": query_of(leaving["Location"])["state"], "error": "access_denied"}
    shown = client.get(reverse("microsoft-callback", args=["Alpha"]), answer, follow=True).content.decode()
    assert reverse(PAGE, args=["Alpha"]) in shown
    assert reverse("company-mailbox-start", args=["Alpha"]) in shown


def come_back(client, state: str, **answer: str) -> str:
    query = {"state": state, **answer}
    return client.get(reverse("microsoft-callback", args=["Alpha"]), query, follow=True).content.decode()


def test_who_was_too_slow_or_reloads_is_led_back_to_the_mailbox_and_not_to_his_own(admins_desk, client):
    sign_in(client, admins_desk.person)
    leaving = client.get(company_start_link(admins_desk.person))
    state = query_of(leaving["Location"])["state"]
    PendingFlow.objects.update(expires_at=now() - timedelta(minutes=1))
    for says in ("took too long", "already used"):
        shown = come_back(client, state, code="c")
        assert says in shown
        assert reverse("company-mailbox-start", args=["Alpha"]) in shown
        assert reverse("microsoft-start", args=["Alpha"]) not in shown
    labels = AuditEvent.objects.filter(action="connection.refused").values_list("object_label", flat=True)
    assert set(labels) == {str(admins_desk.person.company)}


def test_who_signs_in_as_himself_is_told_to_sign_in_as_the_mailbox(admins_desk, client):
    sign_in(client, admins_desk.person)
    leaving = client.get(company_start_link(admins_desk.person))
    alice = {"id": PERSON, "mail": "alice@people.example", "userPrincipalName": None}
    admins_desk.stub.mes[0] = json_answer(alice)
    admins_desk.stub.grant(leaving["Location"], claims={"preferred_username": "alice@people.example"})
    shown = come_back(client, query_of(leaving["Location"])["state"], code="c")
    assert "sign in at Microsoft as the mailbox, not as yourself" in shown
    assert "your own work account" not in shown


def test_an_old_link_says_why_nothing_started(admins_desk, client):
    sign_in(client, admins_desk.person)
    address = reverse("company-mailbox-start", args=["Alpha"])
    assert "The page was open too long." in client.get(address, follow=True).content.decode()


def test_a_persons_own_link_does_not_start_the_companys_connection(admins_desk, client):
    sign_in(client, admins_desk.person)
    intent = query_of(start_link(admins_desk.person))["intent"]
    answer = client.get(reverse("company-mailbox-start", args=["Alpha"]), {"intent": intent})
    assert answer["Location"] == reverse(PAGE, args=["Alpha"])
    assert not PendingFlow.objects.exists()


def test_a_mailbox_named_anew_is_not_the_connected_one(admins_desk, client):
    connect(admins_desk)
    CompanyMailSettings.objects.update(fallback_mailbox="orders@people.example")
    sign_in(client, admins_desk.person)
    shown = client.get(reverse(PAGE, args=["Alpha"])).content.decode()
    assert "The settings name orders@people.example." in shown


def test_disconnecting_it_forgets_its_tokens(admins_desk):
    connection = connect(admins_desk)
    services.disconnect(connection, COMMAND_LINE)
    assert not hasattr(Connection.objects.get(), "token_cache")


def test_a_permission_that_a_setting_needs_by_now_is_asked_for(admins_desk, client):
    connect(admins_desk)
    CompanyMailSettings.objects.update(large_messages=True)
    sign_in(client, admins_desk.person)
    shown = client.get(reverse(PAGE, args=["Alpha"])).content.decode()
    assert "(Mail.ReadWrite): connect the mailbox once more" in shown
    assert (
        "Mail.ReadWrite" in query_of(client.get(company_start_link(admins_desk.person))["Location"])["scope"]
    )


def test_sending_from_shared_mailboxes_is_not_asked_of_it(admins_desk):
    CompanyMailSettings.objects.update(connections_from="mailbox", shared_mailbox="orders@people.example")
    asked = query_of(flows.start(admins_desk.person, admins_desk.session, for_company=True))["scope"]
    assert "Mail.Send.Shared" not in asked
