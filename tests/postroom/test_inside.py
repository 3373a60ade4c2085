"""The backend of a project that runs Postroom's apps: its company, its transactions."""

import pytest
from django.core.mail import get_connection
from django.db import transaction

from accounts.models import Membership, Role
from postroom.errors import NotTaken
from sender.models import OutboxMessage
from tests.postroom.test_both_backends import a_message


def test_somebody_of_two_companies_needs_one_named(world, inside, settings):
    Membership.objects.create(company=world.stranger.company, user=world.user.user, role=Role.USER)
    with pytest.raises(NotTaken, match="several companies"):
        a_message().send()
    a_message(headers={"X-Postroom-Company": "alpha"}).send()
    settings.POSTROOM = {"company": "Alpha"}
    a_message().send()
    a_message(connection=get_connection(company="Alpha", person="carol@people.example")).send()
    assert {row.company for row in OutboxMessage.objects.all()} == {world.company}
    assert OutboxMessage.objects.latest("id").person == "carol@people.example"


def test_nobody_sends_for_a_company_that_is_not_theirs(world, inside):
    with pytest.raises(NotTaken):
        a_message(headers={"X-Postroom-Company": "Omega"}).send()


@pytest.mark.parametrize("who", ["user", "company"])
def test_who_is_not_active_does_not_send(world, inside, who):
    row = {"user": world.user.user, "company": world.company}[who]
    row.is_active = False
    row.save()
    with pytest.raises(NotTaken):
        a_message().send()


@pytest.mark.parametrize("address", ["", "\x00", "\ud800@people.example"])
def test_what_is_no_address_names_nobody(world, inside, address):
    with pytest.raises(NotTaken):
        a_message(headers={"From": address, "X-Postroom-Person": address or "nobody"}).send()


def test_a_message_belongs_to_the_transaction_of_the_project(world, inside):
    with transaction.atomic():
        assert a_message().send() == 1
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


def test_no_such_header_is_set_is_told_by_its_field(world, inside):
    with pytest.raises(NotTaken) as refused:
        a_message(headers={"DKIM-Signature": "x"}).send()
    assert refused.value.field == "headers"
