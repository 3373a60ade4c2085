"""The whole ladder: everything is set up, and one way after the other is taken away."""

import json

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from mailsettings import catalog
from mailsettings.credentials import store
from mailsettings.models import AppOnlySettings, CompanyMailSettings, CredentialKind, GoogleApp, GoogleSending
from oauth.models import Connection, Provider
from sender.ladder import ladder_of
from sender.routing import NoRoute, Route, route
from tests.sender.test_routing import CLIENT_ID, set_up_microsoft, set_up_server

OFFICE = "office@alpha.example"
BY_PERSON = [slug for slug, method in catalog.METHODS.items() if method.owner == catalog.Owner.PERSON]


@pytest.fixture
def everything(world):
    """Bob could send in every way there is; of Google's two a company has one at a time."""
    connection = set_up_microsoft(world)
    connection.scopes = ["Mail.Send", "User.Read", "https://outlook.office.com/SMTP.Send"]
    connection.save()
    set_up_server(world)
    now = timezone.now()
    times = {"connected_at": now, "refreshed_at": now}
    Connection.objects.create(
        company=world.company, client_id=CLIENT_ID, tenant_id="t", object_id="office", address=OFFICE, **times
    )
    GoogleApp.objects.create(company=world.company, client_id="1-a.apps.googleusercontent.com")
    store(world.company, CredentialKind.GOOGLE_CLIENT_SECRET, "s3cret", actor=COMMAND_LINE)
    Connection.objects.create(
        company=world.company, membership=world.user, provider=Provider.GOOGLE, tenant_id="", object_id="1",
        client_id="1-a.apps.googleusercontent.com", address="bob@gmail.example",
        scopes=["https://www.googleapis.com/auth/gmail.send", "https://mail.google.com/"], **times,
    )  # fmt: skip
    for kind in (CredentialKind.USER_PASSWORD, CredentialKind.GMAIL_APP_PASSWORD):
        store(world.company, kind, "a" * 16, actor=COMMAND_LINE, membership=world.user)
    AppOnlySettings.objects.create(company=world.company, use_graph=True, use_smtp=True)
    CompanyMailSettings.objects.create(
        company=world.company, use_connections_smtp=True, use_fallback_mailbox=True, fallback_mailbox=OFFICE
    )


def forbid(world, method: str) -> None:
    world.company.allowed_methods = [one for one in world.company.allowed_methods if one != method]
    world.company.save()


def walk(world) -> list[str]:
    """The ways taken when each in turn is no longer allowed."""
    taken = []
    while way := way_of(world):
        names = [rung.method for rung in way.refused]
        assert names == list(catalog.METHODS)[: len(names)], "every rung above says why"
        assert all(rung.reason.endswith(".") and rung.cause for rung in way.refused)
        taken.append(way.method)
        forbid(world, way.method)
    assert [rung["method"] for rung in ladder_of(world.user)] == list(catalog.METHODS)
    return taken


def way_of(world) -> Route | None:
    try:
        return route(world.user)
    except NoRoute:
        return None


@pytest.mark.parametrize(("send_by", "other"), [("gmail_api", "google_smtp"), ("smtp", "google_api")])
def test_each_way_carries_mail_when_those_before_it_are_gone(world, everything, send_by, other):
    GoogleApp.objects.update(send_by=GoogleSending(send_by))
    assert walk(world) == [method for method in catalog.METHODS if method != other]


@pytest.mark.parametrize("method", catalog.METHODS)
def test_the_companys_one_method_is_the_only_one_taken(world, everything, method):
    GoogleApp.objects.update(send_by="smtp" if method == "google_smtp" else "gmail_api")
    CompanyMailSettings.objects.update(method=method)
    way = route(world.user)
    assert way.method == method
    assert {rung.cause for rung in way.refused} <= {"method_not_allowed"}
    forbid(world, method)
    with pytest.raises(NoRoute):
        route(world.user)


@pytest.mark.parametrize(
    ("switches", "first"),
    [
        ({"use_connections": False}, "microsoft_smtp"),
        ({"use_connections": False, "use_connections_smtp": False}, "google_api"),
    ],
)
def test_switches_of_the_policy_pass_their_ways_over(world, everything, switches, first):
    CompanyMailSettings.objects.update(**switches)
    assert route(world.user).method == first


@pytest.mark.parametrize(
    ("switches", "last"),
    [
        ({}, "company_smtp"),
        ({"use_company_server": False}, "company_mailbox"),
        ({"use_company_server": False, "use_fallback_mailbox": False}, "smtp_app"),
    ],
)
def test_the_last_resort_is_the_last_that_is_on(world, everything, switches, last):
    CompanyMailSettings.objects.update(**switches)
    assert last_of(world) == last


def last_of(world) -> str:
    """The last way left when one after the other is not allowed any more."""
    last = ""
    while way := way_of(world):
        last = way.method
        forbid(world, last)
    return last


def test_programs_are_told_the_same(world, everything):
    for method in BY_PERSON:
        forbid(world, method)
    told = ladder_of(world.user)
    assert json.loads(json.dumps(told)) == told
    assert [rung["method"] for rung in told] == [*BY_PERSON, "graph_app"]
    assert [rung["state"] for rung in told] == ["refused"] * len(BY_PERSON) + ["chosen"]
    assert told[-1]["from"] == world.user.user.email
