"""What the chosen way cannot carry is refused before anything is stored, with who can do what about it."""

import pytest
from django.utils import translation

from mailsettings.models import AppOnlySettings, CompanyMailSettings
from oauth.models import Connection
from sender import plan, route_limit
from sender.mime import Attachment, MessageRefused
from sender.models import OutboxMessage
from sender.services import Draft, Submission, submit, submit_many
from sender.transports import gmail
from tests.sender.helpers import open_relay
from tests.sender.test_routing import set_up_microsoft
from tests.sender.test_routing_google import connected, google

__all__ = ["connected", "google"]  # fixtures
SEND = ["https://graph.example/Mail.Send", "https://graph.example/User.Read"]
WRITE = [*SEND, "https://graph.example/Mail.ReadWrite"]


def draft(size_bytes: int = 5_000_000) -> Draft:
    return Draft(to=["rita@recipient.example"], attachments=[Attachment("plans.bin", bytes(size_bytes))])


def refusal(sender, message: Draft) -> str:
    with pytest.raises(MessageRefused) as caught:
        submit(sender, message, submitted_by="test")
    assert not OutboxMessage.objects.exists()
    assert caught.value.field == "attachments"
    return caught.value.message


@pytest.fixture
def bob(world):
    set_up_microsoft(world)
    Connection.objects.update(scopes=SEND)
    CompanyMailSettings.objects.create(company=world.company)
    return world.user


def choose(**values):
    CompanyMailSettings.objects.update(**values)


def test_the_size_the_permission_and_who_begins_are_named(bob):
    sentence = refusal(bob, draft())
    assert "8.7 MB" in sentence
    assert "Mail.ReadWrite: an administrator adds it" in sentence
    assert "switches large messages on" in sentence


@pytest.mark.parametrize("language", ["de", "lv", "nb", "sv"])
def test_the_size_has_the_comma_of_the_language(bob, language):
    with translation.override(language):
        assert "8,7 MB" in refusal(bob, draft())


def test_where_the_company_has_done_its_part_the_person_is_told_his(bob):
    choose(large_messages=True)
    sentence = refusal(bob, draft())
    assert "8.7 MB" in sentence
    assert "permission Mail.ReadWrite, which bob@alpha.example has not given yet" in sentence
    assert sentence.endswith("connect to Microsoft once more, on the profile.")


def test_the_companys_mailbox_is_its_admins_to_connect(bob, world):
    Connection.objects.update(membership=None)
    chosen = {"use_fallback_mailbox": True, "fallback_mailbox": "bob@alpha.example"}
    choose(large_messages=True, **chosen)
    assert "an administrator connects it to Microsoft once more" in refusal(world.colleague, draft())
    Connection.objects.update(scopes=WRITE)
    assert submit(world.colleague, draft(), submitted_by="test").mailbox.method == "company_mailbox"


def test_with_the_permission_it_is_stored(bob):
    Connection.objects.update(scopes=WRITE)
    assert submit(bob, draft(), submitted_by="test").size_bytes > 5_000_000


@pytest.mark.parametrize("save_to_sent", [True, False])
def test_what_one_request_carries_is_stored(bob, save_to_sent):
    choose(save_to_sent=save_to_sent)
    assert submit(bob, draft(2_000_000), submitted_by="test").size_bytes > 2_000_000


def test_a_message_over_all_limits_of_microsoft(bob, monkeypatch):
    Connection.objects.update(scopes=WRITE)
    monkeypatch.setattr(plan, "MAX_MESSAGE_BYTES", 6_000_000)
    assert "Microsoft takes 150 MB at most. Send a link" in refusal(bob, draft())


def test_gmail_takes_35_mb(connected, world, monkeypatch):
    monkeypatch.setattr(gmail, "MOST_BYTES", 6_000_000)
    assert "6.5 MB as it is sent, and Gmail takes 35 MB" in refusal(world.user, draft())
    submit(world.user, draft(4_000_000), submitted_by="test")


@pytest.mark.parametrize("of_app", [True, False])
def test_what_only_a_token_or_a_server_tells_is_left_to_them(world, of_app):
    if of_app:
        set_up_microsoft(world).delete()
        AppOnlySettings.objects.create(company=world.company, use_graph=True)
    else:
        open_relay(world.user)
    assert submit(world.user, draft(), submitted_by="test").size_bytes > 5_000_000


def test_a_small_message_is_not_looked_at(bob, monkeypatch):
    monkeypatch.setattr(route_limit, "plan", None)
    assert submit(bob, draft(1_000_000), submitted_by="test").state == "waiting"


def test_among_many_it_alone_is_refused(bob):
    small, large = Submission(draft(10)), Submission(draft())
    results = submit_many(bob, [small, large, small], submitted_by="test")
    assert [type(one).__name__ for one in results] == ["OutboxMessage", "MessageRefused", "OutboxMessage"]
