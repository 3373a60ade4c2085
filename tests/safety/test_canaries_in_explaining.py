"""A secret pasted with an error is nowhere afterwards, not even on the page that explains it."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.accounts.sign_in import sign_in

SECRET = "Zq8~aB3xY9wV7uT5sR1pO2nM4lK6jI8hG0fE"
PROSE = "heliotrope and other prose"


@pytest.mark.parametrize("stage", ["", "token", "no such stage"])
def test_nothing_that_was_pasted_is_kept_or_logged_and_secrets_are_masked(search, world, stage):
    cache.clear()
    browser = sign_in(search.client(), world.support)
    pasted = f"AADSTS7000215 client_secret={SECRET}\n{'filling ' * 400}{PROSE}{' filling' * 400}"
    answer = browser.post(reverse("explain", args=["Alpha"]), {"text": pasted, "stage": stage})
    assert answer.status_code == (422 if "such" in stage else 200)
    assert answer["Cache-Control"] == "no-store"
    search.assert_clean(SECRET, PROSE)
