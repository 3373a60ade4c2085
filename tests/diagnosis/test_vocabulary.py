"""The table of causes is complete, closed and readable."""

import re

import pytest
from django.utils.functional import Promise

from diagnosis.vocabulary import GUIDES, WHO, all_causes, cause
from tests.diagnosis.shared_data import shared_file

_ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", re.MULTILINE)
_BRACKET = re.compile(r"(\w+) if (?:provider )?(\w+)")


def test_slugs_are_unique_and_plain():
    slugs = [row.slug for row in all_causes()]
    assert len(slugs) == len(set(slugs))
    assert all(re.fullmatch(r"[a-z0-9_]+", slug) for slug in slugs)


def test_every_cause_names_known_people_and_guides():
    for row in all_causes():
        people = {row.who, *(who for _, who in row.who_if), *([row.tell] if row.tell else [])}
        assert people <= set(WHO), row.slug
        assert row.guide in ("", *GUIDES), row.slug


def test_every_text_is_translatable_and_a_whole_sentence():
    for row in all_causes():
        optional = (row.todo_user, row.todo_admin, row.todo_it, row.todo_google)
        for text in (row.title, row.happened, row.todo, *(text for text in optional if text is not None)):
            assert isinstance(text, Promise), row.slug
            assert str(text)[0].isupper(), row.slug
        assert str(row.happened).endswith("."), row.slug
        assert str(row.todo).endswith("."), row.slug
        assert len(str(row.title)) <= 70, row.slug


def test_commands_ask_only_for_values_the_page_can_fill_in():
    known = {"mailbox", "from_address", "client_id", "enterprise_object_id"}
    for row in all_causes():
        for command in row.commands:
            assert set(re.findall(r"\{(\w+)\}", command)) <= known, row.slug


def test_an_unknown_slug_is_the_cause_unrecognised():
    assert cause("no_such_cause").slug == "unrecognised"


@pytest.mark.parametrize(
    "slug",
    [
        "settings_incomplete",
        "method_not_allowed",
        "not_connected",
        "wrong_account_signed_in",
        "connect_link_expired",
        "callback_replayed",
        "outgoing_address_refused",
        "unknown_outcome",
        "portal_at_fault",
    ],
)
def test_the_portals_own_refusals_have_words_too(slug):
    assert cause(slug).slug == slug


def test_every_cause_of_the_shared_vocabulary_is_here_with_the_same_people():
    text = shared_file("causes.md").read_text(encoding="utf-8").split("## Texts that do not settle")[0]
    rows = _ROW.findall(text)
    assert len(rows) > 90
    for slug, people in rows:
        row = cause(slug)
        assert row.slug == slug
        assert row.who == people.split(" ")[0].strip(), slug
        brackets = {(key, who) for who, key in _BRACKET.findall(people)}
        assert set(row.who_if) == brackets, slug
