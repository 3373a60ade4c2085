"""What SMTP servers answer to too much: mail in a time, connections, recipients, size; and to broken messages.

Sources: learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online,
support.google.com/a/answer/3726730 (Gmail), senders.yahooinc.com/smtp-error-codes, RFC 3463, RFC 7372.
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules.rule import Rule

_STOP = Retry.STOP_MESSAGE
_OVER_QUOTA = (
    "over quota|mailbox full|mailbox is full|overquota|quota exceeded|exceeded storage|out of storage|"
    "mailbox quota|quota full|disk quota|storage allocation|quotaexceeded|exceeded its quota|quota violation"
)

# What passes soon, whoever is calling.
BUSY = Rule(
    "provider_temporarily_unavailable",
    "too busy|overloaded|high load|load average|load too high|shutting down|out of memory|maintenance|"
    "server configuration",
    also=("<4",),
)

LIMITS = (
    BUSY,
    # Gmail slows a calling address down before it blocks it, in the same words.
    Rule(
        "provider_throttled",
        "unusual rate of unsolicited",
        also=("<421>|<450>|<451>",),
        or_else=("sending_ip_or_tenant_blocked",),
    ),
    Rule(
        "provider_throttled",
        "messages per hour exceeded|hourly limit|messages per hour|hour limit",
        also=("<421>|<450>|<451>|<452>",),
        or_else=("sending_limit_reached",),
    ),
    Rule(
        "sending_limit_reached",
        "<5.4.5>|daily user sending|daily sending|sending quota|relay quota|daily limit|sending limit|"
        "hourly limit|"
        "daily message quota|emails per hour|per 24 hours|messages per day|recipient limit exceeded|"
        "credits exceeded|<5.7.232>|<5.7.233>|maximum number of messages|per-hour|per day|"
        "monthly limit|daily recipient|"
        "message limit|daily smtp relay|submission quota|submissionquotaexceeded|exceeded daily|"
        "limit reached|"
        "outgoing mail limit|recipient rate limit|messages per hour|mails per day|messaging limits|"
        "limit for sending|"
        "daily quota|hourly quota|quota per|for one day|hour limit|day limit|month limit|email quota exceeded|"
        "max rcpt to daily|policy rejection- quota|"
        "outgoing email quota|"
        "24-hour",
        but_not=("too many recipients", "concurrent", "size"),
    ),
    # Yahoo names pace and a lasting block alike; only the code tells them apart.
    Rule("sending_ip_or_tenant_blocked", "[tss", also=("<553>|<554>",), or_else=("provider_throttled",)),
    Rule(
        "provider_throttled",
        "concurrent connections|thread limit exceeded|too many connections|connection rate|"
        "too many concurrent|"
        "maximum number of concurrent|emails per second|messages per second|sending rate exceeded|"
        "server busy|"
        "receiving mail too quickly|receiving mail at a rate|peak smtp relay limit|"
        "too many recipient attempts|"
        "closing connection. (mail|closing connection. (rcpt|rate limited|rate limit|throttl|"
        "per session limit|too fast|slower|"
        "connecting too|too many messages|slow down|too many sessions|mails per minute|message rate|<4.7.28>|"
        "exceeds rate|exceeded the rate|temporarily deferred due to|submission rate|"
        "frequency limited|limit for processing requests|excessive volume|max message per connection|"
        "rate_limit|ratelimit|too much mail|too many mails|too many emails|too many e-mails|too many requests|"
        "[tss|[gl01]|"
        "messages per connection",
        but_not=("login frequency",),
    ),
    Rule(
        "provider_throttled",
        "queue quota exceeded",  # of the organisation, and not of a mailbox
        or_else=("provider_temporarily_unavailable",),
    ),
    Rule(
        "too_many_recipients",
        "too many recipients|allow rcpt|<4.5.3>|<5.5.3>|recipients limit|too many rcpt|maximum recipients|"
        "number of recipients|recipients per message",
    ),
    Rule("sender_address_malformed", "<5.6.7>", also=("sender's address",)),
    Rule(
        "recipient_invalid",
        "<5.6.7>|smtputf8 is required|smtputf8 required|smtputf8 not|not support smtputf8|requires smtputf8|"
        "need smtputf8|smtputf8 support|smtputf8 extension|smtputf8notsupported",
    ),
    Rule(
        "message_format_rejected",
        "line too long|line is too long|line length|bare lf|bare <lf>|bare <cr>|bare cr|bare linefeed|"
        "bare line feed|"
        "barelinefeed|bare newline|<5.6.11>|lines too long|non-crlf|badly formed mime|corrupt message|"
        "malformed header|<5.6.0>|rfc compliant|header is too long|header too long|message is malformed|"
        "5322 compliant|2822 compliant|rfc 822|duplicate header|multiple 'from'|missing 'from'|missing from header|"
        "no from header|missing header|missing required header|mandatory header|header is missing|header missing|"
        "headers are missing|invalid header|missing message-id|missing date header|"
        "header value exceeds|exceeds 998|smuggling|end-of-line|<5.6.|multiple addresses in from|illegal header",
    ),
    Rule(
        "mailbox_full",
        "<5.2.2>",
        also=("mailbox size limit|over quota|overquota|<552>",),
        but_not=("submission",),
        retry=_STOP,
    ),
    Rule(
        "mailbox_full",
        "mailbox exceeds|left on device|disk space|has been used up",
        also=("<550>|<552>|<554>",),
        or_else=("recipient_invalid",),
        retry=_STOP,
    ),
    Rule(
        "sender_blocked_for_spam",  # Outlook.com, until somebody proves to be there
        "please sign in to your account",
        or_else=("account_blocked_for_abuse",),
    ),
    Rule(
        "message_too_large",
        "<5.3.4>|<5.2.3>|<4.3.4>|message size|too large|google's message size|maximum size|size limit|"
        "too big|"
        "message is too long|mail is too long|body is too|attachment is too|mailsize|sendsizelimit|"
        "message length exceeds|exceeds fixed limit|exceeds size|"
        "max message size|message too long|size exceeds|content too long|larger than|message length is",
        but_not=("mailpolicy",),
    ),
    # The sender's own mailbox: Exchange keeps a copy of what is submitted.
    Rule("mailbox_full", "storedrv.submission", also=("quotaexceeded|mailbox full|<5.2.2>",)),
    # The recipient's: it concerns this message only.
    Rule(
        "mailbox_full",
        f"<4.2.2>|{_OVER_QUOTA}",
        also=("<450>|<451>|<452>|<422>|<4.2.2>",),
        or_else=("recipient_invalid",),
        retry=Retry.WAIT,
    ),
    Rule("mailbox_full", f"<5.2.2>|{_OVER_QUOTA}", or_else=("recipient_invalid",), retry=_STOP),
)
