"""What SMTP servers answer to a recipient or a message, and before MAIL: Exchange, Gmail, Postfix, Exim and others.

Sources: learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online,
support.google.com/a/answer/3726730 (Gmail), senders.yahooinc.com/smtp-error-codes, RFC 3463, RFC 7372.
"""

from diagnosis.rules import languages
from diagnosis.rules.rule import Rule
from diagnosis.rules.smtp_limits import BUSY, LIMITS
from diagnosis.rules.smtp_sender import SENDER

RECIPIENT = (
    Rule("sender_address_malformed", "does not exist", also=("in reply to mail from",)),
    Rule("recipient_invalid", "<555>", also=("rcpt",), or_else=("sender_address_malformed",)),
    # DATA came, and no recipient was left.
    Rule(
        "recipient_invalid",
        "rcpt first|need rcpt|rcpt command must|no valid rcpt",
        also=("<503>|<554>|<5.5.1>",),
    ),
    Rule(
        "recipient_invalid",
        "recipient address rejected|recipient address must",
        also=("fully-qualified|must contain|syntax|<5.5.2>",),
        but_not=("helo",),
    ),
    Rule("sender_address_malformed", "<555>|<5.5.2>|unsupported option", or_else=("recipient_invalid",)),
    Rule("recipient_invalid", "<5.4.1>", or_else=("sending_ip_or_tenant_blocked",)),
    Rule("recipient_invalid", "no longer valid|domain is not reachable", also=("<smtp_mail>",)),
    # Of a table of the company's own: Postfix says no more.
    Rule(
        "recipient_invalid",
        "recipient address rejected: access denied",
        or_else=("smtp_relay_denied", "recipient_restricted"),
    ),
    Rule(
        "provider_temporarily_unavailable",
        "greylist|graylist|unverified address|verification in progress|<4.2.0>|"
        "please try again later|temporary failure",
        also=("<450>|<451>|<421>|<452>",),
    ),
    Rule(
        "recipient_invalid",
        "<5.1.0>|<5.1.1>|<5.1.2>|<5.1.3>|<5.1.4>|<5.1.5>|<5.1.6>|<5.1.10>|<5.1.20>|<5.2.1>|<5.4.4>|"
        "<5.4.310>|<4.1.1>|"
        "<4.1.2>|<5.5.105>|user unknown|unknown user|no such user|no such recipient|not exist|"
        "invalid mailbox|"
        "recipient address rejected|mailbox unavailable|mailbox not found|invalid recipient|"
        "no valid recipients|"
        "recipient rejected|recipients were refused|recipients refused|recipientnotfound|recipient unknown|"
        "unknown recipient|address rejected|invalid address|bad recipient|unrouteable address|"
        "address unknown|"
        "no mailbox here|not found on this server|user not found|account not found|recipient not found|"
        "null mx|"
        "domain not found|nullmx|bad destination|such mailbox|unable to find the recipient|user is unknown|"
        "unknown address|inactive user|that you tried to reach|mailbox disabled|unknown local|"
        "not our customer|no recipients|a valid recipient|no valid recipient|"
        "at least one recipient|"
        "not a known user|disabled or discontinued|mailbox is disabled|account is disabled|"
        "accountdisabled|"
        "not a valid mailbox|not a valid recipient|"
        "mailbox name not allowed|user doesn't|bad address syntax|not reach the following recipient|"
        "name is not recognized|"
        "user not known|invalid user|not listed in domino|not listed in public name|"
        "not listed in the directory",
        or_else=("mailbox_full",),
    ),
)

CONTENT = (
    Rule(
        "message_content_blocked",
        "spam|content filter|potential security issue|illegal attachment|its content|unsolicited mail|"
        "virus|malware|"
        "phishing|attachment|content reject|content policy|message content|blacklisted url|attach type|bad content|"
        "transport.rules|email policy|- gcdp|policy that prohibited|suspicious|"
        "rejected due to content|prohibited content|content denied|uribl|surbl|url blacklisted|junk|message blocked",
        but_not=("transport unsolicited",),
    ),
)
# Words that stand beside any other reason as well.
CONTENT_GENERAL = (
    Rule(
        "message_content_blocked",
        "policy reasons|policy violation|message rejected|administrative prohibition|message was blocked|"
        "mail rejected|message refused|mail refused",
    ),
    Rule(
        "message_content_blocked",
        "policy rejection|denied by policy|message filtered",
        or_else=("sending_ip_or_tenant_blocked", "recipient_restricted"),
    ),
    Rule(
        "sending_ip_or_tenant_blocked",
        "blocked",
        also=("<550>|<553>|<554>|<571>",),
        or_else=("message_content_blocked", "sender_blocked_for_spam"),
    ),
)

