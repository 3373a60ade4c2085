"""Sign-in pages and token answers without an AADSTS number: Google, personal accounts, client libraries.

Sources: RFC 6749 sections 4.1.2.1 and 5.2 (error values), OpenID Connect Core section 3.1.2.6,
developers.google.com/identity/protocols/oauth2/web-server (authorization errors).
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules.rule import Rule

_GRANT = ("refresh_token_expired", "google_app_not_verified")

# Words that name one thing only, wherever they stand.
SPECIFIC = (
    Rule(
        "oauth_embedded_browser_blocked",
        "disallowed_useragent|disallowed user|embedded webview|embedded user-agent|secure browsers policy",
    ),
    Rule(
        "oauth_client_disabled",
        "disabled_client|client_disabled|oauth client was disabled|oauth client is disabled",
    ),
    Rule("oauth_client_not_found", "oauth client was not found|oauth client was deleted|deleted_client"),
    Rule("sign_in_frequency_expired", "invalid_rapt|rapt_required"),
    Rule("access_token_invalid", "expected oauth 2 access token"),
    # A service account of Google signs its own requests.
    Rule("client_assertion_time_invalid", "short-lived token", also=("jwt",)),
    Rule("client_certificate_not_registered", "invalid jwt signature|invalid_jwt_signature"),
    Rule("user_not_in_tenant", "invalid email or user id", or_else=("user_account_disabled",)),
    Rule(
        "user_account_disabled",
        "account has been deleted|disabled_user|account has been disabled",
        also=("<google>",),
    ),
    Rule("google_app_internal_only", "org_internal|restricted to users within its organization"),
    Rule("admin_consent_required", "admin_policy_enforced|restricted by policies within your organization"),
    Rule(
        "admin_consent_required",
        "administrator|organization's policy|your admin",
        also=("block|restrict", "<authorize>|<token>", "<google>"),
    ),
    Rule(
        "admin_consent_required",
        "need admin approval|app may be risky|ask your admin to grant|ask an admin to grant|admin approval required|"
        "needs permission to access resources in your organization|"
        "institution's admin needs to review|requires your admin's approval|approval required|"
        "unauthorized to retrieve access tokens using this method|requested client not authorized|"
        "admin consent is required|administrator consent is required|requires admin consent|admin_consent_required",
    ),
    Rule(
        "admin_consent_required",
        "access token for service account",
        also=("<http401>|: 401",),
        or_else=("client_secret_invalid",),
    ),
    # Google's page is in the user's language; the guide that it links to is not.
    Rule("redirect_uri_mismatch", "errors-redirect-uri-mismatch|errors-origin-mismatch"),
    Rule("admin_consent_required", "errors-admin-policy-enforced"),
    Rule("google_app_internal_only", "errors-org-internal"),
    Rule("oauth_embedded_browser_blocked", "errors-disallowed-useragent"),
    Rule("oauth_client_not_found", "errors-deleted-client"),
    Rule(
        "redirect_uri_mismatch",
        "redirect_uri_mismatch|redirect_mismatch|redirect uri in the request|invalid_redirect_uri|"
        "redirect_uri' is not valid|redirect_uri is not valid|reply url specified in the request does not|"
        "register the redirect uri|register the javascript origin",
    ),
    Rule(
        "google_app_not_verified",
        "comply with google's oauth 2.0 policy for keeping apps secure",
        but_not=("redirect_uri", "flow has been blocked"),
        or_else=("request_malformed", "redirect_uri_mismatch"),
    ),
    Rule(
        "request_parameter_missing",
        "missing required parameter|required parameter is missing|missing code verifier|"
        "is missing from the credential",
        but_not=("parameter: refresh_token",),
    ),
    Rule(
        "request_malformed",
        "error 400: invalid_request|sent an invalid request|app's request is invalid",
        also=("<google>",),
    ),
    Rule(
        "google_app_not_verified",
        "has not completed the google verification|currently being tested|hasn't verified this app|"
        "verified by google|this app isn't verified|this app is blocked|developer-approved tester|"
        "comply with google's oauth 2.0 policy|this app tried to access sensitive info",
    ),
    Rule(
        "google_app_not_verified",
        "access_denied",
        also=("403: |403：|403 : |error 403|<http403>", "<google>"),
    ),
    Rule(
        "personal_account_not_supported",
        "enabled for consumers|can't use a personal account|can't sign in here with a personal account",
    ),
    Rule(
        "oauth_embedded_browser_blocked",
        "this browser or app may not be secure",
        or_else=("google_sign_in_blocked",),
    ),
    Rule("user_not_in_tenant", "selected user account does not exist in tenant"),
    # What stands on Microsoft's own pages, where no number was copied.
    Rule(
        "conditional_access_blocked",
        "does not meet the criteria to access this resource|blocked by conditional access|"
        "you can't get there from here",
        but_not=("<smtp>", "<aadsts"),
        or_else=("device_not_compliant",),
    ),
    Rule(
        "sign_in_risk_blocked",
        "sign-in was blocked|detected something unusual|unusual about this sign-in",
        but_not=("<aadsts", "malicious"),
        or_else=("conditional_access_blocked",),
    ),
    Rule(
        "account_locked_or_malicious_ip",
        "your account has been locked|account is temporarily locked to prevent",
        but_not=("<smtp>", "<incoming>"),
        or_else=("user_account_disabled",),
    ),
    Rule(
        "mfa_enrollment_required",
        "organization needs more information to keep your account secure",
        but_not=("<aadsts",),
    ),
    Rule(
        "user_password_wrong",
        "account or password is incorrect",
        but_not=("<aadsts", "<smtp>", "<incoming>"),
    ),
    Rule(
        "oauth_state_mismatch",
        "interaction_in_progress|mismatching_state|state mismatch|"
        "state_mismatch|state not equal|state not valid|state is not valid|invalidstateexception|invalid state|"
        "authstatemissing|authstateforbidden|missing state|csrf warning|csrf detected|state does not match|"
        "invalid_state|state parameter|authorization_request_not_found|correlation failed|nonce mismatch|"
        "invalid_nonce|idx21323|state cookie",
        also=("<authorize>|<token>|state",),
        but_not=("in invalid state", "request_parameter"),
    ),
    Rule(
        "redirect_platform_wrong_type",
        "redeemed via cross-origin|cross-origin token redemption",
    ),
    Rule(
        "user_declined_consent",
        "user denied|denied the request|user cancelled|user canceled|user has denied|user declined|"
        "user did not consent|declined to consent",
    ),
    Rule(
        "refresh_token_not_issued",
        "missing refresh token|no refresh token|no refresh_token|refresh token is missing|refresh_token is missing|"
        "without a refresh token|refresh token not found|did not return a refresh token|refresh token is null|"
        "fields need to refresh|empty refresh token|refresh token is empty|null refresh token|"
        "nothing as refresh token|create new access token for user|"
        "parameter: refresh_token|acquire token silently|acquire_token_silently|no_tokens_found|no_token_found|"
        "no_account_in_silent_request|no_account_found|silent_token|user_null",
    ),
    Rule(
        "scope_invalid",
        "invalid_scope|requested scopes were invalid|scope must be in a valid uri|reserved scope|"
        "scope value that is reserved|scope that is not valid",
    ),
    Rule(
        "tenant_id_wrong",
        "invalid_tenant|specified tenant identifier|unable to get authority configuration|"
        "endpoints_resolution_error|invalid_instance|tenant_discovery_failed",
    ),
    Rule(
        "request_parameter_missing",
        "must contain the following parameter|could not determine client id",
        but_not=("'client_secret'",),
    ),
    # A program that fetches or sends mail says so of the token it wanted first.
    Rule("request_malformed", "error: invalid_request", also=("<smtp_auth>|<imap>|<pop>",)),
    Rule("refresh_token_revoked", "invalid_grant", also=("<imap>|<pop>|<smtp_auth>",), or_else=_GRANT),
    Rule("client_secret_invalid", "client secret is invalid|invalid client secret|incorrect client secret"),
    Rule(
        "account_blocked_for_abuse",
        "abuse mode|account has been suspended|account suspended|account_suspended",
        but_not=("<smtp>",),
    ),
)

# The plain error values. Many a text has one of them beside something more telling, so they come late.
GENERAL = (
    Rule("user_password_expired", "user_password_expired"),
    Rule("device_not_compliant", "device_authentication_failed"),
    Rule("sign_in_risk_blocked", "risky user|flagged as risky|identity protection"),
    Rule(
        "refresh_token_revoked",
        "token has been expired or revoked|expired or been revoked|token has been revoked|"
        "token was revoked|token_revoked",
        also=("<token>|<refresh>|<delegated>|<graph>",),
    ),
    Rule("user_declined_consent", "access_denied", also=("<authorize>|<token>|<delegated>",)),
    Rule(
        "consent_missing",
        "silent authentication was denied|grant the app access|grant the client application access|"
        "consent_required|user_authentication_required|login_required|account_selection_required|ui_required",
        or_else=("admin_consent_required",),
    ),
    Rule(
        "mfa_required",
        "interaction_required|must sign in interactively|multi-factor authentication|multifactor authentication",
    ),
    Rule(
        "auth_code_expired_or_reused",
        "malformed auth code|code was already redeemed|code has expired|code expired",
        also=("<token>|<authorize>|<delegated>",),
    ),
    Rule(
        "auth_code_expired_or_reused",
        "authorization code",
        also=("invalid|expired|already|redeemed|used", "<token>|<authorize>|<delegated>"),
    ),
    Rule("token_request_loop", "client request loop|too many of the same request"),
    Rule(
        "client_secret_invalid",
        "invalid_client|client authentication failed",
        or_else=("app_not_found_in_tenant",),
    ),
    Rule("request_malformed", "unsupported_grant_type|unsupported_response_type|unsupported_response_mode"),
    Rule(
        "app_not_found_in_tenant",
        "unauthorized_client",
        also=("<microsoft>",),
        or_else=("personal_account_not_supported", "tenant_id_wrong"),
    ),
    Rule("oauth_client_not_found", "unauthorized_client", or_else=("scope_invalid",)),
    Rule("resource_not_in_tenant", "invalid_resource|invalid_target", or_else=("scope_invalid",)),
    Rule(
        "provider_temporarily_unavailable",
        "temporarily_unavailable|server_error|services aren't available|working to restore all services",
        also=("<token>|<authorize>",),
    ),
    Rule("user_password_wrong", "invalid_grant", also=("<ropc>",), or_else=("mfa_required",)),
    Rule(
        "auth_code_expired_or_reused",
        "invalid_grant",
        also=(
            "<delegated>|<token>",
            "auth code|auth_code|authorization code|authorization_code|authcode|'code'|code=",
        ),
        or_else=_GRANT,
    ),
    Rule("refresh_token_revoked", "invalid_grant", or_else=(*_GRANT, "auth_code_expired_or_reused")),
    Rule("provider_throttled", "<http429>|rate_limit_exceeded|slow_down", retry=Retry.WAIT),
    Rule(
        "provider_temporarily_unavailable",
        "<http500>|<http502>|<http503>|<http504>",
        also=("<token>|<authorize>",),
    ),
    Rule("request_malformed", "invalid_request", also=("<token>|<authorize>",)),
    Rule("client_secret_invalid", "<http401>", also=("<token>",), or_else=("app_not_found_in_tenant",)),
)
