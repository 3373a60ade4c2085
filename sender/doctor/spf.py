"""A domain's SPF record with all that it includes: which names it leads to, and whether receivers can read it.

RFC 7208: one record (4.5), at most ten mechanisms that need a question (4.6.4), an included domain without a record
is an error (5.2), `redirect=` counts where no `all` stands (6.1). Whether a single address passes is not asked here:
the check wants to know if the record lets the provider send.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

MOST_QUESTIONS = 10
_ASKS = ("include", "a", "mx", "ptr", "exists", "redirect")


class Problem(StrEnum):
    """What makes a receiver treat the whole record as broken."""

    NONE = ""
    MISSING = "missing"
    SEVERAL = "several"
    TOO_MANY = "too many"
    LEADS_NOWHERE = "leads nowhere"  # `at` says where


@dataclass
class Spf:
    """`names`: the domains that it includes or hands over to, at any depth; `lets_all`: everybody may send (+all)."""

    names: set[str] = field(default_factory=set)
    questions: int = 0
    lets_all: bool = False
    problem: Problem = Problem.NONE
    at: str = ""


def read(domain: str, texts: Callable[[str], list[str]]) -> Spf:
    """Follow the record of a domain; `texts` gives the TXT records of a name and may raise."""
    found = Spf()
    _follow(domain.lower(), texts, found, is_first=True)
    return found


def _follow(domain: str, texts: Callable[[str], list[str]], found: Spf, *, is_first: bool = False) -> None:
    records = [text for text in texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if len(records) != 1:
        own = Problem.SEVERAL if records else Problem.MISSING
        found.problem, found.at = (own, domain) if is_first else (Problem.LEADS_NOWHERE, domain)
        return
    terms = [_term(word) for word in records[0].split()[1:]]
    ends = [sign for sign, name, _value in terms if name == "all"]
    if is_first:
        found.lets_all = "+" in ends
    for _sign, name, value in terms:
        if name not in _ASKS or (name == "redirect" and ends):
            continue
        found.questions += 1
        if found.questions > MOST_QUESTIONS:
            found.problem = found.problem or Problem.TOO_MANY
            return
        if name in ("include", "redirect") and "%" not in value:  # a circle ends with the tenth question
            found.names.add(value)
            _follow(value, texts, found)


def _term(word: str) -> tuple[str, str, str]:
    """(qualifier, name, value) of one word of a record; the value without a length of address."""
    sign, rest = (word[0], word[1:]) if word[0] in "+-~?" else ("+", word)
    for mark in ":=":
        name, found, value = rest.partition(mark)
        if found and name.isalnum():
            return sign, name.lower(), value.rstrip(".").lower()
    return sign, rest.partition("/")[0].lower(), ""