PASSING = (
    Rule(
        "smtp_connection_dropped",
        "<4.4.2>|<421>|<451>|<442>",
        also=("idle|timeout|timed out|connection lost|lost connection|dropped",),
    ),
    Rule(
        "provider_temporarily_unavailable",
        "temporary server error|temporary system problem|try again later|try later|temporarily|temporary|"
        "insufficient system|service not available|service unavailable|server configuration|local error|"
        "<4.3.0>|<4.3.1>|<4.3.2>|<4.3.5>|<4.4.1>|<4.4.2>|<4.4.7>|<4.4.316>|please try again|please retry|"
        "<4.2.1>|"
        "<4.4.0>|<4.4.4>|<4.4.5>|<4.4.6>|<5.4.7>|<4.5.0>|<4.7.1>|<4.7.0>|<5.4.300>|<4.4.31|"
        "message expired|<4.7.",
        but_not=("<550>", "<554>", "<553>", "<501>"),
    ),
)

# Before MAIL the server knows of no message: whatever its words, they are about who is calling.
_ABOUT_THE_CALLER = (
    "provider_throttled",
    "sending_limit_reached",
    "sender_blocked_for_spam",
    "sending_ip_or_tenant_blocked",
)
AT_THE_DOOR = (
    BUSY,
    *(rule for rule in (*LIMITS, *SENDER) if rule.cause in _ABOUT_THE_CALLER),
    Rule(
        "ehlo_hostname_rejected",
        "helo|ehlo",
        also=(
            "<smtp_connect>",
            "your dns|dns config|does not resolve|not resolv|helo/|wrong state|not match",
        ),
    ),
    Rule("ehlo_hostname_rejected", "helo reject|ehlo reject|helo refused|ehlo refused|helo denied|helo not"),
    Rule("ehlo_hostname_rejected", "<501>|<504>", also=("<smtp_connect>",)),
    Rule("starttls_not_supported", "<500>|<501>|<502>|<503>", also=("<smtp_tls>",)),
    Rule("provider_temporarily_unavailable", "<4"),
    Rule(
        "sending_ip_or_tenant_blocked",
        "<5.7.|spam|unsolicited|policy|abuse|blocked|listed|banned|access denied|not allowed|not welcome",
        also=("<5",),
        or_else=("smtp_server_refused",),
    ),
    Rule(
        "smtp_server_refused",
        "<5",
        or_else=("sending_ip_or_tenant_blocked", "ehlo_hostname_rejected"),
    ),
)

# The codes alone, where no word said more (RFC 5321 section 4.2.3, RFC 3463 section 3).
BY_REPLY = (
    # .NET, in other languages: "or the client was not authenticated".
    Rule("smtp_not_authenticated", languages.spoken(languages.NOT_SIGNED_IN)),
    Rule(
        "sender_address_malformed",
        "in reply to mail from|smtpsenderrefused|smtpsenderfailed|from address failed",
        also=("<550>|<551>|<553>|<554>|<501>",),
        or_else=("send_as_denied", "smtp_not_authenticated"),
    ),
    Rule("provider_temporarily_unavailable", "<42|<43|<44|<45"),
    # Names of exceptions: they say which command was refused, and not why.
    Rule(
        "recipient_invalid",
        "recipientsrefused|addressfailedexception|invalid addresses|following recipients failed",
        or_else=("mailbox_full", "smtp_relay_denied"),
    ),
    Rule("message_too_large", "<552>", or_else=("mailbox_full",)),
    Rule("smtp_not_authenticated", "<503>", also=("<smtp_mail>",)),
    Rule("sender_address_malformed", "<501>|<5.5.", also=("<smtp_mail>",), or_else=("recipient_invalid",)),
    Rule("provider_temporarily_unavailable", "<5.3.|<4."),
    Rule(
        "recipient_invalid",
        "<5.1.|<5.2.|<5.4.|<551>|<510>|<511>|<512>|<521>|<556>|<577>",
        or_else=("mailbox_full",),
    ),
    Rule("recipient_invalid", "<553>", or_else=("smtp_relay_denied", "send_as_denied")),
    Rule(
        "smtp_relay_denied",
        "<5.7.1>|<5.7.0>",
        also=("<smtp_mail>", "<550>|<553>"),
        or_else=("message_content_blocked", "sending_ip_or_tenant_blocked"),
    ),
    Rule("message_content_blocked", "<5.7.", also=("<smtp_mail>",), or_else=("smtp_relay_denied",)),
    Rule(
        "message_format_rejected",
        "protocol violation|protocol error|protocol deviation",
        also=("<550>|<554>|<500>",),
        or_else=("sending_ip_or_tenant_blocked",),
    ),
    Rule("recipient_invalid", "<550>", or_else=("smtp_relay_denied", "message_content_blocked")),
    Rule("message_content_blocked", "<554>|<571>", or_else=("smtp_relay_denied", "recipient_invalid")),
)
