"""Whose name stands in From of people's connections: the policy form and the file."""

import pytest

from mailsettings.forms import PolicyForm
from tests.mailsettings import forms_data

ORDERS = "orders@firm.example"


def form(world, **changes: object) -> PolicyForm:
    return PolicyForm(forms_data.policy(**changes), company=world.company)


@pytest.mark.parametrize("chosen", ["mailbox", "on_behalf"])
def test_mail_from_the_shared_mailbox_needs_its_address(world, chosen):
    lacking = form(world, connections_from=chosen)
    assert lacking.errors == {
        "shared_mailbox": ["Give the address of the shared mailbox that stands in From."]
    }
    assert form(world, connections_from=chosen, shared_mailbox=ORDERS).is_valid()


def test_the_persons_own_address_needs_none(world):
    assert form(world).is_valid()


def test_a_name_that_would_break_the_header_is_refused(world):
    wrong = form(world, connections_from="mailbox", shared_mailbox=ORDERS, shared_mailbox_name="=?a?=")
    assert "shared_mailbox_name" in wrong.errors
