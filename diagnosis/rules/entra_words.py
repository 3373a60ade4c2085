"""Microsoft Entra's sentences where a program has cut their number off.

Source: learn.microsoft.com/entra/identity-platform/reference-error-codes. Read for sign-in pages and token answers.
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules.rule import Rule

_GRANT = ("refresh_token_expired", "refresh_token_revoked")

RULES = (
    Rule("tenant_specific_endpoint_required", "grant type", also=("over the /common",)),
    Rule(
        "app_single_tenant_common_endpoint",
        "not supported over the /common|not configured as a multi-tenant|usage of the /common endpoint|"
        "in order to use /common|users only. please",
    ),
    Rule(
        "client_secret_expired",
        "client secret keys|secret keys are expired|client secret has expired|client secret expired|"
        "certificate credentials for added security",
    ),
    Rule("client_secret_invalid", "invalid client credentials"),
    Rule("client_assertion_time_invalid", "assertion is not within its valid time"),
    Rule("client_certificate_expired", "certificate", also=("key used is expired",)),
    Rule(
        "client_certificate_not_registered",
        "assertion contains an invalid signature|assertion failed signature validation|"
        "is not registered on application",
    ),
    Rule(
        "public_client_flow_not_enabled",
        "'client_assertion' or 'client_secret'|marked as 'mobile'",
        or_else=("request_parameter_missing",),
    ),
    Rule(
        "app_registered_as_public_client", "client is public so neither|'client_secret' should be presented"
    ),
    Rule(
        "resource_not_in_tenant",
        "lacks a service principal for|resource principal|service principal name|not subscribed to it|"
        "the resource is disabled or",
        or_else=("tenant_id_wrong",),
    ),
    Rule("app_not_found_in_tenant", "was not found in the directory", or_else=("tenant_id_wrong",)),
    Rule("service_principal_missing", "missing service principal"),
    Rule("resource_disabled_in_tenant", "service principal for resource", also=("disabled",)),
    Rule(
        "app_disabled_in_tenant",
        "disabled by its owner|application is disabled|application has been disabled|app is disabled",
    ),
    Rule("app_disabled_in_tenant", ") is disabled", also=("application",)),
    Rule("tenant_id_wrong", "tenant", also=("' not found|neither a valid dns|correct tenant id",)),
    Rule(
        "tenant_specific_endpoint_required", "tenant-identifying information|in either the request or implied"
    ),
    Rule(
        "app_permission_not_configured",
        "misconfigured application|listed any permissions|in the requested permissions|"
        "required resource access|requiredresourceaccess|"
        "no entitlements matching",
    ),
    Rule(
        "scope_invalid",
        "asked for scope|scope format is invalid|input parameter scope|input parameter 'scope'",
    ),
    Rule("user_not_assigned_to_app", "assigned to a role|specifically granted ('assigned')"),
    Rule("user_declined_consent", "declined to consent"),
    Rule(
        "consent_missing",
        "consented to use the application|send an interactive authorization request|"
        "session information|silently signed in|permission to access application",
        or_else=("admin_consent_required",),
    ),
    Rule(
        "admin_consent_required",
        "only be performed by an administrator|without verified publishers|"
        "admin consent required|admin consent is needed",
    ),
    Rule(
        "user_not_in_tenant",
        "does not exist in the|exist in directory|does not exist in tenant|added as an external user|"
        "must be added to the directory|chose the wrong tenant|find an account with that|external account",
    ),
    Rule("user_account_disabled", "user account is disabled|account is disabled|blocked from signing in"),
    Rule(
        "account_locked_or_malicious_ip",
        "sign in too many times|times with an incorrect|account is locked|malicious ip|malicious activity",
    ),
    Rule("user_password_expired", "password is expired|password has expired|password expired"),
    Rule(
        "user_password_wrong",
        "invalid username or password|validation on username or password|"
        "incorrect user id or password|invalid user name or password",
    ),
    Rule(
        "mfa_enrollment_required",
        "is required to use multi-factor|is required to use multifactor|enroll in multi-factor|"
        "enroll in second factor|multifactor authentication registration|proof up",
    ),
    Rule(
        "mfa_enrollment_required",
        "password reset or password registration",
        or_else=("user_password_expired", "mfa_required"),
    ),
    Rule(
        "mfa_required", "must use multi-factor|must use multifactor", or_else=("conditional_access_blocked",)
    ),
    Rule("mfa_required", "during strong authentication"),
    # What MSAL calls the "suberror", where the sentence is missing.
    Rule(
        "mfa_required",
        '"basic_action"|"additional_action"|"message_only"',
        or_else=("conditional_access_blocked", "refresh_token_revoked"),
    ),
    Rule("refresh_token_expired", '"token_expired"', or_else=_GRANT[1:]),
    Rule("mfa_required", "external security challenge", or_else=("conditional_access_blocked",)),
    Rule(
        "device_not_compliant",
        "required to be managed|required to be compliant|not compliant|not domain joined|device authentication is|"
        "device authentication failed|device authentication required|device from a platform|"
        "required device state|protection_policy_required|requires you to secure this device|"
        "broker app|"
        "workplace join|requires a compliant|requires a domain joined",
    ),
    Rule(
        "refresh_token_expired",
        "refresh token has expired due to inactivity|issued to a single page app",
        or_else=("refresh_token_revoked",),
    ),
    Rule("sign_in_frequency_expired", "sign-in frequency"),
    Rule(
        "refresh_token_revoked",
        "expired due to it being revoked|grant has been revoked|recent password change|fresh auth token|"
        "tokensvalidfrom|social idp login",
        or_else=_GRANT[:1],
    ),
    Rule("auth_code_expired_or_reused", "provided authorization code or refresh token", or_else=_GRANT),
    Rule("auth_code_expired_or_reused", "flow token expired|use an existing refresh token"),
    Rule("redirect_uri_not_registered", "no reply address"),
    Rule(
        "app_not_found_in_tenant",
        "installed by the administrator",
        or_else=("resource_not_in_tenant", "tenant_id_wrong"),
    ),
    Rule(
        "request_malformed",
        "only accepts post|request is malformed|code_challenge supplied|unsupported grant type|"
        "unsupported response type",
    ),
    Rule("token_request_loop", "client loop"),
    Rule(
        "provider_temporarily_unavailable",
        "transient error has occurred|authenticating an msa|authentication agent|directory service (msods)",
    ),
    Rule("provider_throttled", "too many incoming requests", retry=Retry.WAIT),
    Rule("conditional_access_blocked", "by security defaults"),
    # Where nothing tells the place, it is more likely a page than a reply of SMTP.
    Rule(
        "conditional_access_blocked",
        "conditional access",
        also=("<incoming>",),
        or_else=("smtp_auth_blocked_by_policy",),
    ),
    Rule(
        "tenant_restrictions_blocked",
        "restricted proxy access|tenant is denied|outbound access policy|cross-tenant access policy",
    ),
    # A company's own AD FS, asked with a password (WS-Trust).
    Rule("user_password_wrong", "id3242|wst:failedauthentication", or_else=("user_account_disabled",)),
    Rule("request_malformed", "id3035"),
)
