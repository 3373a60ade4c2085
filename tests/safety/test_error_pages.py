"""What visitors and the log see when a page fails while it holds a secret."""

import pytest

from tests.accounts.sign_in import sign_in
from tests.safety import canaries


@pytest.fixture
def broken(search, world, settings):
    settings.ROOT_URLCONF = "tests.safety.breaking_urls"
    return sign_in(search.client(), world.user)


def test_a_page_that_fails_shows_and_logs_no_value(search, broken):
    answer = broken.post("/breaks/", {"password": canaries.EMAIL_PASSWORD})
    assert answer.status_code == 500
    assert "The fault is ours" in answer.content.decode()
    assert all("held[" in stream.getvalue() for stream in search.logs.values())
    search.assert_clean()


def test_no_error_is_mailed_to_anybody(broken, settings, mailoutbox):
    settings.ADMINS = [("Olga", "olga@portal.example")]
    assert broken.post("/breaks/", {"password": canaries.EMAIL_PASSWORD}).status_code == 500
    assert mailoutbox == []


def test_secrets_in_an_exceptions_words_are_masked_in_the_log(search, broken):
    assert broken.get("/breaks/words/").status_code == 500
    assert all("client_secret=[hidden]" in stream.getvalue() for stream in search.logs.values())
    search.assert_clean()


@pytest.mark.parametrize("path", ["/Alpha/nothing-here/", "/nothing/", "/invite/walrus-canary-code/"])
def test_a_page_that_is_not_there_repeats_nothing_of_its_address(search, broken, path):
    answer = broken.get(f"{path}?code={canaries.CODE}&password={canaries.SIGN_IN_PASSWORD}")
    assert answer.status_code == 404
    assert canaries.CODE not in answer.content.decode()


def test_the_callbacks_query_is_not_logged(search, world):
    visitor = search.client()
    path = f"/Alpha/oauth/microsoft/callback?code={canaries.CODE}&state={canaries.CODE}2"
    assert visitor.get(path).status_code == 403
    assert all("Forbidden" in stream.getvalue() for stream in search.logs.values())
    search.assert_clean()
