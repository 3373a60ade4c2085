"""The tables of rules are closed, and each row can be reached by a text of its own."""

import pytest

from diagnosis.causes import portal
from diagnosis.rules import RULES, find
from diagnosis.rules.rule import Rule
from diagnosis.rules.search import Search
from diagnosis.vocabulary import all_causes

SLUGS = {row.slug for row in all_causes()}
# Told by their slugs, never read out of a text; but the guard's refusal comes as a transport's words.
OWN_REFUSALS = {row.slug for row in portal.CAUSES} - {"outgoing_address_refused"}


def test_every_rule_names_causes_of_the_vocabulary():
    for rule in RULES:
        assert {rule.cause, *rule.or_else} <= SLUGS, rule
        assert rule.cause not in rule.or_else, rule


def test_every_cause_of_a_provider_has_a_rule():
    assert SLUGS - {rule.cause for rule in RULES} == OWN_REFUSALS


def test_no_rule_looks_for_nothing_or_for_capital_letters():
    for rule in RULES:
        for piece in (*rule.pieces.split("|"), *(part for one in rule.also for part in one.split("|"))):
            assert piece.strip(), rule
            assert piece == piece.lower(), rule


def search(*rules, mark=""):
    return Search([(mark, rules)])


def test_a_rule_needs_one_piece_and_all_that_goes_with_it():
    one_rule = search(Rule("mfa_required", "one|two", also=("a|b", "c"), but_not=("d",)))
    assert one_rule.first_match("two b c") is not None
    assert one_rule.first_match("b c") is None
    assert one_rule.first_match("one c") is None
    assert one_rule.first_match("one a c d") is None


def test_the_first_rule_that_fits_wins():
    both = search(Rule("mfa_required", "long piece"), Rule("mailbox_full", "long"))
    assert both.first_match("a long piece").cause == "mfa_required"


def test_the_rules_of_a_table_are_for_lines_with_one_of_its_marks():
    marked = search(Rule("mfa_required", "piece"), mark="<token>|<authorize>")
    assert marked.first_match("piece <authorize>") is not None
    assert marked.first_match("piece <smtp>") is None


@pytest.mark.parametrize("piece", ["x", "abc", "abcd", "a longer piece", "四字"])
def test_a_piece_is_found_at_the_beginning_in_the_middle_and_at_the_end(piece):
    one_rule = search(Rule("mfa_required", f"nothing|{piece}"), Rule("mailbox_full", f"{piece} and more"))
    for line in (piece, f"{piece} 1", f"1 {piece} 2", f"1 {piece}"):
        assert one_rule.first_match(line).cause == "mfa_required"
    assert one_rule.first_match("1 2 3") is None


def test_a_line_without_anything_known_has_no_rule():
    assert find("the weather is fine <> <smtp>") is None
