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
from diagnosis.rules.rule import Rule
from diagnosis.rules.search import Search, Table

__all__ = ["RULES", "Rule", "find"]

# Each table with the marks of the stages it is for; "" is read at every stage.
_TABLES: tuple[Table, ...] = (
    ("", connection.OWN),
    ("<aadsts", aadsts.RULES),
    ("<graph>", graph.CODES),
    ("", oauth.SPECIFIC),
    ("<token>|<authorize>", entra_words.RULES),
    ("", connection.TLS),
    ("<smtp>", smtp_codes.EXCHANGE),
    ("<smtp>", smtp_sign_in.EXCHANGE),
    ("<graph>", graph.RULES),
    ("", connection.AT_PROVIDER),
    ("", connection.NO_CONNECTION),
    ("<incoming>", incoming.RULES),
    ("<smtp>", smtp_sign_in.GREETING),
    ("<smtp_connect>|<smtp_tls>", smtp_sending.AT_THE_DOOR),
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
    ("<token>|<authorize>", oauth_words.RULES),
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
_SEARCH = Search(_TABLES)

RULES: tuple[Rule, ...] = tuple(rule for _, rules in _TABLES for rule in rules)


def find(line: str) -> Rule | None:
    """The rule that explains a line made by `reading.read()`, or None."""
    return _SEARCH.first_match(line)
