from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Company, Letter, Membership, Why
from mailsettings import credentials, services
from mailsettings.models import CredentialKind
from oauth.models import Connection, ConnectionState
from sender import standing
from sender.asking import asking
from tests.accounts.sign_in import sign_in
from tests.factories import make_member
from tests.mailsettings.forms_data import CLIENT_ID, DIRECTORY_ID
from tests.sender.helpers import open_relay


@pytest.fixture
def office365(world):
    values = {"cloud": "global", "tenant_id": DIRECTORY_ID, "client_id": CLIENT_ID}
    services.save_microsoft_app(world.company, values, actor=COMMAND_LINE)
    ends = timezone.localdate() + timedelta(days=100)
    credentials.store(world.company, CredentialKind.CLIENT_SECRET, "s", actor=COMMAND_LINE, expires_on=ends)
    return world


def connect(person, *, refreshed_days_ago=0, **fields):
    then = timezone.now() - timedelta(days=refreshed_days_ago)
    facts = {"client_id": CLIENT_ID, "tenant_id": DIRECTORY_ID, "object_id": str(person.pk)}
    facts |= {"scopes": ["Mail.Send", "User.Read"], "connected_at": then, "refreshed_at": then}
    facts |= {"company": person.company, "membership": person, "address": person.user.email}
    return Connection.objects.create(**(facts | fields))


def found_in(world):
    standing.bring_up_to_date(Company.objects.get(pk=world.company.pk))
    return asking(Company.objects.get(pk=world.company.pk))


def names(found):
    return {one.user.name.lower(): why for one, why in found.people}


def test_everybody_is_asked_for_his_own_reason(office365):
    world = office365
    connect(world.admin)
    connect(world.user, refreshed_days_ago=80)
    connect(world.colleague, state=ConnectionState.NEEDS_RECONNECTING, cause="refresh_token_expired")
    found = found_in(world)
    assert names(found) == {"bob": Why.IDLE, "carol": Why.RECONNECT, "sid": Why.NOT_CONNECTED}


def test_a_connection_that_ended_a_moment_ago_is_asked_for(office365):
    world = office365
    connect(world.user)
    standing.bring_up_to_date(Company.objects.get(pk=world.company.pk))
    Connection.objects.update(state=ConnectionState.NEEDS_RECONNECTING, cause="refresh_token_expired")
    assert names(asking(world.company))["bob"] == Why.RECONNECT


def test_where_nothing_can_be_connected_nobody_is_asked(world):
    found = found_in(world)
    assert found.people == []
    assert found.others == 4


def test_who_sends_by_the_companys_server_is_left_in_peace(world):
    open_relay(world.admin)
    assert found_in(world).people == []


def test_the_page_asks_with_one_button_and_the_second_time_nobody(client, office365, mailoutbox):
    world = office365
    standing.bring_up_to_date(Company.objects.get(pk=world.company.pk))
    sign_in(client, world.admin)
    page = reverse("invite-to-connect", args=[world.company.code])
    assert "Write to 4 people" in client.get(page).content.decode()
    assert not Letter.objects.exists()
    answer = client.post(page, follow=True).content.decode()
    assert "4 of 4 letters are on their way" in answer
    assert len(mailoutbox) == 4
    text = client.get(page).content.decode()
    assert "Nobody has to be asked now." in text
    assert "4 more people were asked in the last 7 days" in text


def test_the_number_of_queries_does_not_grow_with_the_people(office365, django_assert_max_num_queries):
    world = office365
    for _number in range(40):
        make_member(world.company)
    assert Membership.objects.filter(company=world.company).count() == 44
    with django_assert_max_num_queries(25):
        assert len(asking(world.company).people) == 44
