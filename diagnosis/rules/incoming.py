"""IMAP and POP replies. Sources: RFC 5530 (IMAP response codes), RFC 2449 section 8 (POP response codes)."""

from diagnosis.rules import languages
from diagnosis.rules.rule import Rule

_GENERIC = ("user_password_wrong", "imap_pop_access_disabled")
_TOKEN = ("mailbox_access_not_granted", "graph_permission_missing", "imap_pop_access_disabled")

RULES = (
    Rule(
        "mailbox_access_not_granted",
        "authenticated but not connected",
        or_else=("mailbox_missing_or_unlicensed", "imap_pop_access_disabled", "xoauth2_token_rejected"),
    ),
    # "Mailbox does not exist" is not here: in IMAP it is said of a folder.
    Rule(
        "mailbox_missing_or_unlicensed",
        "does not have a valid mailbox|not found in mailbox|has no mailbox",
    ),
    Rule(
        "incoming_basic_auth_disabled",
        "basic authentication is disabled|basicauthblocked|basic auth is disabled",
    ),
    Rule(
        "imap_pop_access_disabled",
        "imap is disabled|pop is disabled|imap4 is disabled|pop3 is disabled|not enabled for imap|"
        "not enabled for pop|"
        "imap access is disabled|pop access is disabled|pop3 access is disabled|imap access has been disabled|"
        "imap support is not enabled|enable imap|imap access disabled|imap disabled|imap is not enabled|"
        "pop is not enabled|imap not enabled|protocol is disabled|protocol disabled|further_action_required|"
        "does not have access rights to this service|not allowed to use imap|nicht freigeschaltet|"
        "unsafe login|imap is currently disabled|pop3 access not|imap access not|not permitted to use imap|"
        "enable pop|not allowed to use pop|pop3 disabled|pop disabled",
        or_else=("user_password_wrong", "app_password_required"),
    ),
    Rule(
        "imap_pop_access_disabled",
        "imap|pop3",
        also=(
            "not enabled|not been enabled|turned off|switched off|not activated|deactivated",
            "<imap>|<pop>",
        ),
        but_not=("tls", "ssl", "oauth"),
    ),
    Rule(
        "app_password_required",
        "application-specific password|application password|app password|app-specific password|"
        "authorization code|授权码|application specific password|app specific password|parol prilozheniya|"
        "пароль приложения",
        but_not=("<oauth>",),
    ),
    Rule("smtp_not_authenticated", "no password specified", but_not=("<oauth>",)),
    Rule(
        "user_account_disabled",
        "account disabled|account is disabled|account has been disabled|user is disabled|user disabled|"
        "account suspended|account is suspended|account has been suspended|account is inactive|"
        "account inactive|mailbox is disabled|mailbox disabled",
    ),
    Rule(
        "google_sign_in_blocked",
        "log in via your web browser|log in with your web browser|answer/78754|[webalert|weblogin|web login required|"
        f"{languages.spoken(languages.LESS_SECURE)}",
    ),
    Rule(
        "too_many_login_attempts",
        "too many",
        also=("login|logon|attempt|fail",),
        but_not=("connections", "recipient"),
    ),
    Rule(
        "mailbox_full",
        "quota exceeded|over quota|mailbox is full|mailbox full|out of storage",
        but_not=("bandwidth", "command", "request", "rate"),
    ),
    Rule(
        "provider_throttled",
        "too many simultaneous|toomanysimultaneous|exceeded command or bandwidth|bandwidth limit|[overquota]|[limit]|"
        "too many connections|"
        "maximum number of connections|connection limit|request is throttled|suggested backoff|"
        "too many concurrent|[in-use]|[inuse]",
    ),
    Rule(
        "too_many_login_attempts",
        "[login-delay]|too many login|too many failed|too many invalid|too many bad|too many auth|too many attempts",
    ),
    Rule("user_password_expired", "[expired]|password expired|password has expired"),
    Rule(
        "xoauth2_string_malformed",
        "protocol error. connection|protocol error|invalid sasl|command argument error|sasl protocol|"
        "invalid client response|could not parse|"
        "malformed|cannot decode|invalid base64|illegal argument|invalid user field|unknown command|bad command|"
        "not enough arguments|command argument",
        also=("<oauth>",),
    ),
    Rule("xoauth2_string_malformed", "invalid sasl argument"),
    Rule(
        "starttls_not_supported",
        "upgrade to tls failed",
        or_else=("tls_cert_untrusted", "tls_port_mode_mismatch"),
    ),
    Rule(
        "starttls_required",
        "logindisabled|[privacyrequired]|plaintext authentication disallowed|plaintext authentication not allowed|"
        "command is not valid in this state|received in invalid state|starttls first|must use tls|must use ssl|"
        "requires ssl|requires tls|"
        "cleartext authentication|cleartext login|plain text authentication|login is disabled|"
        "connection is not encrypted|"
        "plaintext access disallowed|plaintext authentication disabled|disallowed plaintext auth",
        but_not=("<oauth>", "no login failed"),  # after a refusal, every later command is out of place
    ),
    Rule(
        "starttls_not_supported",
        "starttls|stls",
        also=("not support|unknown|unrecognized|not available|unavailable",),
    ),
    Rule("account_locked_or_malicious_ip", "account is locked|account locked|temporarily locked"),
    Rule(
        "account_locked_or_malicious_ip",
        "account is blocked",
        or_else=("account_blocked_for_abuse", "user_account_disabled"),
    ),
    Rule(
        "provider_temporarily_unavailable",
        "[unavailable]|[sys/temp]|temporarily unavailable|temporary|try again later|server unavailable|server busy|"
        "backend error|internal server error|[serverbug]|service not available|system error|shutting down",
    ),
    Rule("xoauth2_token_rejected", '"schemes"|invalid_token', or_else=_TOKEN),
    Rule(
        "xoauth2_token_rejected",
        "<oauth>",
        also=("<imap>|<pop>",),  # not where nothing says that mail was to be fetched
        but_not=("certificate", "errno"),
        or_else=_TOKEN,
    ),
    Rule(
        "user_password_wrong",
        "username and password not accepted",
        or_else=("incoming_basic_auth_disabled", "app_password_required", "google_sign_in_blocked"),
    ),
    Rule(
        "incoming_basic_auth_disabled",
        "invalid credentials|login failed|logon failure|authenticate failed|authentication failure|"
        "authentication failed|authenticationfailed|connection broken (authenticate)|auth after auth|"
        "authentication after authenticate|can not authenticate|cannot authenticate|couldn't open stream",
        also=("<google>|<microsoft>",),
        but_not=("certificate", "no such host", "timed out", "refused", "<long_ago>"),
        or_else=_GENERIC,
    ),
    Rule(
        "app_password_required",
        "login invalid credentials|[authenticationfailed] login",
        or_else=("user_password_wrong",),
    ),
    Rule(
        "user_password_wrong",
        "authenticationfailed|authentication failed|login failed|logon failure|invalid credentials|"
        "incorrect password|"
        "login incorrect|invalid login|bad username|invalid user|[auth]|authentication error|authentication failure|"
        "login error|login fail|authorization fail|(authfail)|can not authenticate|cannot authenticate|access denied|"
        "wrong password|invalid password|password supplied|unable to log on|"
        "incorrect username|authenticate failed|password is incorrect|auth failed|user unknown|unknown user|"
        "authenticationfailedexception|authenticationexception|badcredentials",
        or_else=("app_password_required", "imap_pop_access_disabled", "incoming_basic_auth_disabled"),
    ),
    Rule("mailbox_access_not_granted", "[authorizationfailed]|[noperm]|permission denied"),
)

# Read after all the other tables: words of signing in and of a refusal, where no sentence was known.
_SIGN_IN = "authenticat|password|credential|log in|login|logon|log on|sign in|sign-in|username|user name"
_REFUSED = "fail|incorrect|invalid|wrong|reject|denied|refus|unsuccess|cannot|can't|could not|unable|bad |not accepted"
_OTHERWISE = ("certificate", "timed out", "handshake", "<oauth>")
LAST = (
    Rule(
        "incoming_basic_auth_disabled",
        _SIGN_IN,
        also=(_REFUSED, "<google>|<microsoft>", "<imap>|<pop>"),
        but_not=(*_OTHERWISE, "<long_ago>"),
        or_else=_GENERIC,
    ),
    Rule(
        "user_password_wrong",
        _SIGN_IN,
        also=(_REFUSED, "<imap>|<pop>"),
        but_not=_OTHERWISE,
        or_else=("app_password_required", "imap_pop_access_disabled"),
    ),
)
