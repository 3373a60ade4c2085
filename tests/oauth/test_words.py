"""Explanations in the words for the person who reads them."""

from diagnosis.explain import explain
from mailsettings.models import MicrosoftApp
from oauth import words

CLIENT = "199c0398-63f2-478d-9eb9-0b1abe4001f4"
SECRET_ENDED = "invalid_client: AADSTS7000222: the keys are expired"


def explained(raw=SECRET_ENDED):
    return explain(raw, stage="token", provider="microsoft", flow="delegated")


def test_a_user_hears_whose_turn_it_is_and_the_admin_that_it_is_his(world):
    assert "administrator of this portal" in words.whose_turn(explained(), world.user)
    assert words.whose_turn(explained(), world.admin) == ""
    assert words.whose_turn(words.of_cause("connect_link_expired", world.user), world.user) == ""
    blocked = explained("AADSTS53003: blocked by conditional access")
    assert "Microsoft 365" in words.whose_turn(blocked, world.admin)


def test_commands_name_the_mailbox_and_the_app(world):
    MicrosoftApp.objects.create(company=world.company, tenant_id="alpha.example", client_id=CLIENT)
    found = words.of_cause("app_access_policy_blocked", world.user)
    assert any(f"-Resource {world.user.user.email}" in command for command in found.commands)
    assert any(CLIENT in command for command in found.commands)
    assert not any("{client_id}" in command or "{mailbox}" in command for command in found.commands)


def test_alternatives_are_told_by_their_headlines(world):
    found = explain("535 5.7.3 Authentication unsuccessful", stage="smtp_auth", provider="microsoft")
    told = words.for_person(found, world.user)
    assert len(told.alternatives) == len(found.alternatives)
    assert not any("_" in text for text in told.alternatives)
