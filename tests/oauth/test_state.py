"""A sign-in under way is bound to one browser session and one person, and is taken out once."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore

from core.clock import now
from mailsettings.clouds import cloud
from oauth import state
from oauth.errors import LinkExpired, OtherBrowser, Replayed
from oauth.models import PendingFlow
from oauth.registration import Registration

REGISTRATION = Registration(cloud("global"), "alpha.example", "a" * 8, "http://testserver/cb", "the-secret")
FLOW = {"state": "state-1", "code_verifier": "verifier-canary"}


def test_what_was_kept_is_taken_once_with_everything_in_it(world):
    session = SessionStore()
    state.keep(FLOW, world.user, session, REGISTRATION)
    pending = state.take(world.user, session, "state-1")
    assert (pending.flow, pending.registration_name) == (FLOW, ["global", "alpha.example", "a" * 8])
    with pytest.raises(Replayed):
        state.take(world.user, session, "state-1")


def test_a_second_taker_that_read_the_row_too_gets_nothing(world, monkeypatch):
    session = SessionStore()
    state.keep(FLOW, world.user, session, REGISTRATION)
    row = PendingFlow.objects.get()
    state.take(world.user, session, "state-1")
    monkeypatch.setattr(PendingFlow.objects, "filter", _first_answer_is(row))
    with pytest.raises(Replayed):
        state.take(world.user, session, "state-1")


def _first_answer_is(row):
    filters, answers = PendingFlow.objects.filter, iter([row])

    def filter_(**lookup):
        found = filters(**lookup)
        stale = next(answers, None)
        if stale is not None:
            found.first = lambda: stale
        return found

    return filter_


def test_another_browser_gets_nothing_and_leaves_the_flow_alone(world):
    state.keep(FLOW, world.user, SessionStore(), REGISTRATION)
    with pytest.raises(OtherBrowser):
        state.take(world.user, SessionStore(), "state-1")
    assert PendingFlow.objects.count() == 1


def test_another_person_in_the_same_browser_gets_nothing(world):
    session = SessionStore()
    state.keep(FLOW, world.user, session, REGISTRATION)
    for other in (world.colleague, world.stranger):
        with pytest.raises(OtherBrowser):
            state.take(other, session, "state-1")


def test_an_unknown_state_and_no_state_are_told_as_expired(world):
    for unknown in ("state-2", ""):
        with pytest.raises(LinkExpired):
            state.take(world.user, SessionStore(), unknown)


def test_a_flow_older_than_ten_minutes_is_not_given_out(world):
    session = SessionStore()
    state.keep(FLOW, world.user, session, REGISTRATION)
    PendingFlow.objects.update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(LinkExpired):
        state.take(world.user, session, "state-1")
    assert not PendingFlow.objects.exists()


def test_a_flow_whose_key_was_taken_away_meanwhile_is_over(world):
    session = SessionStore()
    state.keep(FLOW, world.user, session, REGISTRATION)
    PendingFlow.objects.update(key_id="gone")
    with pytest.raises(LinkExpired):
        state.take(world.user, session, "state-1")


def test_only_the_newest_five_of_a_person_are_kept(world):
    session = SessionStore()
    for number in range(7):
        state.keep({"state": f"state-{number}"}, world.user, session, REGISTRATION)
    assert PendingFlow.objects.count() == state.MOST_AT_ONCE
    with pytest.raises(LinkExpired):
        state.take(world.user, session, "state-1")
    assert state.take(world.user, session, "state-6")


def test_old_flows_are_swept(world):
    state.keep(FLOW, world.user, SessionStore(), REGISTRATION)
    assert state.expire(now()) == 0
    assert state.expire(now() + timedelta(minutes=11)) == 1


def test_neither_the_state_nor_the_verifier_lies_in_the_row_in_clear(world):
    session = SessionStore()
    state.keep(FLOW, world.user, session, REGISTRATION)
    row = repr(PendingFlow.objects.values().get()) + repr(bytes(PendingFlow.objects.get().ciphertext))
    assert "state-1" not in row
    assert "verifier-canary" not in row
    assert session["oauth_browser"] not in row
