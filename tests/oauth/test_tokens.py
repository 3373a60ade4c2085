"""Access tokens: from the cache, by one refresh, and what each refusal means for the connection."""

import json
import threading
import time
from datetime import timedelta
from email.utils import format_datetime

import pytest

from accounts.audit import WORKER
from accounts.models import AuditEvent
from core.clock import now
from mailsettings.models import Credential, MicrosoftApp
from oauth import leases, msal_app, renewing, services, tokens
from oauth.models import Connection, TokenCache
from tests.oauth.stub_entra import error_answer, json_answer

OTHER = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def connection(desk):
    """Connected, with an access token that ran out."""
    return desk.connect(expires_in=1)


@pytest.fixture
def renewed(connection, stub):
    """The next refresh works, and the log of requests starts with it."""
    stub.reset()
    stub.tokens.append(json_answer(stub.renewal("access-2", "refresh-2")))


def stored():
    return TokenCache.objects.get().unseal().decode()


def test_a_token_that_lives_is_taken_from_the_cache(desk):
    connection = desk.connect()
    desk.stub.reset()
    assert tokens.access_token(connection) == "access-1"
    assert desk.stub.token_requests == []
    assert TokenCache.objects.get().version == 1


def test_a_token_that_ran_out_is_refreshed_and_the_rotated_grant_stored(connection, renewed, stub):
    before = connection.refreshed_at
    assert tokens.access_token(connection) == "access-2"
    assert stub.token_requests[0]["refresh_token"] == "refresh-1"
    assert stub.token_requests[0]["grant_type"] == "refresh_token"
    assert "refresh-2" in stored()
    row = TokenCache.objects.get()
    assert (row.version, row.lease_owner, row.lease_until) == (2, "", None)
    assert Connection.objects.get().refreshed_at > before
    assert tokens.access_token(connection) == "access-2"
    assert len(stub.token_requests) == 1


def test_the_next_refresh_uses_the_rotated_refresh_token(connection, renewed, stub):
    tokens.access_token(connection)
    stub.tokens[0] = json_answer(stub.renewal("access-3", "refresh-3"))
    assert tokens.access_token(connection, force=True) == "access-3"
    assert stub.token_requests[1]["refresh_token"] == "refresh-2"


def test_the_new_grant_is_stored_before_the_token_is_handed_out(connection, renewed, monkeypatch):
    def fail(*_args, **_changes):
        raise OSError("the disk is full")

    monkeypatch.setattr(leases, "let_go", fail)
    with pytest.raises(OSError, match="disk"):
        tokens.access_token(connection)


def test_microsofts_short_spelling_of_scopes_still_hits_the_cache(desk):
    connection = desk.connect(scope="Mail.Send User.Read profile openid email")
    desk.stub.reset()
    assert connection.scopes == ["Mail.Send", "User.Read"]
    assert tokens.access_token(connection) == "access-1"
    assert desk.stub.token_requests == []


def test_a_token_microsoft_wants_refreshed_early_is_refreshed(desk):
    connection = desk.connect(refresh_in=-1)
    desk.stub.tokens[0] = json_answer(desk.stub.renewal("access-2", "refresh-2"))
    assert tokens.access_token(connection) == "access-2"


def test_when_an_early_refresh_fails_the_token_at_hand_still_serves(desk):
    connection = desk.connect(refresh_in=-1)
    desk.stub.tokens[0] = json_answer({"error": "x"}, 503)
    assert tokens.access_token(connection) == "access-1"
    with pytest.raises(tokens.TokenUnavailable):
        tokens.access_token(connection, force=True)


@pytest.mark.parametrize(
    ("error", "code", "cause"),
    [
        ("invalid_grant", 700082, "refresh_token_expired"),
        ("invalid_grant", 50173, "refresh_token_revoked"),
        ("interaction_required", 53003, "conditional_access_blocked"),
        ("consent_required", 65001, "consent_missing"),
    ],
)
def test_a_definite_refusal_ends_the_connection_and_says_why(connection, stub, error, code, cause):
    stub.reset()
    stub.tokens.append(error_answer(error, code))
    with pytest.raises(tokens.NeedsReconnecting) as found:
        tokens.access_token(connection)
    assert found.value.cause == cause
    assert f"AADSTS{code}" in found.value.raw
    row = Connection.objects.get()
    assert (row.state, row.cause) == ("needs_reconnecting", cause)
    assert f"AADSTS{code}" in row.cause_raw
    event = AuditEvent.objects.get(action="connection.needs_reconnecting")
    assert event.details["cause"] == cause
    with pytest.raises(tokens.NeedsReconnecting):
        tokens.access_token(connection)
    assert len(stub.token_requests) == 1
    assert "refresh-1" in stored()


