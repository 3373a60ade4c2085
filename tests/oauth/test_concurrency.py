"""What holds over threads and processes: one refresh at a time, and a callback that counts once."""

import json
import subprocess
import sys
import time
from threading import Barrier, Thread

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connections

from accounts.audit import COMMAND_LINE
from oauth import flows, leases, tokens
from oauth.errors import ConnectRefused
from oauth.models import Connection, TokenCache
from tests.delivery.faults.places import until
from tests.oauth.stub_entra import json_answer
from tests.processes import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True)]
THREADS = 8


def slowly(answer):
    """Time enough for everybody else to ask as well."""

    def respond(_form):
        time.sleep(0.3)
        return answer

    return respond


def all_at_once(threads, act):
    """What `act` returned in each of so many threads, sorted."""
    found, barrier = [], Barrier(threads)

    def work():
        barrier.wait()
        found.append(act())
        connections.close_all()

    workers = [Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(found)


@pytest.fixture
def ran_out(desk):
    """Bob's access token ran out, and the next refresh takes a while."""
    desk.connect(expires_in=1)
    desk.stub.reset()
    desk.stub.tokens.append(slowly(json_answer(desk.stub.renewal("access-2", "refresh-2"))))


def test_eight_threads_make_one_refresh(ran_out, stub):
    found = all_at_once(THREADS, lambda: tokens.access_token(Connection.objects.get()))
    assert found == ["access-2"] * THREADS
    assert len(stub.token_requests) == 1
    row = TokenCache.objects.get()
    assert (row.version, row.lease_owner) == (2, "")


def test_eight_threads_that_all_want_a_new_token_make_one_refresh(ran_out, stub):
    found = all_at_once(THREADS, lambda: tokens.access_token(Connection.objects.get(), force=True))
    assert found == ["access-2"] * THREADS
    assert len(stub.token_requests) == 1


def test_while_the_provider_takes_its_time_the_holder_gives_signs_of_life(desk, monkeypatch):
    """However long it is: the answer comes only after so many of them."""
    monkeypatch.setattr(leases, "BEAT_S", 0.01)
    desk.connect(expires_in=1)
    signs = set()

    def after_some_signs(_form):
        until(lambda: signs.add(TokenCache.objects.get().lease_until) or len(signs) > 5)
        connections.close_all()
        return json_answer(desk.stub.renewal("access-2", "refresh-2"))

    desk.stub.reset()
    desk.stub.tokens.append(after_some_signs)
    assert tokens.access_token(Connection.objects.get()) == "access-2"
    assert TokenCache.objects.get().lease_until is None


def ask_in_two_processes(clouds_file, *what):
    """The tokens that eight threads in each of two processes got."""
    command = [sys.executable, "-m", "tests.oauth.refresher", str(THREADS), *what]
    own = environment(MICROSOFT_CLOUDS_FILE=clouds_file)
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    children = [subprocess.Popen(command, cwd=ROOT, env=own, text=True, **pipes) for _ in range(2)]
    found = []
    try:
        assert [child.stdout.readline() for child in children] == ["ready\n"] * 2
        for child in children:
            child.stdin.write("\n")
            child.stdin.flush()
        for child in children:
            out, errors = child.communicate(timeout=60)
            assert "refresh-" not in errors
            found += json.loads(out)
    finally:
        for child in children:
            child.kill()
            child.communicate()
    return found


@pytest.mark.processes
def test_eight_threads_in_each_of_two_processes_make_one_refresh(ran_out, stub, settings):
    found = ask_in_two_processes(settings.MICROSOFT_CLOUDS_FILE)
    assert found == ["access-2"] * THREADS * 2
    assert len(stub.token_requests) == 1


@pytest.mark.processes
def test_eight_threads_in_each_of_two_processes_ask_once_for_the_apps_token(desk, stub, settings):
    stub.tokens.append(slowly(json_answer({"access_token": "app-1", "expires_in": 3600})))
    found = ask_in_two_processes(settings.MICROSOFT_CLOUDS_FILE, "app")
    assert found == ["app-1"] * THREADS * 2
    assert len(stub.token_requests) == 1


def test_of_two_callbacks_at_once_one_connects_and_the_other_is_a_replay(desk, stub):
    auth_uri = desk.start()
    kept = dict(desk.session.items())
    stub.grant(auth_uri)
    stub.tokens.append(slowly(stub.tokens.popleft()))
    query = {"code": "code-1", "state": auth_uri.split("state=")[1].split("&")[0]}

    def come_back():
        session = SessionStore()
        session.update(kept)
        try:
            return flows.finish(desk.person, session, query, actor=COMMAND_LINE).state
        except ConnectRefused as refusal:
            return refusal.cause

    ends = all_at_once(2, come_back)
    assert ends in (["callback_replayed", "connected"], ["connect_link_expired", "connected"])
    assert len(stub.token_requests) == 1
    assert Connection.objects.get().is_usable
