"""Enhanced status codes with one meaning only: they decide, whatever words stand beside them.

Sources: learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online (Exchange's own
from X.7.100 upwards, X.2.1xx, X.1.90), iana.org/assignments/smtp-enhanced-status-codes. Codes that servers use for
this and that, such as 5.7.1, are not here; words tell them apart in the other tables.
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules.rule import Rule


def _codes(start: str, *numbers: int | str | range) -> str:
    """Pieces for some codes: `_codes("5.7", 501, range(133, 138), "6xx")`."""
    every = (one for given in numbers for one in (given if isinstance(given, range) else [given]))
    return "|".join(f"<{start}.{one}>" for one in every)


EXCHANGE = (
    Rule("recipient_restricted", _codes("5.7", 12, 124, 129, range(133, 138), 193, 507)),
    Rule(
        "recipient_restricted", _codes("5.7", 13), also=("<smtp_mail>",)
    ),  # at AUTH: the account is disabled
    Rule("recipient_invalid", _codes("5.7", 504, 505), or_else=("recipient_restricted",)),
    Rule("sender_blocked_for_spam", _codes("5.7", 501, 502, 503), or_else=("sending_ip_or_tenant_blocked",)),
    Rule("ehlo_hostname_rejected", _codes("5.7", 506)),
    Rule("provider_throttled", _codes("5.7", 508), or_else=("sending_ip_or_tenant_blocked",)),
    Rule("sender_domain_authentication_failed", _codes("5.7", 509, 515)),
    Rule("sending_ip_or_tenant_blocked", _codes("5.7", 510, 511, 513, "6xx", "7xx")),
    Rule("message_format_rejected", _codes("5.7", 512), or_else=("sender_address_malformed",)),
    Rule("message_content_blocked", _codes("5.7", 520, 521)),
    # Gmail slows mail down for want of a proof of its sender; RFC 7372.
    Rule("sender_domain_authentication_failed", _codes("4.7", 23, 24, 26, 27, 29, range(30, 33))),
    Rule(
        "sending_ip_or_tenant_blocked",
        _codes("4.7", "6xx", "8xx"),
        also=("reputation",),
        but_not=("rate limited",),
        or_else=("provider_throttled",),
    ),
    Rule(
        "provider_throttled",
        _codes("4.7", "5xx", "6xx", "8xx"),
        or_else=("sending_ip_or_tenant_blocked",),
    ),
    Rule("provider_throttled", _codes("5.2", 121, 122), retry=Retry.WAIT),
    Rule("sending_limit_reached", _codes("5.1", range(90, 93))),
    Rule(
        "provider_temporarily_unavailable",
        "<4.4.0>|<4.4.3xx>",
        also=("dns|cannot connect|remote server|<4.4.3xx>",),
        but_not=("lookup ",),
    ),
    # What the next server on the way has answered, or not answered, to Exchange.
    Rule("provider_temporarily_unavailable", _codes("4.7", range(321, 326)) + "|<5.4.300>|<4.4.7>|<5.4.316>"),
    Rule("recipient_invalid", _codes("5.7", range(321, 326)), or_else=("provider_temporarily_unavailable",)),
    # Mail goes round.
    Rule(
        "recipient_invalid",
        _codes("5.4", 6, 14),
        but_not=("unusual sending",),
        or_else=("provider_temporarily_unavailable",),
    ),
)

# The titles of RFC 3463's codes, which reports of undelivered mail print in place of the code.
TITLES = (
    Rule(
        "recipient_invalid",
        "bad destination|destination mailbox address ambiguous|mailbox has moved|mailing list expansion problem",
    ),
    Rule("sender_address_malformed", "bad sender's"),
    Rule("message_too_large", "exceeds administrative limit|too big for system"),
    Rule(
        "provider_temporarily_unavailable",
        "mail system full|not accepting network messages|system congestion|directory server failure|"
        "routing server failure|no answer from host|bad connection|unable to route|delivery time expired",
        or_else=("recipient_invalid",),
    ),
    Rule("recipient_restricted", "mailing list expansion prohibited"),
    Rule("message_content_blocked", "delivery not authorized"),
    Rule(
        "message_format_rejected",
        "media not supported|conversion required|conversion not supported|conversion with loss",
    ),
    Rule("recipient_invalid", "routing loop", or_else=("provider_temporarily_unavailable",)),
)
