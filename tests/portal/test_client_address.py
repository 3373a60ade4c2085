"""Behind proxies a visitor's address is the one they tell, never one that he wrote himself."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from portal.middleware import ClientAddressMiddleware


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (1, "192.0.2.7", "192.0.2.7"),
        (1, "10.0.0.1, 192.0.2.7", "192.0.2.7"),
        (2, "10.0.0.1, 192.0.2.7, 198.51.100.2", "192.0.2.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (2, "192.0.2.7", "127.0.0.1"),
        (1, "unknown", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxy_saw(settings, proxies, forwarded, seen):
    settings.PROXIES = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    ClientAddressMiddleware(lambda _request: None)(request)
    assert request.META["REMOTE_ADDR"] == seen


@pytest.fixture
def counters() -> Iterator[None]:
    """Of the rate limits: none from before, and none left behind."""
    cache.clear()
    yield
    cache.clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("counters")
@pytest.mark.parametrize(("proxies", "code"), [(0, 429), (1, 200)])
def test_failed_sign_ins_of_one_do_not_lock_out_another_behind_the_proxy(client, settings, proxies, code):
    settings.PROXIES = proxies
    for number in range(40):
        typed = {"login": f"nobody-{number}@people.example", "password": "wrong"}
        client.post("/accounts/login/", typed, headers={"X-Forwarded-For": "192.0.2.7"})
    typed = {"login": "somebody@people.example", "password": "wrong"}
    answer = client.post("/accounts/login/", typed, headers={"X-Forwarded-For": "192.0.2.8"})
    assert answer.status_code == code
