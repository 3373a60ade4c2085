"""Tokens of the company's connected mailbox: nowhere but in their encrypted row, whoever looks around."""

import pytest
from django.urls import reverse

from mailsettings.models import CompanyMailSettings
from oauth import tokens
from oauth.errors import TokenError
from oauth.links import company_start_link
from oauth.models import Connection
from tests.accounts.sign_in import sign_in
from tests.safety import canaries
from tests.safety.test_canaries_in_connecting import (
    callback,
    grant,
    look_around,
    nonce_of,
    repeating,
    state_of,
)

OFFICE = "office@people.example"


@pytest.fixture
def admin(search, entra, vault):
    search.leaving_for = entra.url
    chosen = {"use_fallback_mailbox": True, "fallback_mailbox": OFFICE}
    CompanyMailSettings.objects.update_or_create(company=vault.company, defaults=chosen)
    return sign_in(search.client(), vault.admin)


def connect(entra, vault, admin) -> str:
    auth_uri = admin.get(company_start_link(vault.admin))["Location"]
    grant(entra, auth_uri, claims={"preferred_username": OFFICE})
    address, query = callback(auth_uri, code=canaries.CODE)
    assert admin.get(address, query)["Location"] == reverse("company-mailbox", args=["Alpha"])
    return auth_uri


def test_a_connected_mailbox_leaves_no_token_behind(search, entra, vault, admin):
    auth_uri = connect(entra, vault, admin)
    assert tokens.access_token(Connection.objects.get(membership=None)) == canaries.ACCESS_TOKEN
    assert OFFICE in admin.get(reverse("company-mailbox", args=["Alpha"])).content.decode()
    look_around(search, vault)
    search.assert_clean(state_of(auth_uri), nonce_of(auth_uri))


def test_a_refusal_that_repeats_the_token_is_not_quoted_on_its_page(search, entra, vault, admin):
    auth_uri = connect(entra, vault, admin)
    entra.tokens.append(repeating(400))
    entra.tokens.popleft()
    with pytest.raises(TokenError):
        tokens.access_token(Connection.objects.get(membership=None), force=True)
    assert admin.get(reverse("company-mailbox", args=["Alpha"])).status_code == 200
    look_around(search, vault)
    search.assert_clean(state_of(auth_uri), nonce_of(auth_uri))
