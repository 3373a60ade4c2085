"""What SMTP servers answer to a greeting, STARTTLS and AUTH.

Sources: RFC 5321, RFC 4954 (AUTH replies), RFC 3463; learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online
/authenticated-client-smtp-submission; support.google.com/a/answer/3726730 (Gmail's errors).
"""

from diagnosis.rules import languages, numbers
from diagnosis.rules.rule import Rule

_EXCHANGE_GENERIC = (
    "user_password_wrong",
    "smtp_auth_disabled_tenant",
    "smtp_auth_disabled_mailbox",
    "smtp_auth_blocked_by_policy",
    "smtp_basic_auth_disabled",
)
_TOKEN = ("mailbox_access_not_granted", "graph_permission_missing", "smtp_auth_disabled_mailbox")
_PASSWORD = ("app_password_required",)
_POLICY = ("smtp_basic_auth_disabled", "mfa_required")
_AUTH_SWITCH = (
    "smtpclientauthentication|smtp client authentication|authentication is disabled for the|"
    "smtp_auth_disabled|smtp auth is disabled|smtp auth disabled"
)
# Exchange translates its sentences; these words it uses for "mailbox".
_MAILBOX = (
    "for the mailbox|for this mailbox|postfach|buzón|boîte aux lettres|caixa de correio|cassetta postale|postvak|"
    "почтов"
)

EXCHANGE = (
    Rule("smtp_auth_disabled_mailbox", _AUTH_SWITCH, also=(_MAILBOX,), but_not=("for the tenant",)),
    Rule("smtp_auth_disabled_tenant", _AUTH_SWITCH, or_else=("smtp_auth_disabled_mailbox",)),
    Rule(
        "smtp_basic_auth_disabled",
        "basic authentication is disabled|basic authentication is not supported|basic auth is disabled|"
        "basicauthblocked|basic auth not supported|autenticación básica|standardauthentifizierung|"
        "authentification de base|autenticação básica|autenticazione di base|grundläggande autentisering|"
        "grundlæggende godkendelse|grunnleggende godkjenning|basisverificatie|uwierzytelnianie podstawowe",
        or_else=("smtp_auth_blocked_by_policy",),
    ),
    Rule("smtp_basic_auth_disabled", "<5.7.30>", but_not=("dkim", "sender", "gsmtp")),
    Rule(
        "smtp_auth_blocked_by_policy",
        "security defaults|organization's policy|did not meet the criteria|conditional access",
        or_else=_POLICY,
    ),
    Rule("account_locked_or_malicious_ip", "<5.7.139>", also=("locked|too many",)),
    Rule(
        "user_account_disabled",
        "<5.7.139>",
        also=("account is disabled|user is disabled|account has been disabled",),
    ),
    Rule("user_password_expired", "<5.7.139>", also=("expired",)),
    Rule(
        "user_password_wrong",
        "<5.7.139>",
        also=(
            " incorrect.|the user cred|anmeldeinformationen|credenciales|credenciais|credenziali|"
            "informations d'identification|inloggegevens|учетные данные",
        ),
        or_else=("smtp_auth_blocked_by_policy",),
    ),
    Rule("smtp_auth_blocked_by_policy", "<5.7.139>", or_else=(*_POLICY, "user_password_wrong")),
    Rule("user_password_wrong", "user credentials were incorrect", or_else=("smtp_auth_blocked_by_policy",)),
    Rule("starttls_required", "<5.7.3>", also=("starttls",), but_not=("security subsystem",)),
    Rule("xoauth2_string_malformed", "<5.7.3>", also=("<oauth>", "invalid user|malformed|cannot decode")),
    Rule("xoauth2_string_malformed", "<5.5.124>|invalid xoauth2 auth data"),
    Rule("xoauth2_token_rejected", "<5.7.3>", also=("<oauth>",), or_else=_TOKEN),
    Rule(
        "xoauth2_token_rejected",
        "authentication unsuccessful",
        also=("<oauth>", "<microsoft>"),
        or_else=_TOKEN,
    ),
    Rule(
        "smtp_auth_rejected_generic",
        "<5.7.3>",
        also=("authenticat|<535>|auth",),
        but_not=("must be authenticated",),
        or_else=_EXCHANGE_GENERIC,
    ),
    Rule(
        "smtp_auth_rejected_generic",
        "authentication unsuccessful",
        also=("<microsoft>",),
        or_else=_EXCHANGE_GENERIC,
    ),
    Rule(
        "smtp_not_authenticated",
        "<5.7.57>|client not authenticated|client was not authenticated|to send anonymous mail",
        but_not=("starttls command",),
        or_else=("smtp_auth_disabled_tenant", "smtp_auth_disabled_mailbox"),
    ),
)