@pytest.mark.parametrize(
    ("error", "code", "status", "cause"),
    [
        ("invalid_client", 7000215, 401, "client_secret_invalid"),
        ("invalid_client", 7000222, 401, "client_secret_expired"),
        ("unauthorized_client", 700016, 400, "app_not_found_in_tenant"),
    ],
)
def test_a_wrong_secret_or_app_leaves_the_connection_alone(connection, stub, error, code, status, cause):
    stub.reset()
    stub.tokens.append(error_answer(error, code, status))
    with pytest.raises(tokens.SettingsRefused) as found:
        tokens.access_token(connection)
    assert found.value.cause == cause
    assert Connection.objects.get().state == "connected"
    assert TokenCache.objects.get().lease_owner == ""


@pytest.mark.parametrize(
    "answer",
    [
        json_answer({"error": "server_error"}, 503),
        json_answer({"error": "temporarily_unavailable", "error_description": "busy"}, 400),
        json_answer({"error": "slow"}, 429),
        error_answer("invalid_grant", 50053),  # locked out for a while; the grant is still good
        (200, {"Content-Type": "text/html"}, "<p>maintenance"),
        (302, {"Location": "https://elsewhere.example/"}, ""),
    ],
)
def test_a_passing_fault_never_changes_the_connection(connection, stub, answer):
    before = stored()
    stub.reset()
    stub.tokens.append(answer)
    with pytest.raises(tokens.TokenUnavailable):
        tokens.access_token(connection)
    assert Connection.objects.get().state == "connected"
    assert stored() == before
    assert TokenCache.objects.get().lease_owner == ""


@pytest.mark.parametrize("is_date", [False, True])
def test_the_wait_microsoft_asks_for_is_passed_on(connection, stub, is_date):
    asked = format_datetime(now() + timedelta(seconds=70), usegmt=True) if is_date else "70"
    stub.tokens[0] = json_answer({"error": "slow"}, 429, **{"Retry-After": asked})
    with pytest.raises(tokens.TokenUnavailable) as found:
        tokens.access_token(connection)
    assert 10 < found.value.retry_after_s <= 70


def test_a_server_that_does_not_answer_is_a_passing_fault(connection, stub, monkeypatch):
    monkeypatch.setattr(msal_app, "READ_TIMEOUT_S", 0.2)
    answered = threading.Event()
    stub.tokens[0] = lambda _form: answered.wait(5) and json_answer({})
    with pytest.raises(tokens.TokenUnavailable):
        tokens.access_token(connection)
    answered.set()
    assert Connection.objects.get().state == "connected"


def test_another_app_registration_needs_connecting_anew(connection):
    MicrosoftApp.objects.update(client_id=OTHER)
    with pytest.raises(tokens.NeedsReconnecting) as found:
        tokens.access_token(connection)
    assert found.value.cause == "not_connected", "nobody withdrew anything"
    assert "another app registration" in found.value.raw
    assert Connection.objects.get().state == "needs_reconnecting"


def test_another_directory_needs_connecting_anew(connection):
    MicrosoftApp.objects.update(tenant_id=OTHER)
    with pytest.raises(tokens.NeedsReconnecting):
        tokens.access_token(connection)


def test_missing_settings_are_the_companys_to_fill_in(connection):
    Credential.objects.all().delete()
    with pytest.raises(tokens.SettingsRefused) as found:
        tokens.access_token(connection)
    assert found.value.cause == "settings_incomplete"
    MicrosoftApp.objects.all().delete()
    with pytest.raises(tokens.SettingsRefused):
        tokens.access_token(connection)


def test_a_missing_encryption_key_is_a_passing_fault(connection, settings):
    settings.ENCRYPTION_KEYS = ["other:" + "B" * 43 + "="]
    with pytest.raises(tokens.TokenUnavailable) as found:
        tokens.access_token(connection)
    assert found.value.cause == "portal_at_fault"
    assert Connection.objects.get().state == "connected"


def test_a_disconnected_person_has_no_token(connection, stub):
    services.disconnect(connection, WORKER)
    assert not TokenCache.objects.exists()
    with pytest.raises(tokens.NeedsReconnecting) as found:
        tokens.access_token(connection)
    assert found.value.cause == "not_connected"


