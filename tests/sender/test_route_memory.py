"""A remembered route must never outlive what it was chosen from."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import Membership, User
from core.sentences import said
from mailsettings.models import CompanyMailSettings, SmtpServer
from oauth.models import Connection
from sender import route_memory
from sender.models import Health, SendingMailbox
from sender.route_memory import SOURCES, way_of
from sender.routing import NoRoute, gather, route
from tests.conftest import World


@pytest.fixture
def server(world: World) -> SmtpServer:
    return SmtpServer.objects.create(company=world.company, host="mail.alpha.example", authentication="none")


def test_every_table_the_choice_is_made_from_is_watched(world, server):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        gather(type(world.user).objects.get(pk=world.user.pk))
    read = set(re.findall(r'FROM "(\w+)"|JOIN "(\w+)"', " ".join(each["sql"] for each in queries)))
    tables = {name for pair in read for name in pair if name}
    assert "mailsettings_smtpserver" in tables
    assert tables <= {model._meta.db_table for model, _rows in SOURCES}


def test_the_same_settings_are_read_by_one_query(world, server):
    way_of(world.user)
    with CaptureQueriesContext(connection) as queries:
        assert way_of(world.user).route.method == "company_smtp"
    assert len(queries) <= 1  # on PostgreSQL it is prepared, past Django's count


def test_a_change_that_nobody_tells_of_is_seen(world, server):
    assert way_of(world.user).route.method == "company_smtp"
    SmtpServer.objects.filter(pk=server.pk).update(host="other.alpha.example")
    assert "other.alpha.example" in way_of(world.user).route.reason
    CompanyMailSettings.objects.create(company=world.company, give_up_hours=3)
    assert way_of(world.user).policy.give_up_hours == 3
    CompanyMailSettings.objects.update(use_company_server=False)
    with pytest.raises(NoRoute):
        way_of(world.user)


def test_a_connection_that_ended_is_seen(world, server):
    moment = timezone.now()
    Connection.objects.create(
        company=world.company, membership=world.user, client_id="c", tenant_id="t", object_id="o",
        address=world.user.user.email, connected_at=moment, refreshed_at=moment,
    )  # fmt: skip
    before = [rung.reason for rung in way_of(world.user).route.refused]
    SendingMailbox.objects.create(
        company=world.company, method="graph_app", account="x@alpha.example", health=Health.NEEDS_ATTENTION
    )
    assert [rung.reason for rung in way_of(world.user).route.refused] == before
    Connection.objects.update(state="disconnected")
    assert way_of(world.user).route.method == "company_smtp"


def test_what_use_alone_changes_is_not_a_change(world, server):
    way = way_of(world.user)
    type(world.user.user).objects.update(last_login=timezone.now())
    assert way_of(world.user) is way


def test_each_person_has_their_own(world, server):
    assert way_of(world.user).route.from_address != way_of(world.colleague).route.from_address


def test_it_is_the_same_in_every_language_since_reasons_are_worded_when_they_are_read(world, server):
    way = way_of(world.user)
    with translation.override("de"):
        assert way_of(world.user) is way
        assert said(way.route.reason) == route(world.user).reason
    assert said(way.route.reason) == "Through the company's mail server mail.alpha.example."


def test_the_ones_asked_for_longest_ago_are_forgotten(world, server, monkeypatch):
    route_memory.forget()
    monkeypatch.setattr(route_memory, "MOST", 1)
    way_of(world.user), way_of(world.colleague)
    assert [key[1] for key in route_memory._memory] == [world.colleague.pk]


def test_a_person_who_was_read_before_a_change_leaves_nothing_outdated_behind(world, server):
    before = Membership.objects.select_related("user", "company").get(pk=world.user.pk)
    User.objects.filter(pk=world.user.user_id).update(email="bob.new@people.example")
    way_of(before)
    now = Membership.objects.select_related("user", "company").get(pk=world.user.pk)
    assert way_of(now).route.from_address == "bob.new@people.example"
    assert way_of(now).person == "bob.new@people.example"