GREETING = (
    Rule(
        "ehlo_hostname_rejected",
        "(ehlo)|(helo)|helo command rejected|ehlo command rejected|invalid helo|invalid ehlo|helo argument|"
        "ehlo argument|need fully-qualified hostname|helo requires|ehlo requires|helo name|ehlo name|"
        "invalid domain name|helo has been refused|bad helo|bad ehlo|syntax: ehlo|syntax: helo|"
        "helo hostname|ehlo hostname|helo/hostname|host name is invalid|hello first|helo first|ehlo first|"
        "polite people say",
        but_not=("relay access", "relaying"),
        or_else=("provider_throttled",),
    ),
    Rule(
        "ehlo_hostname_rejected",
        "ehlo localhost|helo localhost",
        also=("<smtp_connect>", "<421>|<501>|<504>"),
    ),
    Rule(
        "starttls_not_supported",
        "starttls extension not supported|starttls not supported|not support secure connections|"
        "not support starttls|support the starttls|starttls requested but|starttls not accepted|"
        "connect with starttls|using starttls since it|advertise that feature|"
        "starttls not available|starttls is not supported|doesn't support starttls|starttls not offered|"
        "tls not available|tls currently unavailable|starttls unavailable|not advertise starttls|"
        "tls via the starttls command|was not offered by host|did not offer tls|"
        "not offer starttls|starttls not advertised|didn't offer starttls|without starttls|no starttls|"
        ", :tls}|,tls}",  # Erlang's missing_requirement
    ),
    Rule(
        "starttls_required",
        "must issue a starttls|starttls is required|starttls first|encryption required|tls required|"
        "must use tls|"
        "requires encryption|must issue starttls|tls is required|requires tls|ssl/tls required|"
        "encryption needed|"
        "secure connection required|connection must be encrypted|encryption is required|"
        "unencrypted connection|"
        "unsecured connection|requires starttls|starttls required|ssl is required|<5.7.10>|<5.7.11>|<538>|"
        "without ssl|without tls|without encryption|a secure connection is requ|"
        "plaintext authentication disallowed|only over tls|over an encrypted",
    ),
    Rule("starttls_required", "requires a secure connection", also=("starttls",)),
    # Exchange could not begin TLS, most often for want of a certificate.
    Rule(
        "starttls_not_supported",
        "unable to initialize security subsystem",
        or_else=("provider_temporarily_unavailable",),
    ),
    Rule(
        "starttls_not_supported",
        "starttls",
        also=("<smtp_tls>|<smtp_connect>", "<502>|<500>|<503>|unrecognized|unknown command|not implemented"),
    ),
)

_REFUSED = (
    "authentication failed|incorrect authentication data|invalid login|"
    "username and password not accepted|"
    "authentication credentials invalid|invalid credentials|incorrect password|username or password|"
    "auth failed|"
    "authentication failure|authentication error|authentication unsuccessful|invalid username|"
    "wrong password|"
    "could not authenticate|unable to authenticate|failed to authenticate|login failed|"
    "authenticationfailed|"
    "user name or password|login incorrect|bad authentication|login fail|eauth|bad credentials|"
    "badcredentials|"
    "invalid user|authorization failed|authorization.failed|on command 'auth'|authorization error"
)

