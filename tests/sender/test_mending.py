"""The button beside an explanation: for who can mend it, where it can be mended, and for nobody else."""

import pytest

from accounts.models import Membership
from sender.mending import mending_of
from sender.models import SendingMailbox
from tests.sender.helpers import hand_over


@pytest.fixture
def message(world):
    made = hand_over(world.user)
    made.mailbox.method = "smtp_password"
    return made


def page_for(message, cause: str, viewer: Membership) -> str:
    found = mending_of(message, cause, viewer)
    return found.url if found else ""


def test_the_person_mends_his_password_on_his_profile_and_staff_looks_at_him(world, message):
    cause = "user_password_wrong"
    assert page_for(message, cause, world.user) == "/Alpha/profile/"
    assert page_for(message, cause, world.support) == f"/Alpha/people/{world.user.pk}/"
    assert page_for(message, cause, world.admin) == f"/Alpha/people/{world.user.pk}/"


def test_the_companys_secret_is_mended_by_its_admins(world, message):
    message.mailbox.method = "microsoft_graph"
    cause = "client_secret_expired"
    assert page_for(message, cause, world.admin) == "/Alpha/settings/office365/"
    assert page_for(message, cause, world.support) == ""
    assert page_for(message, cause, world.user) == ""


@pytest.mark.parametrize("cause", ["recipient_invalid", "unknown_outcome", "no-such-cause"])
def test_what_no_page_mends_has_no_button(world, message, cause):
    assert all(page_for(message, cause, viewer) == "" for viewer in (world.user, world.support, world.admin))


def test_the_button_stands_on_the_messages_page(world, client, message):
    SendingMailbox.objects.update(
        method="smtp_password", health="needs_attention", cause="user_password_wrong"
    )
    client.force_login(world.user.user)
    assert "Mend it on my profile" in client.get(f"/Alpha/outbox/{message.pk}/").content.decode()
