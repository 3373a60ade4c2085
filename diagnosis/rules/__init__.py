"""Which texts show which cause: tables, read from the most certain to the least.

Codes and symbolic names come first, words last; within a table the more special row stands above.
"""

from diagnosis.rules import (
    aadsts,
    clients,
    connection,
    entra_words,
    graph,
    incoming,
    oauth,
    oauth_words,
    servers_abroad,
    smtp_codes,
    smtp_limits,
    smtp_sender,
    smtp_sending,
    smtp_sign_in,
    smtp_words,
)
from diagnosis.rules.rule import Rule, compile_rules, first_match

__all__ = ["RULES", "Rule", "find"]

# Each table with the mark of the stage it is for; "" is read at every stage.
_TABLES: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("", connection.OWN),
    ("<aadsts", aadsts.RULES),
    ("<graph>", graph.CODES),
    ("", oauth.SPECIFIC),
    ("<token>", entra_words.RULES),
    ("<authorize>", entra_words.RULES),
    ("", connection.TLS),
    ("<smtp>", smtp_codes.EXCHANGE),
    ("<smtp>", smtp_sign_in.EXCHANGE),
    ("<graph>", graph.RULES),
    ("", connection.AT_PROVIDER),
    ("", connection.NO_CONNECTION),
    ("<incoming>", incoming.RULES),
    ("<smtp>", smtp_sign_in.GREETING),
    ("<smtp_connect>", smtp_sending.AT_THE_DOOR),
    ("<smtp_tls>", smtp_sending.AT_THE_DOOR),
    ("<smtp>", servers_abroad.RULES),
    ("<smtp>", smtp_limits.LIMITS),
    ("<smtp>", smtp_sender.SENDER),
    ("<smtp>", smtp_sender.RELAY),
    ("<smtp_auth>", smtp_words.FIRST),
    ("<smtp>", smtp_sign_in.SIGN_IN),
    ("<smtp_auth>", smtp_words.SIGN_IN),
    ("<smtp_auth>", smtp_sign_in.REFUSED),
    ("<smtp>", smtp_sending.RECIPIENT),
    ("<smtp>", smtp_codes.TITLES),
    ("<smtp>", smtp_sending.CONTENT),
    ("<smtp>", smtp_sending.PASSING),
    ("<token>", oauth_words.RULES),
    ("<authorize>", oauth_words.RULES),
    ("", oauth.GENERAL),
    ("<smtp_mail>", smtp_words.MAIL),
    ("<smtp>", smtp_words.BY_CLIENT),
    ("<smtp>", smtp_sending.CONTENT_GENERAL),
    ("<smtp>", smtp_sign_in.BY_REPLY),
    ("<smtp>", smtp_sending.BY_REPLY),
    ("<graph>", graph.BY_STATUS),
    ("", connection.DROPPED),
    ("<smtp>", smtp_words.DATA_REFUSED),
    ("<smtp_mail>", smtp_words.SENTENCES),
    ("", connection.NO_MORE_SAID),
    ("<smtp>", clients.RULES),
    ("<smtp_auth>", smtp_words.SIGN_IN_LAST),
    ("<smtp_mail>", smtp_sign_in.AT_MAIL),
    ("<incoming>", incoming.LAST),
)
_NEEDLES = tuple((mark, compile_rules(rules)) for mark, rules in _TABLES)
# Most texts are plain English: there is no need to look for other alphabets in them.
_PLAIN_NEEDLES = tuple(
    (mark, tuple(one for one in needles if one[0].isascii())) for mark, needles in _NEEDLES
)

RULES: tuple[Rule, ...] = tuple(rule for _, rules in _TABLES for rule in rules)


def find(line: str) -> Rule | None:
    """The rule that explains a line made by `reading.read()`, or None."""
    tables = _PLAIN_NEEDLES if line.isascii() else _NEEDLES
    found = (first_match(line, needles) for mark, needles in tables if mark in line)
    return next((rule for rule in found if rule), None)