def test_a_disconnect_during_a_refresh_is_not_undone(connection, stub):
    def disconnect_first(_form):
        TokenCache.objects.all().delete()
        Connection.objects.update(state="disconnected")
        return json_answer(stub.renewal("access-2", "refresh-2"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(msal_app, "refresh", lambda *_args: disconnect_first({}) and _RENEWAL)
        with pytest.raises(tokens.NeedsReconnecting):
            tokens.access_token(connection)
    assert not TokenCache.objects.exists()
    assert Connection.objects.get().state == "disconnected"


_RENEWAL = msal_app.Renewal(("Mail.Send", "User.Read"), "access-2", b"{}")


def test_a_refusal_of_the_old_grant_does_not_end_a_new_connection(connection, desk):
    def connect_first(*_args):
        desk.connect()
        raise msal_app.MicrosoftRefused("invalid_grant", "AADSTS50173: revoked")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(msal_app, "refresh", connect_first)
        with pytest.raises(tokens.NeedsReconnecting):
            tokens.access_token(connection)
    assert Connection.objects.get().state == "connected"


def test_who_finds_a_refresh_under_way_waits_and_takes_its_token(connection, stub):
    row = TokenCache.objects.get()
    assert leases.take(row, "another process")
    polls = []

    def other_finishes(_seconds):
        polls.append(1)
        if len(polls) == 2:
            cache = json.loads(stored())
            entry = next(iter(cache["AccessToken"].values()))
            entry |= {"secret": "access-of-the-other", "expires_on": str(int(time.time()) + 3600)}
            row.seal(json.dumps(cache).encode())
            leases.let_go(row, "another process", ciphertext=row.ciphertext, version=row.version + 1)

    stub.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renewing.time, "sleep", other_finishes)
        assert tokens.access_token(connection) == "access-of-the-other"
    assert stub.token_requests == []


@pytest.mark.parametrize("clock_of_the_dead", [timedelta(hours=-1), timedelta(hours=1)])
def test_the_lease_of_a_holder_that_gives_no_sign_of_life_is_taken_over(
    connection, renewed, monkeypatch, clock_of_the_dead
):
    TokenCache.objects.update(lease_owner="dead", lease_until=now() + clock_of_the_dead)
    monkeypatch.setattr(leases, "DEAD_AFTER_S", 0.1)
    assert tokens.access_token(connection) == "access-2"


def test_a_sign_of_life_has_who_waits_begin_again(monkeypatch):
    clock, watch = [100.0], leases.Watch()
    monkeypatch.setattr(leases.time, "monotonic", lambda: clock[0])
    row = TokenCache(lease_owner="another", lease_until=now())
    for _ in range(20):
        assert not watch.is_over(row)
        clock[0] += leases.DEAD_AFTER_S - 0.1
        row.lease_until += timedelta(seconds=1)
    assert not watch.is_over(row)
    clock[0] += leases.DEAD_AFTER_S
    assert watch.is_over(row)


def test_of_two_who_find_a_holder_dead_one_takes_its_place(connection):
    TokenCache.objects.update(lease_owner="dead", lease_until=now())
    one, other = TokenCache.objects.get(), TokenCache.objects.get()
    assert [leases.take(one, "one"), leases.take(other, "other")] == [True, False]


def test_a_sign_of_life_that_comes_just_before_keeps_the_lease(connection):
    TokenCache.objects.update(lease_owner="slow", lease_until=now())
    row = TokenCache.objects.get()
    TokenCache.objects.update(lease_until=now() + timedelta(seconds=1))
    assert not leases.take(row, "hasty")


def test_waiting_for_a_refresh_has_an_end(connection, monkeypatch):
    TokenCache.objects.update(lease_owner="stuck", lease_until=now() + timedelta(hours=1))
    monkeypatch.setattr(renewing, "WAIT_S", 0.1)
    with pytest.raises(tokens.TokenUnavailable):
        tokens.access_token(connection)
    assert TokenCache.objects.get().lease_owner == "stuck"


def test_connections_idle_for_a_week_are_refreshed(connection, renewed, stub):
    assert tokens.refresh_idle(now()) == 0
    Connection.objects.update(refreshed_at=now() - timedelta(days=8))
    assert tokens.refresh_idle(now()) == 1
    assert tokens.refresh_idle(now()) == 0
    assert len(stub.token_requests) == 1


def test_one_failing_idle_connection_does_not_stop_the_round(connection, stub):
    Connection.objects.update(refreshed_at=now() - timedelta(days=8))
    stub.tokens[0] = json_answer({}, 503)
    assert tokens.refresh_idle(now()) == 0
    assert Connection.objects.get().state == "connected"


def test_no_token_shows_in_a_row_or_a_log(connection, renewed, caplog):
    caplog.set_level("DEBUG")
    tokens.access_token(connection)
    row = repr(TokenCache.objects.values().get()) + repr(bytes(TokenCache.objects.get().ciphertext))
    for secret in ("access-2", "refresh-2", "refresh-1"):
        assert secret not in row + caplog.text


def test_who_sends_for_one_account_gets_no_token_of_another_that_connected_meanwhile(connection, renewed):
    sending = Connection.objects.get()
    Connection.objects.update(object_id=OTHER, address="bob.second@people.example")
    with pytest.raises(tokens.NeedsReconnecting) as caught:
        tokens.access_token(sending)
    assert caught.value.cause == "not_connected"
    assert Connection.objects.get().is_usable, "the new grant stands"
