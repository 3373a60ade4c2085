"""The tables of rules are closed, and each row can be reached by a text of its own."""

from diagnosis.causes import portal
from diagnosis.rules import RULES, find
from diagnosis.rules.rule import Rule, compile_rules, first_match
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


def test_a_rule_needs_one_piece_and_all_that_goes_with_it():
    needles = compile_rules([Rule("mfa_required", "one|two", also=("a|b", "c"), but_not=("d",))])
    assert first_match("two b c", needles) is not None
    assert first_match("b c", needles) is None
    assert first_match("one c", needles) is None
    assert first_match("one a c d", needles) is None


def test_the_first_rule_that_fits_wins():
    needles = compile_rules([Rule("mfa_required", "x"), Rule("mailbox_full", "x")])
    assert first_match("x", needles).cause == "mfa_required"


def test_a_line_without_anything_known_has_no_rule():
    assert find("the weather is fine <> <smtp>") is None