SIGN_IN = (
    Rule("app_password_required", "#auth005", or_else=("too_many_login_attempts", "user_password_wrong")),
    Rule(
        "app_password_required",
        "application-specific password|app password|app-specific password|invalidsecondfactor|"
        "application password|parol prilozheniya|authorization code|app_password|generate an app|"
        "enter your authorization|two-factor|with 2fa|"
        "2-step verification|授权码|no=1001256",
        but_not=("web browser", "<oauth>"),
        or_else=("user_password_wrong",),
    ),
    Rule(
        "too_many_login_attempts",
        "too many login|too many bad auth|too many fail|too much fail|too much auth|too many authentication|"
        "login attempts|"
        "auth attempts|"
        "too many auth|authentication rate limit|too many invalid|too many unsuccessful|login frequency|"
        "too many attempts|too many password",
    ),
    Rule("too_many_login_attempts", "too many errors", also=("<smtp_auth>",)),
    Rule("smtp_not_authenticated", "missing credentials for|no password specified", but_not=("<oauth>",)),
    Rule(
        "google_sign_in_blocked",
        "via your web browser|with your web browser|answer/78754|weblogin|"
        f"<5.7.14>|{languages.spoken(languages.LESS_SECURE)}",
        also=("<smtp_auth>|<534>|<google>",),
    ),
    Rule("app_password_required", "<5.7.9>", also=("<smtp_auth>|<534>",)),
    Rule(
        "xoauth2_string_malformed",
        "cannot decode|invalid sasl|malformed|base64|invalid character|unrecognized command|syntax error|"
        "invalid argument|command unrecognized|line too long|invalid user field|bad sequence|"
        "invalid response",
        also=("<smtp_auth>", "<oauth>"),
        but_not=('"schemes"', "<5.7.8>"),
    ),
    # A later command may get this answer, when the challenge was left open.
    Rule(
        "xoauth2_string_malformed", "cannot decode response", also=("<501>|<oauth>",), but_not=('"schemes"',)
    ),
    Rule("xoauth2_token_rejected", '"schemes"|invalid_token'),
    Rule("xoauth2_token_rejected", "<535>|<334>|<5.7.8>", also=("<oauth>",), or_else=_TOKEN),
    Rule(
        "smtp_auth_not_offered",
        "auth extension not supported|auth not supported|no suitable authentication|<5.7.4>|"
        "unrecognized authentication type|authentication not enabled|auth command used when not advertised|"
        "does not support authentication|auth not available|not support authentication|"
        "no supported authentication|"
        "auth not advertised|doesn't support auth|authentication is not supported|unsupported authentication|"
        "does not support smtp-auth|does not offer auth|doesn't offer auth|no authentication mechanisms|"
        "support authentication method|cannot use a secure authentication method|"
        "no compatible authentication|using 0 possible authenticators|failed to find an authenticator|"
        "no mechanism available|selected authentication method|supported by both|"
        "authentication mechanism|auth not enabled|not support any|not advertise auth|no form of authori|"
        "unknown auth|support encrypted password|not allow plaintext password|gssapi ticket was not accepted",
    ),
    Rule("smtp_auth_not_offered", "<502>|<503>|<504>|<500>", also=("<smtp_auth>",)),
    Rule(
        "imap_pop_access_disabled",
        "does not have access rights to this service",
        or_else=("user_password_wrong", "app_password_required"),
    ),
    Rule(
        "user_account_disabled",
        "account is disabled|account disabled|mailbox is disabled|<5.7.13>|account suspended|"
        "account is suspended",
        also=("<smtp_auth>",),
    ),
    Rule(
        "account_locked_or_malicious_ip",
        "account is locked|account locked|temporarily locked",
        also=("<smtp_auth>",),
    ),
    Rule("user_account_disabled", "mail sending denied", or_else=("sender_blocked_for_spam",)),
    Rule("user_password_expired", "password expired|password has expired|password is expired"),
    Rule(
        "provider_temporarily_unavailable",
        "<454>|<4.7.0>|<451>|<421>|<450>|temporary authentication failure",
        also=("<smtp_auth>",),
    ),
    Rule("xoauth2_token_rejected", numbers.SIGN_IN, also=("<oauth>",), or_else=_TOKEN),
    Rule("user_password_wrong", f"<535>|<5.7.8>|{numbers.SIGN_IN}", or_else=_PASSWORD),
    Rule(
        "xoauth2_token_rejected", "xoauth2", also=("<smtp_auth>", "fail|invalid|reject|refus"), or_else=_TOKEN
    ),
    # By the way of signing in: a library that names no code says the same of a token and of a password.
    Rule("xoauth2_token_rejected", "<oauth>", also=("<smtp_auth>", _REFUSED), or_else=_TOKEN),
    Rule("user_password_wrong", _REFUSED, also=("<smtp_auth>",), or_else=_PASSWORD),
)

# Whatever the words: no recipient was named yet.
REFUSED = (
    Rule("xoauth2_token_rejected", "<550>|<554>|<501>", also=("<oauth>",), or_else=_TOKEN),
    Rule("user_password_wrong", "<550>|<554>|<501>", or_else=_PASSWORD),
)

# The reply code alone, where no word said more.
BY_REPLY = (
    Rule("app_password_required", "<534>", or_else=("google_sign_in_blocked",)),
    Rule("smtp_not_authenticated", "<530>", or_else=("starttls_required",)),
    Rule("user_password_wrong", "<5.7.", also=("<smtp_auth>",), or_else=_PASSWORD),
    Rule("smtp_auth_not_offered", "<5.5.", also=("<smtp_auth>",)),
)

# Last of all for a message: a client tells of signing in where the message was to go.
_NOT_OF_THE_MESSAGE = ("dkim", "spf", "dmarc", "sender", "domain", "recipient")
_SIGN_IN_FAILED = (
    "authentication failed|invalid credentials|bad credentials|authentication unsuccessful|incorrect password|"
    "wrong password|could not authenticate|unable to authenticate|failed to authenticate|login failed"
)
AT_MAIL = (
    Rule(
        "xoauth2_token_rejected",
        "<oauth>",
        also=(_SIGN_IN_FAILED,),
        but_not=_NOT_OF_THE_MESSAGE,
        or_else=_TOKEN,
    ),
    Rule("user_password_wrong", _SIGN_IN_FAILED, but_not=_NOT_OF_THE_MESSAGE, or_else=_PASSWORD),
)
