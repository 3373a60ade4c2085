"""Two words that mean one thing where no sentence and no code of the other tables was known.

Servers word the same refusal in hundreds of ways; what they speak of and what they say of it are few. RFC 5321
section 4.2 leaves the wording to the server.
"""

from diagnosis.rules.rule import Rule

_NO = (
    "not allow|not permit|not authori|denied|deny|disallow|prohibit|reject|forbid|refuse|unable|cannot|can't|"
    "not accept|not possible|won't|will not|don't|do not"
)
_SENDER = (
    " sender|'sender|\"sender|(sender|/sender|mail from|from address|'from'|from:|from header|from field|"
    "envelope from|return-path|your domain"
)
_NOT_HIS = (
    "does not match|doesn't match|not match|must match|mismatch|must be the same|must equal|not own|not verified|"
    "unverified|not valid for|not permitted|not allowed|not authori|does not belong|no permission|incorrect|"
    "not local|different from|differs from"
)

# Read at AUTH: what the server says of the name, the password, or the way of signing in.
SIGN_IN = (
    Rule(
        "starttls_required",
        "ssl|tls|secure connection|encrypt",
        also=("require|must|needed|only allowed|first", "<smtp_auth>"),
    ),
)

# Known whatever the code before it: the server's own service for signing in is away, or holds off.
FIRST = (
    Rule(
        "too_many_login_attempts",
        "too many|frequency|frequently|exceeded",
        also=("attempt|logins|tries|times", "<smtp_auth>"),
        but_not=("connection", "credit", "#auth005"),
    ),
    Rule(
        "provider_temporarily_unavailable",
        "lost to authentication server|authentication server",
        also=("lost|unavailable|timed out|timeout|not respond", "<smtp_auth>"),
    ),
    Rule("smtp_connection_dropped", "eof caught", also=("<smtp_auth>",), or_else=("user_password_wrong",)),
    Rule("sender_blocked_for_spam", "looks like spam|not a robot", also=("<smtp_auth>",)),
)

# Read after all the other tables, as a wrapper that speaks of signing in may hold any reason.
_NO_SIGN_IN = ("certificate", "handshake", " tls", " ssl", "connect")
_SIGN_IN = (
    "authenticat|password|credential|log in|logged in|login|logon|log on|sign in|sign-in|username|user name|"
    "auth error"
)
_REFUSED = (
    "fail|incorrect|invalid|wrong|reject|denied|refus|unsuccess|error|not possible|check your|check the|not accepted|"
    "abort|could not|unable|cannot|can't|exception"
)
SIGN_IN_LAST = (
    Rule("smtp_auth_not_offered", "authenticator|authentication method", also=("no |missing", "<smtp_auth>")),
    Rule("xoauth2_token_rejected", _SIGN_IN, also=(_REFUSED, "<smtp_auth>", "<oauth>"), but_not=_NO_SIGN_IN),
    Rule(
        "user_password_wrong",
        _SIGN_IN,
        also=(_REFUSED, "<smtp_auth>"),
        but_not=("<oauth>", *_NO_SIGN_IN),
        or_else=("app_password_required",),
    ),
    Rule(
        "user_password_wrong",
        "access denied|not authori|unauthori",
        also=("<smtp_auth>",),
        but_not=("<oauth>",),
        or_else=("app_password_required",),
    ),
)

# Read in the sending of a message.
MAIL = (
    # Exchange's last words where a gateway cut off the reason.
    Rule(
        "send_as_denied",
        "permanent exception with message cannot submit message",
        or_else=("sending_limit_reached", "sender_blocked_for_spam"),
    ),
    Rule("provider_temporarily_unavailable", "retry later|could not be saved|could not be queued"),
    Rule(
        "too_many_recipients",
        " recipients|recipient count|recipient limit|recipient number|rcpt count",
        also=("exceed|more than|maximum|limit|at most",),
        but_not=("mailbox", "quota", "size", "hour", "day", "month"),
    ),
    Rule(
        "message_format_rejected",
        "from: header|from header|header syntax|to headers|nul character|smtplf",
        but_not=("match", "not allowed", "not authori"),
    ),
    Rule(
        "message_format_rejected",
        "mime|rfc 2|rfc2|rfc 3|rfc3|rfc 5|rfc5",
        also=("exceed|invalid|malformed|violat|complian|illegal|missing|not conform",),
    ),
    Rule(
        "send_as_denied",
        _SENDER,
        also=(_NOT_HIS,),
        but_not=("recipient address", "not logged in", "authentication required"),
        or_else=("sender_address_malformed",),
    ),
    Rule("smtp_relay_denied", "relay", also=(_NO,), or_else=("smtp_not_authenticated",)),
    Rule(
        "sender_address_malformed",
        _SENDER,
        also=("syntax|malformed|must contain|not exist|not found|no mx|domain|invalid|unresolv",),
        but_not=("recipient address",),
        or_else=("send_as_denied",),
    ),
    Rule(
        "sending_limit_reached",
        "limit|quota|maximum|exceed|allowance",
        also=("hour|daily|per day|a day|month|24 h|plan|credit|outgoing|sending",),
        but_not=("size", "mailbox", "second", "minute"),
    ),
    Rule(
        "provider_throttled",
        "too many|too much|rate|frequen|deferred due|per second|per minute|concurren|simultaneous",
        also=("mail|message|connection|session|sent|sending|second|request",),
        but_not=("recipients", "generate", "separate", "operat"),
    ),
    Rule(
        "mailbox_full",
        "mailbox|inbox|folder|quota|storage|disk space|account is|user has",
        also=("full|exceed|over |no space|out of space|insufficient|not enough|blocks limit|inode",),
        but_not=("size",),
        or_else=("recipient_invalid",),
    ),
    Rule(
        "message_too_large",
        "size|too large|too big|too long|bytes",
        also=("message|mail|attachment|exceed|limit|maximum",),
        but_not=("line", "header"),
    ),
    Rule(
        "recipient_invalid",
        "recipient|user|mailbox|address|account|rcpt",
        also=(
            "unknown|not found|not exist|doesn't exist|no such|invalid|inactive|disabled|unavailable|not valid|"
            "suspended|deactivated|"
            "not listed|not in |undeliverable|must contain a domain|fully-qualified",
        ),
        but_not=(" sender", "<sender"),
        or_else=("mailbox_full",),
    ),
)

# PHPMailer's last word, where it passes no reply on.
DATA_REFUSED = (
    Rule(
        "message_content_blocked",
        "data not accepted",
        but_not=("<4", "<5"),
        or_else=("send_as_denied", "smtp_connection_dropped", "sending_limit_reached"),
    ),
)

# MailKit and .NET print the sentence of RFC 5321 section 4.2.3 in place of its code.
SENTENCES = (
    Rule(
        "sender_address_malformed",
        "syntax error",
        also=("<smtp_mail>",),
        or_else=("recipient_invalid", "message_format_rejected"),
    ),
)

# The client refused the address before it spoke to any server.
BY_CLIENT = (
    Rule(
        "recipient_invalid",
        "internet.addressexception|form required for an e-mail address|does not comply with rfc|"
        "does not comply with addr-spec|"
        "provide a valid address|not a valid rfc|address in mailbox given|invalid address|invalid email address|"
        "no recipients|addresses is empty",
        or_else=("sender_address_malformed",),
    ),
)
