"""Secrets handed in by a link, with providers that repeat them; and the address of the link, which is a key itself."""

from datetime import date, timedelta

import pytest
import trustme
from django.urls import reverse

from accounts.audit import Actor
from handover import links, mailing, proposals
from handover.models import Link, Proposal
from handover.ways import WAYS
from mailsettings.models import Credential, MicrosoftApp
from tests.accounts.sign_in import sign_in
from tests.oauth.stub_entra import CLIENT, TENANT, json_answer
from tests.safety import canaries
from tests.safety.test_canaries_in_checks import NO_LOGIN
from tests.safety.test_canaries_in_connecting import repeating
from tests.sender.stub_servers import StubSmtp

ACCEPTED = {"token_type": "Bearer", "access_token": canaries.ACCESS_TOKEN, "expires_in": 3600}


@pytest.fixture
def admin(search, world):
    return sign_in(search.client(), world.admin)


@pytest.fixture
def handed(search, entra, world):
    """The path of a link and a visitor who has it; values that were accepted are used at once, or wait."""
    search.leaving_for = entra.url
    actor = Actor(world.admin.user, world.admin.user.email)

    def make(way: str = "connect", **options: object):
        _link, address = links.make(world.company, WAYS[way], "Iris", actor=actor, **options)
        return address.removeprefix("http://testserver"), search.client()

    return make


def typed(**changes: object) -> dict[str, object]:
    ends = (date.today() + timedelta(days=200)).isoformat()
    names = {"cloud": "stub", "tenant_id": TENANT, "client_id": CLIENT, "secret_expires_on": ends}
    return names | {"client_secret": canaries.CLIENT_SECRET} | changes


def look_around(search, world) -> None:
    """Every page about the link, by everybody who might open it."""
    link = Link.objects.get()
    for role in ("admin", "support", "user", "stranger"):
        browser = sign_in(search.client(), getattr(world, role))
        for name in ("hand-over", "audit", "settings", "overview"):
            assert browser.get(reverse(name, args=["Alpha"])).status_code < 500
        browser.get(reverse("hand-over-link", args=["Alpha", link.pk]))


def assert_the_address_is_nowhere(search, path: str) -> None:
    """But in the answers of the page itself, which lead to it."""
    token = path.strip("/").rpartition("/")[2]
    elsewhere = [part for part in search.everything() if "/handover/" not in part[0]]
    assert [where for where, content in elsewhere if token.encode() in content] == []


@pytest.mark.parametrize("form", ["json", "html"])
def test_a_refused_secret_that_is_repeated_is_quoted_nowhere(search, entra, world, handed, form):
    path, visitor = handed()
    entra.tokens.append(repeating(401, form))
    answer = visitor.post(f"{path}hand-in/", typed())
    assert answer.status_code == 422
    visitor.post(f"{path}hand-in/", typed(client_id="no", secret_expires_on="2001-01-01"))
    assert not Proposal.objects.exists()
    look_around(search, world)
    search.assert_clean()
    assert_the_address_is_nowhere(search, path)


@pytest.mark.parametrize("takes_over", [True, False])
def test_an_accepted_secret_is_nowhere_in_clear(search, entra, world, handed, takes_over):
    path, visitor = handed(takes_over=takes_over)
    entra.tokens.append(json_answer(ACCEPTED))
    assert visitor.post(f"{path}hand-in/", typed()).status_code == 302
    visitor.get(path)
    visitor.post(f"{path}look/", follow=True)
    look_around(search, world)
    assert Credential.objects.exists() == takes_over
    search.assert_clean()
    assert_the_address_is_nowhere(search, path)


def test_values_taken_over_are_gone_from_the_proposal(search, entra, world, handed, admin):
    path, visitor = handed()
    entra.tokens.append(json_answer(ACCEPTED))
    visitor.post(f"{path}hand-in/", typed())
    link = Link.objects.get()
    assert proposals.waiting(link).unseal().decode() == canaries.CLIENT_SECRET
    seen = {"proposal": proposals.waiting(link).pk}
    assert admin.post(reverse("hand-over-take", args=["Alpha", link.pk]), seen).status_code == 302
    assert Credential.objects.get().reveal() == canaries.CLIENT_SECRET
    assert MicrosoftApp.objects.exists()
    assert Proposal.objects.get().unseal() == b""
    look_around(search, world)
    search.assert_clean()


@pytest.mark.parametrize("is_right", [True, False])
def test_a_mail_servers_password_is_nowhere_in_clear(
    search, entra, world, handed, settings, tmp_path, is_right
):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    settings.EXTRA_CA_FILE = str(tmp_path / "ca.pem")
    path, visitor = handed("server", takes_over=True)
    with StubSmtp(authority, {} if is_right else {"AUTH": NO_LOGIN}) as server:
        form = {
            "host": "localhost",
            "port": server.port,
            "security": "starttls",
            "authentication": "password",
            "user_name": "orders",
            "password": canaries.EMAIL_PASSWORD,
        }
        assert visitor.post(f"{path}hand-in/", form).status_code == (302 if is_right else 422)
        visitor.post(f"{path}look/", follow=True)
    assert Credential.objects.exists() == is_right
    look_around(search, world)
    search.assert_clean()


def test_the_address_is_shown_once_to_the_admin_who_made_it(search, world, admin, monkeypatch, mailoutbox):
    monkeypatch.setattr(mailing, "sends_real_mail", lambda: True)
    new = reverse("hand-over-new", args=["Alpha"])
    form = {"way": "connect", "made_for": "Iris", "days": "7", "email": "iris@care.example"}
    path = admin.post(new, form).context["address"].removeprefix("http://testserver")
    assert path in mailoutbox[0].body
    search.parts = [part for part in search.parts if part[0] != f"POST {new}"]
    look_around(search, world)
    assert_the_address_is_nowhere(search, path)
    assert search.client().get(path).status_code == 200


def test_the_page_shows_nothing_that_is_stored(search, entra, vault, handed):
    for way in WAYS:
        path, visitor = handed(way)
        page = visitor.get(path).content.decode()
        assert page.count("<h1>") == 1
        assert vault.user.user.email not in page
    search.assert_clean()
