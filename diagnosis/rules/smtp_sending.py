"""What SMTP servers answer to MAIL, RCPT and DATA: Exchange, Gmail, Yahoo, Postfix, Exim and others.

Sources: learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online,
support.google.com/a/answer/3726730 (Gmail), senders.yahooinc.com/smtp-error-codes, RFC 3463, RFC 7372.
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules import languages
from diagnosis.rules.rule import Rule

_STOP = Retry.STOP_MESSAGE
_OVER_QUOTA = (
    "over quota|mailbox full|mailbox is full|overquota|quota exceeded|exceeded storage|out of storage|"
    "mailbox quota|quota full|disk quota|storage allocation|quotaexceeded|exceeded its quota"
)

LIMITS = (
    Rule(
        "sending_limit_reached",
        "<5.4.5>|daily user sending|daily sending|sending quota|relay quota|daily limit|sending limit|"
        "hourly limit|"
        "daily message quota|emails per hour|per 24 hours|messages per day|recipient limit exceeded|"
        "credits exceeded|<5.7.232>|<5.7.233>|maximum number of messages|per-hour|per day|"
        "monthly limit|"
        "message limit|daily smtp relay|submission quota|submissionquotaexceeded|exceeded daily|"
        "limit reached|"
        "outgoing mail limit|recipient rate limit|messages per hour|mails per day|messaging limits|"
        "limit for sending|"
        "24-hour",
        but_not=("too many recipients", "concurrent", "size"),
    ),
    Rule(
        "provider_throttled",
        "concurrent connections|thread limit exceeded|too many connections|connection rate|"
        "too many concurrent|"
        "maximum number of concurrent|emails per second|messages per second|sending rate exceeded|"
        "server busy|"
        "receiving mail too quickly|receiving mail at a rate|peak smtp relay limit|"
        "too many recipient attempts|"
        "closing connection. (mail|closing connection. (rcpt|rate limited|rate limit|throttl|"
        "too fast|"
        "connecting too|too many messages|slow down|too many sessions|mails per minute|message rate|<4.7.28>|"
        "exceeds rate|exceeded the rate|temporarily deferred due to|submission rate|"
        "frequency limited|limit for processing requests|excessive volume|max message per connection|"
        "messages per connection",
    ),
    Rule(
        "too_many_recipients",
        "too many recipients|allow rcpt|<4.5.3>|<5.5.3>|recipients limit|too many rcpt|maximum recipients|"
        "number of recipients|recipients per message",
    ),
    Rule("sender_address_malformed", "<5.6.7>", also=("sender's address",)),
    Rule("recipient_invalid", "<5.6.7>|smtputf8"),
    Rule(
        "message_format_rejected",
        "line too long|line is too long|line length|bare lf|bare <lf>|bare <cr>|bare cr|bare linefeed|"
        "bare line feed|"
        "barelinefeed|bare newline|<5.6.11>|lines too long|non-crlf|badly formed mime|corrupt message|"
        "malformed header|<5.6.0>|rfc compliant|header is too long|header too long|message is malformed|"
        "5322 compliant|2822 compliant|rfc 822|duplicate header|multiple 'from'|"
        "exceeds 998|smuggling|end-of-line|<5.6.|multiple addresses in from|illegal header",
    ),
    Rule(
        "mailbox_full",
        "<5.2.2>",
        also=("mailbox size limit|over quota|overquota|<552>",),
        but_not=("submission",),
        retry=_STOP,
    ),
    Rule(
        "message_too_large",
        "<5.3.4>|<5.2.3>|<4.3.4>|message size|too large|google's message size|maximum size|size limit|"
        "too big|"
        "message is too long|mail is too long|body is too|attachment is too|mailsize|sendsizelimit|"
        "message length exceeds|exceeds fixed limit|exceeds size|"
        "max message size|message too long|size exceeds|content too long|larger than|message length is",
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

SENDER = (
    Rule(
        "send_as_denied",
        "<5.7.60>|<5.2.252>|sendasdenied|permissions to send as|not owned by|"
        "must be same as authorization user|"
        "must equal authorized|not permitted to send as|relaying disallowed as|is not one of your addresses|"
        "not local sender|sender address is not allowed|sender address not allowed|not allowed to send as|"
        "email address is not verified|match a verified sender|not a verified sender|cannot send as|"
        "sender mismatch|"
        "sender not allowed|not allowed as sender|match the authenticated|address not verified|"
        "mail from must|"
        "sender is not allowed|not authorized to send on behalf|not authorized to send from|"
        "not permitted to send from|"
        "must match authenticated|from address must|sender address must|identities failed the check|"
        "domain is not verified|only send testing emails|unconfigured sending domain|to send messages from|"
        "mail box name|can only be used to send|"
        "permission to send as|sender is not authorized|must be the same as|not allowed to use this sender|"
        "does not belong to|sender signature|local user only|envelope sender not allowed|"
        "not authorized to perform",
        or_else=("smtp_relay_denied",),
    ),
    Rule("sender_blocked_for_spam", "<5.1.8>", also=("<microsoft>",)),
    Rule("sender_address_malformed", "<5.1.8>", but_not=("outbound",)),
    Rule(
        "sender_blocked_for_spam",
        "bad outbound sender|unusual sending activity|"
        "suspected of sending spam|spam abuse detected|"
        "blocked for spam|outbound spam|outboundspam|wascl useraction|"
        "recognized as a valid sender|sender has been blocked|sender blocked",
        or_else=("sending_ip_or_tenant_blocked",),
    ),
    Rule(
        "sender_domain_authentication_failed",
        "<5.7.26>|<5.7.27>|<5.7.30>|<5.7.23>|<5.7.24>|<5.7.20>|<5.7.21>|<5.7.22>|"
        "<4.7.26>|"
        "<4.7.27>|<4.7.30>|<4.7.31>|<4.7.32>|<4.7.23>|<4.7.24>|dmarc|[spf]|(spf)|spf check|spf fail|"
        "spf validation|dkim|"
        "sender policy framework|sender is unauthenticated|required authentication level|spf=fail|spf record|"
        "fails to pass authentication|failed spf|authentication checks|unauthenticated email|openspf|"
        "not authorized by domain|spoofed|spoofing|not designated|does not designate|domain's spf|spf policy",
    ),
    Rule(
        "sending_ip_or_tenant_blocked",
        "your ip|invalid ip|from ip|ip address",
        also=("unauthorized|block|forbidden|denied|refused|rejected|invalid|listed",),
        but_not=("spf", "address you've registered"),
    ),
    Rule(
        "sending_ip_or_tenant_blocked",
        "<5.7.25>|<4.7.25>|not accepted from this ip|blocklist|"
        "tenant has exceeded|banned sending ip|banned sender|block list|blacklist|black list|spamhaus|"
        "blocked using|"
        "dnsbl|spamcop|barracuda|sorbs|poor reputation|listed at|listed by|bad reputation|low reputation|"
        "reputation|"
        "to send email directly|delist|client host rejected|reverse dns|ptr record|"
        "unusual rate of unsolicited|"
        "ip address has been blocked|ip has been blocked|blocked your ip|unregistered domain|blocked ip|"
        "not in whitelist|not whitelisted|"
        "dynamic ip|"
        "will not be accepted from|connections not accepted|rbls|refused to talk to me|not allowed to send|"
        "s3140|s3150|ip address is blocked|not allowed to connect|part of their network|rdns|your ip address",
    ),
    Rule(
        "sender_address_malformed",
        "denies the sender|mail from invalid|sender is unvalidated|missing final '@domain'|"
        "valid address in from|dns check failed|sender address rejected: domain not found|"
        "sender verify failed|invalid sender|"
        "sender verification failed|domain of sender|sender domain|sender address syntax|malformed sender|"
        "<5.1.7>|sender address is invalid|bad sender|sender rejected|reverse-path|invalid mail from|"
        "invalid from|"
        "return path|sender's domain|bad address syntax in mail",
        but_not=("not logged in",),
    ),
)

RELAY = (
    Rule(
        "send_as_denied",
        "sender address rejected",
        but_not=("not logged in",),
        or_else=("sender_address_malformed", "sender_blocked_for_spam"),
    ),
    Rule(
        "smtp_not_authenticated",
        "please turn on smtp authentication|no password specified|relay through this server without|"
        "not logged in|wantautherror|"
        "smtp authentication is required|authentication required|authentication is required|"
        "must authenticate|"
        "must be authenticated|requires authentication|need to authenticate|log in first|login first|"
        "not authenticated|please authenticate|need authentication|authenticate first|authorization required|"
        "check for new mail|must log in|auth required|send auth command|client was not authenticated|"
        "unauthenticated sender|unauthenticated mail|"
        "use smtp-auth|smtp auth is required|login to the imap",
        but_not=("notauthenticatedforgroup",),
        or_else=("smtp_relay_denied",),
    ),
    Rule(
        "recipient_restricted",
        "notauthenticatedforgroup|"
        "resolver.rst.notauthorized|"
        "resolver.rst.restrictedtorecipientspermission|only accepts mail from|want your mail|"
        "not permitted to send to this",
    ),
    Rule("smtp_relay_denied", "relaying disallowed", or_else=("send_as_denied", "smtp_not_authenticated")),
    Rule(
        "smtp_relay_denied",
        "unable to relay|relay access denied|relaying denied|relay not permitted|relaying not allowed|"
        "relay denied|"
        "<5.7.64>|<5.7.54>|<5.7.51>|not permitted to relay|cannot relay|relaying is prohibited|"
        "relay prohibited|"
        "relaying prohibited|do not relay|no relay|relaying not permitted|relay is not allowed|"
        "allowed to relay|"
        "relay not allowed|invalid credentials for relay|relay rejected|relay is denied|open relay|"
        "tenantattribution|"
        "relaying mail|rcpthosts|not a gateway|relaying to|relay operation rejected|mail relay|"
        "relaying temporarily|"
        "not a local recipient|denies relay|relay check|relay disabled",
        or_else=("smtp_not_authenticated",),
    ),
)

RECIPIENT = (
    Rule("sender_address_malformed", "does not exist", also=("in reply to mail from",)),
    Rule("recipient_invalid", "<555>", also=("rcpt",), or_else=("sender_address_malformed",)),
    Rule("sender_address_malformed", "<555>|<5.5.2>", or_else=("recipient_invalid",)),
    Rule("recipient_invalid", "<5.4.1>", or_else=("sending_ip_or_tenant_blocked",)),
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
        "unknown address|inactive user|that you tried to reach|recipientsrefused|addressfailedexception|"
        "invalid addresses|mailbox disabled|unknown local|not our customer|no recipients|"
        "at least one recipient|"
        "not a known user|disabled or discontinued|mailbox is disabled|account is disabled|"
        "accountdisabled|following recipients failed|"
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
        "policy reasons|policy violation|email policy|- gcdp|message rejected|administrative prohibition|"
        "message was blocked|"
        "suspicious|"
        "mail rejected|message refused|mail refused|rejected due to content|prohibited content|uribl|surbl|junk",
    ),
)

PASSING = (
    Rule("smtp_connection_dropped", "<4.4.2>|<421>|<451>", also=("idle|timeout|timed out|lost",)),
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
    *(rule for rule in (*LIMITS, *SENDER) if rule.cause in _ABOUT_THE_CALLER),
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
    Rule("provider_temporarily_unavailable", "<421>|<450>|<451>|<452>|<432>|<454>|<458>|<442>|<447>"),
    Rule("message_too_large", "<552>", or_else=("mailbox_full",)),
    Rule("smtp_not_authenticated", "<503>", also=("<smtp_mail>",)),
    Rule("sender_address_malformed", "<501>|<5.5.", also=("<smtp_mail>",), or_else=("recipient_invalid",)),
    Rule("provider_temporarily_unavailable", "<5.3.|<4."),
    Rule("recipient_invalid", "<5.1.|<5.2.|<5.4.|<553>|<551>", or_else=("mailbox_full",)),
    Rule(
        "smtp_relay_denied",
        "<5.7.1>|<5.7.0>",
        also=("<smtp_mail>", "<550>|<553>"),
        or_else=("message_content_blocked", "sending_ip_or_tenant_blocked"),
    ),
    Rule("message_content_blocked", "<5.7.", also=("<smtp_mail>",), or_else=("smtp_relay_denied",)),
    Rule(
        "message_format_rejected",
        "protocol violation|protocol error",
        also=("<550>|<554>|<500>",),
        or_else=("sending_ip_or_tenant_blocked",),
    ),
    Rule("recipient_invalid", "<550>", or_else=("smtp_relay_denied", "message_content_blocked")),
    Rule("message_content_blocked", "<554>|<571>|<556>", or_else=("smtp_relay_denied", "recipient_invalid")),
)
