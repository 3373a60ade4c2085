"""Two words that mean one thing at a sign-in page or in a token answer, where no name and no sentence was known.

Client libraries word the refusals of RFC 6749 sections 4.1.2.1 and 5.2, and their own, in many ways.
"""

from diagnosis.rules import languages
from diagnosis.rules.rule import Rule

_WRONG = "invalid|incorrect|wrong|bad |mismatch|not match|not recogn|unknown"
_GONE = "not found|unknown|does not exist|doesn't exist|invalid|no such"
_HERE = "<token>|<authorize>"
# The plain values stand beside any word of the request that was sent.
_VALUES = ("invalid_grant", "invalid_client", "unsupported_")

RULES = (
    Rule(
        "oauth_state_mismatch",
        " state |unknown state|state:|expectedstate|state_|_state|state cookie|state'|"
        'state"|oauth state|state from|state returned|returned state|state parameter|state param',
        also=(
            "mismatch|match|not the same|invalid|unknown|missing|required|undefined|expired|not_found|not found|"
            "unexpected|"
            "lost|did not|"
            "verification",
            _HERE,
        ),
        but_not=("invalid_grant", "in invalid state", "unauthenticated state"),
        or_else=("auth_code_expired_or_reused",),
    ),
    Rule(
        "refresh_token_not_issued",
        "refresh token|refresh_token|refreshtoken",
        also=(
            "keyerror|nosuchelement|undefined index|undefined array key|"
            "no refresh|not present|not return|not get|missing|without|null|undefined|empty|never|none|not issued",
            _HERE,
        ),
        but_not=("invalid_grant", "expired", "revoked"),
    ),
    Rule(
        "refresh_token_revoked",
        "refresh token|refresh_token|refreshtoken|grant",
        also=("revoked|no longer valid|is invalid|reconnect", _HERE),
        or_else=("refresh_token_expired",),
    ),
    Rule(
        "refresh_token_expired",
        "refresh token|refresh_token|refreshtoken",
        also=("expired|inactiv", _HERE),
        or_else=("refresh_token_revoked",),
    ),
    Rule(
        "redirect_uri_mismatch",
        "redirect uri|redirect_uri|redirect url|redirecturi|reply url|reply uri|reply address|callback url",
        also=(
            "match|not registered|not configured|invalid|not allowed|not valid|not a valid|not whitelisted|"
            "unregistered",
            _HERE,
        ),
        but_not=("required parameter", *_VALUES),
    ),
    # Google's page, in any language, beside the address that it was asked to send the user back to.
    Rule(
        "redirect_uri_mismatch",
        "oauth 2.0",
        also=(
            "google",
            "redirect_uri=|redirecionamento|redirecci|redirection|reindirizzamento|weiterleit",
            _HERE,
        ),
    ),
    Rule("client_secret_expired", "client secret|client_secret|clientsecret", also=("expired", _HERE)),
    Rule(
        "client_secret_invalid",
        "client secret|client_secret|clientsecret",
        also=(_WRONG, _HERE),
        but_not=_VALUES,
    ),
    Rule(
        "scope_invalid",
        "scope",
        also=("invalid|malformed|not valid|unknown|doesn't exist|does not exist", _HERE),
        but_not=_VALUES,
    ),
    Rule("tenant_id_wrong", "tenant", also=(_GONE, _HERE), but_not=("user account", "application")),
    Rule(
        "oauth_client_not_found",
        "client_id|client id|oauth client",
        also=(_GONE, _HERE, "<google>"),
    ),
    Rule(
        "app_not_found_in_tenant",
        "client_id|client id|application|app id",
        also=("not found|unknown|not known|does not exist|doesn't exist|no such", _HERE, "<microsoft>"),
    ),
    Rule(
        "mfa_enrollment_required",
        "multi-factor|multifactor|mfa|second factor",
        also=("enroll|register|set up", _HERE),
    ),
    Rule("mfa_required", "multi-factor|multifactor|mfa |two-factor|second factor", also=(_HERE,)),
    Rule("device_not_compliant", "device", also=("complian|managed|domain joined|not registered", _HERE)),
    Rule("conditional_access_blocked", "conditional access", also=(_HERE,)),
    Rule(
        "sign_in_risk_blocked", "risk", also=("sign-in|account|user|blocked", _HERE), but_not=("app may be",)
    ),
    Rule("account_blocked_for_abuse", "abuse", also=("account|mode|user", _HERE)),
    Rule(
        "account_locked_or_malicious_ip",
        "locked out|account locked|account has been locked|lockout",
        also=(_HERE,),
    ),
    Rule("user_password_expired", "password", also=("expired|must be changed|must change", _HERE)),
    Rule(
        "user_password_wrong",
        "password",
        also=("incorrect|wrong|invalid|not correct", _HERE),
        but_not=_VALUES,
    ),
    Rule(
        "user_account_disabled",
        "account|user ",
        also=("disabled|deactivated|suspended|has been deleted", _HERE),
    ),
    Rule(
        "google_app_not_verified",
        "not verified|unverified|hasn't been verified|verification process|test user",
        also=("<google>", _HERE),
    ),
    Rule("google_app_not_verified", languages.spoken(languages.NOT_REVIEWED), also=("<google>", _HERE)),
    # A page for tokens that is not there is that of a tenant that is not, or was left out of the address.
    Rule(
        "tenant_id_wrong",
        "404 not found|<http404>|status code 404",
        also=("<microsoft>|login.microsoftonline", _HERE),
    ),
    Rule("admin_consent_required", "admin", also=("consent|approv|permission|grant", _HERE)),
    Rule(
        "admin_consent_required",
        languages.spoken(languages.ADMINISTRATOR),
        also=(languages.spoken(languages.APPROVAL), _HERE),
    ),
    Rule("user_declined_consent", "cancel|declined", also=("<authorize>",)),
    Rule("consent_missing", "consent", also=(_HERE,), but_not=("access_denied", "prompt=consent")),
)
