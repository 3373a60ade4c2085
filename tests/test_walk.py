"""Every address of the portal, asked for signed out, as a stranger and as a plain user, by GET and by POST."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import mailings
from accounts.audit import COMMAND_LINE
from accounts.models import Invitation, Why
from api import keys
from api.scopes import Scope
from handover import links
from handover.ways import WAYS
from mailsettings.credentials import store
from mailsettings.models import AgreementKind, AgreementText, CredentialKind
from sender import batches
from sender.doctor import runs
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator
from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener, posted_to

# Below a company, what a plain user of it may open; everything else there is closed to him.
OPEN_TO_USERS = {
    "overview",
    "overview-days",
    "profile",
    "alarms-mine",
    "asked",
    "profile-method",
    "profile-password",
    "profile-gmail",
    "test-send",
    "check",
    "outbox",
    "outbox-export",
    "outbox-many",
    "batches",
    "guides",
    "guide",
    "microsoft-start",
    "microsoft-ended",
    "microsoft-disconnect",
    "microsoft-callback",
    "microsoft-callback-aspx",
    "google-start",
    "google-ended",
    "google-disconnect",
    "google-callback",
}
# Made for people who come back from Microsoft or Google: pages of their own for those who are not signed in.
FOR_RETURNING_PEOPLE = {
    "microsoft-callback",
    "microsoft-callback-aspx",
    "microsoft-ended",
    "google-callback",
    "google-ended",
}


def patterns(resolver=None, prefix="") -> list[tuple[str, str]]:
    """(route, name) of every address."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += patterns(entry, route)
        elif isinstance(entry, URLPattern):
            found.append((route, entry.name or ""))
    return found


def company_routes() -> list[tuple[str, str]]:
    return [(route, name) for route, name in patterns() if route.startswith("<company:company_code>/")]


@pytest.fixture
def address(world):
    """The path of a route, with objects that belong to the admin of company Alpha."""
    invitation = Invitation.objects.create(
        company=world.company, email="new@people.example", token_hash="0" * 64, expires_at="2099-01-01T00:00Z"
    )
    mailing = mailings.plan_asking(world.company, [(world.admin, Why.RECONNECT)], COMMAND_LINE)
    endpoint, _secret = listener(world.company)
    values = {
        "<company:company_code>": world.company.code,
        "<uuid:membership_id>": world.admin.pk,
        "<slug:guide>": "app-registration",
        "<uuid:message_id>": hand_over(world.admin).pk,
        "<int:number>": 0,
        "<uuid:batch_id>": batches.begin(world.company, "monday", submitted_by="ERP", api_key="x").pk,
        "<uuid:check_id>": runs.ask(world.admin, asked_by=world.admin.user.email).pk,
        "<uuid:invitation_id>": invitation.pk,
        "<uuid:mailing_id>": mailing.pk,
        "<uuid:letter_id>": mailing.letters.get().pk,
        "<uuid:link_id>": links.make(world.company, WAYS["connect"], "Iris", actor=COMMAND_LINE)[0].pk,
        "<uuid:key_id>": keys.make(world.company, "ERP", [Scope.SEND], actor=COMMAND_LINE)[0].pk,
        "<uuid:endpoint_id>": endpoint.pk,
        "<uuid:delivery_id>": posted_to(endpoint).pk,
        "<uuid:kind_id>": AgreementKind.objects.create(company=world.company, slug="offer", label="Offer").pk,
        "<uuid:text_id>": AgreementText.objects.create(
            company=world.company, kind="carrier_order", language="en", html="<p>Terms</p>"
        ).pk,
        "<uuid:credential_id>": store(
            world.company, CredentialKind.SMTP_PASSWORD, "canary-password", actor=COMMAND_LINE
        ).pk,
    }

    def fill(route: str) -> str:
        for placeholder, value in values.items():
            route = route.replace(placeholder, str(value))
        assert "<" not in route, f"the walk does not know how to fill in {route}"
        return "/" + route

    return fill


def answers(client: Client, path: str):
    return [client.get(path), client.post(path)]


@pytest.mark.parametrize(("route", "name"), company_routes())
def test_nobody_gets_in_signed_out(address, route, name):
    path = address(route)
    for response in answers(Client(), path):
        if name in FOR_RETURNING_PEOPLE:
            assert response.status_code in (200, 302, 403, 405)
            assert "Alpha Ltd" not in response.getvalue().decode()
        elif response.status_code != 405:
            assert response.status_code == 302, path
            assert response["Location"].startswith("/accounts/login/"), path


@pytest.mark.parametrize(("route", "name"), company_routes())
def test_a_stranger_finds_nothing_there(world, address, route, name):
    client = Client()
    sign_in(client, world.stranger)
    path = address(route)
    for response in answers(client, path):
        assert response.status_code in (404, 405), f"{path} answered {response.status_code}"
        assert "Alpha Ltd" not in response.getvalue().decode()


@pytest.mark.parametrize(("route", "name"), company_routes())
def test_a_plain_user_opens_only_what_is_his(world, address, route, name):
    client = Client()
    sign_in(client, world.user)
    path = address(route)
    for response in answers(client, path):
        if name not in OPEN_TO_USERS:
            assert response.status_code in (403, 404, 405), f"{path} answered {response.status_code}"
        else:
            assert response.status_code < 500, path
        assert "canary-password" not in response.getvalue().decode()


@pytest.mark.parametrize("role", ["support", "admin"])
@pytest.mark.parametrize(("route", "name"), company_routes())
def test_no_page_breaks_or_shows_a_secret(world, address, route, name, role):
    client = Client()
    sign_in(client, getattr(world, role))
    path = address(route)
    for response in answers(client, path):
        assert response.status_code < 500, path
        assert "canary-password" not in response.getvalue().decode()


def test_the_operators_pages_are_closed_to_everybody_else(world):
    routes = [r for r, _ in patterns() if r.startswith("operator/") and "<" not in r and "(?P" not in r]
    for member in (None, world.admin, world.stranger):
        client = Client()
        if member:
            client.force_login(member.user)
        for route in routes:
            if route in ("operator/login/", "operator/jsi18n/"):
                continue
            response = client.get("/" + route)
            assert response.status_code in (302, 404), f"/{route} answered {response.status_code}"


def test_the_operator_is_no_member_and_sees_no_company_page(world, address):
    client = Client()
    client.force_login(make_operator())
    assert client.get("/operator/").status_code == 200
    for route, _name in company_routes():
        assert client.get(address(route)).status_code in (404, 405), route
