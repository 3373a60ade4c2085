"""The intent in the start link."""

from urllib.parse import parse_qs, urlsplit

from django.core import signing

from oauth import links


def intent_of(membership):
    link = urlsplit(links.start_link(membership))
    assert link.path == f"/{membership.company.code}/oauth/microsoft/start"
    return parse_qs(link.query)["intent"][0]


def test_an_intent_counts_for_the_person_it_was_made_for(world):
    assert links.is_valid(intent_of(world.user), world.user)
    assert not links.is_valid(intent_of(world.user), world.colleague)


def test_a_changed_or_missing_intent_does_not_count(world):
    assert not links.is_valid(intent_of(world.user) + "x", world.user)
    assert not links.is_valid("", world.user)


def test_an_intent_ends_after_a_quarter_of_an_hour(world, monkeypatch):
    intent, clock = intent_of(world.user), signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: clock() + links.INTENT_LIFETIME_S + 1)
    assert not links.is_valid(intent, world.user)
