"""Microsoft Entra's AADSTS numbers.

Source: learn.microsoft.com/entra/identity-platform/reference-error-codes; numbers it does not list are taken
from public reports. Microsoft says that the numbers may change, so the table only explains, it never branches.
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules.rule import Rule

_AUTH_CODE = ("refresh_token_expired", "refresh_token_revoked")
_DEVICE = ("conditional_access_blocked",)

# Numbers whose text or flow decides; read before the plain ones.
_WORDED = (
    Rule("client_certificate_expired", "<aadsts700027>", also=("key used is expired",)),
    Rule(
        "client_assertion_time_invalid",
        "<aadsts50012>|<aadsts50013>|<aadsts50027>|<aadsts700027>",
        also=("valid time range|expired|not yet valid",),
        but_not=("client secret",),
    ),
    Rule(
        "client_certificate_not_registered",
        "<aadsts50012>|<aadsts50013>|<aadsts50027>",
        also=("assertion|certificate|thumbprint",),
        but_not=("client secret",),
    ),
    Rule("personal_account_not_supported", "<aadsts70002>|<aadsts700016>", also=("enabled for consumers",)),
    Rule(
        "public_client_flow_not_enabled",
        "<aadsts70002>",
        also=("marked as 'mobile|client_assertion", "mobile|client_secret"),
        or_else=("request_parameter_missing",),
    ),
    Rule("app_disabled_in_tenant", "<aadsts70001>", also=("disabled",)),
    Rule("resource_disabled_in_tenant", "<aadsts50001>", also=("disabled",)),
    Rule("account_blocked_for_abuse", "<aadsts", also=("abuse mode",)),
    Rule("consent_missing", "<aadsts70000>", also=("scopes requested are unauthorized",), or_else=_AUTH_CODE),
    Rule(
        "request_malformed",
        "<aadsts70000>",
        also=("parser failure|is malformed",),
        or_else=("auth_code_expired_or_reused", "refresh_token_revoked"),
    ),
    Rule(
        "refresh_token_expired",
        "<aadsts70000>",
        also=("grant is expired|grant has expired|token is expired|token has expired",),
        or_else=("refresh_token_revoked", "auth_code_expired_or_reused"),
    ),
    Rule(
        "refresh_token_revoked",
        "<aadsts70000>",
        also=("<refresh>|refresh|interaction is required|revoked",),
        but_not=("code has expired", "'code'"),
        or_else=("refresh_token_expired", "auth_code_expired_or_reused"),
    ),
    Rule(
        "refresh_token_expired",
        "<aadsts70008>",
        also=("<refresh>|refresh token|inactiv",),
        but_not=("authorization code or refresh token",),
        or_else=("refresh_token_revoked", "auth_code_expired_or_reused"),
    ),
    Rule("refresh_token_expired", "<aadsts70008>", also=("<refresh>",), or_else=_AUTH_CODE[1:]),
    Rule("tenant_specific_endpoint_required", "<aadsts90010>", also=("/common",)),
    Rule("request_parameter_missing", "<aadsts7000216>|<aadsts900144>|<aadsts90014>"),
    Rule(
        "tenant_id_wrong", "<aadsts90023>|<aadsts90013>", also=("tenant",), but_not=("on the common tenant",)
    ),
    Rule("scope_invalid", "<aadsts90023>|<aadsts90013>", also=("scope",)),
    # Refusals that once stood under a common number, before they got one of their own.
    Rule("redirect_platform_wrong_type", "<aadsts90023>", also=("cross-origin",)),
    Rule(
        "resource_not_in_tenant",
        "<aadsts65005>|<aadsts650051>",
        also=("not subscribed",),
        or_else=("service_principal_missing",),
    ),
    Rule("redirect_uri_not_registered", "<aadsts50011>", also=("no reply address|not registered any",)),
    Rule(
        "account_locked_or_malicious_ip",
        "<aadsts50053>",
        or_else=("user_password_wrong",),
    ),
    Rule("consent_missing", "<aadsts65001>|<aadsts50058>", or_else=("admin_consent_required",)),
    Rule(
        "app_not_found_in_tenant",
        "<aadsts700016>|<aadsts70001>|<aadsts700011>",
        or_else=("tenant_id_wrong", "service_principal_missing"),
    ),
    Rule(
        "resource_not_in_tenant",
        "<aadsts500011>|<aadsts650052>|<aadsts650054>|<aadsts50001>",
        or_else=("tenant_id_wrong", "service_principal_missing"),
    ),
    Rule(
        "public_client_flow_not_enabled",
        "<aadsts7000218>",
        or_else=("request_parameter_missing",),
    ),
    # Its sentence asks for registering; behind it the sign-in may be held as risky.
    Rule("mfa_enrollment_required", "<aadsts53004>", or_else=("sign_in_risk_blocked",)),
    Rule("mfa_required", "<aadsts50158>", or_else=("conditional_access_blocked",)),
    Rule("provider_throttled", "<aadsts90055>|<aadsts50088>|<aadsts50166>", retry=Retry.WAIT),
)

_NUMBERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("client_secret_expired", "7000222", ()),
    ("client_secret_invalid", "7000215", ()),
    (
        "client_certificate_not_registered",
        "1000502 70021 700211 700027 700030 700021 700026 700212 700213 700238 700239",
        (),
    ),
    ("client_assertion_time_invalid", "700024 500132 500133", ()),
    ("app_disabled_in_tenant", "7000112 1000031", ()),
    ("app_not_found_in_tenant", "90112", ("tenant_id_wrong",)),
    # Two consents at once: the second one works.
    ("provider_temporarily_unavailable", "650051", ("service_principal_missing",)),
    ("service_principal_missing", "7000229", ("app_not_found_in_tenant",)),
    ("resource_not_in_tenant", "5000224", ("tenant_id_wrong",)),
    ("resource_disabled_in_tenant", "500014", ()),
    ("app_single_tenant_common_endpoint", "50194 90130 90124 9002332 9002331 9002346", ()),
    ("tenant_specific_endpoint_required", "9001023 90133 50059 50128 90019", ()),
    ("tenant_id_wrong", "90002 900023 90038 50049 90051 900021 900022 900382 900432 900439", ()),
    ("public_client_flow_not_enabled", "7000219", ("request_parameter_missing",)),
    ("app_registered_as_public_client", "700025", ()),
    (
        "app_permission_not_configured",
        "65005 65006 65007 650056 650057 65002 7000113 7000114",
        ("consent_missing",),
    ),
    ("scope_invalid", "70011 28002 28003 650053 700022 700023 1002012 901002 500141 90009", ()),
    ("token_request_loop", "50196", ()),
    ("redirect_uri_mismatch", "50011 70004 90102 500111 500112 700046", ()),
    ("redirect_uri_not_registered", "900971 500113", ()),
    ("redirect_platform_wrong_type", "9002326 9002327 9002325", ()),
    ("auth_code_expired_or_reused", "54005 70019 70020 50089 70018", ()),
    ("auth_code_expired_or_reused", "70008 70000 700005 7000012", _AUTH_CODE),
    ("user_declined_consent", "65004", ()),
    ("consent_missing", "90008", ("admin_consent_required", "app_permission_not_configured")),
    ("consent_missing", "700020 9002341 50199", ("admin_consent_required",)),
    ("admin_consent_required", "90094 90095 90093 90099 900941 900951 90097", ()),
    ("personal_account_not_supported", "500200 500201 90027", ("user_not_in_tenant",)),
    ("sign_in_endpoint_wrong_for_account_type", "500208 500207", ()),
    ("user_not_in_tenant", "50020 50034 51004 16000 16003 50014 90072 50197 90125 90126 50177", ()),
    ("user_not_assigned_to_app", "50105 501051", ()),
    ("user_account_disabled", "50057 500341 500571 80012", ()),
    ("user_password_wrong", "50126 50056 50064 50054 120000", ()),
    ("user_password_expired", "50055 50144", ()),
    ("mfa_enrollment_required", "50079 50072 50203 53010", ("mfa_required",)),
    ("mfa_enrollment_required", "50125", ("user_password_expired", "mfa_required")),
    ("mfa_required", "50076 50074 50078 500121", ()),
    (
        "device_not_compliant",
        "53000 53001 530001 530002 530003 530004 50097 50155 50129 50187 50005",
        _DEVICE,
    ),
    ("device_not_compliant", "9001011 700003 135011 130007 130008 50127", _DEVICE),
    ("sign_in_risk_blocked", "53011 50135 530034", _DEVICE),
    (
        "conditional_access_blocked",
        "530031 53003 53002 53009 530021 530023 530032 530035 530084 50131 53008 90123",
        (),
    ),
    ("tenant_restrictions_blocked", "500021 500022 50002 500212 500213 1000104", ()),
    ("tls_protocol_version_unsupported", "1002016", ()),
    ("sign_in_frequency_expired", "70043 70044", ()),
    ("refresh_token_expired", "700082 700081 700084", ("refresh_token_revoked",)),
    ("refresh_token_revoked", "50173 50132 50133 50085 50139", ("refresh_token_expired",)),
    ("provider_temporarily_unavailable", "90033 90006 90012 90024 90041 90090 90091 50033 50087 50000", ()),
    (
        "provider_temporarily_unavailable",
        "90036 70012 90043 90025 80001 80002 80003 80005 80007 80010 80013 80014 40010",
        (),
    ),
    ("request_malformed", "9002313 90056 900561 90004 90023 90005 90007 90013 90015 90100 90107 90117", ()),
    ("request_malformed", "90121 70003 70005 700054 700051 70007 501481 50147 501491 9000411 900384", ()),
    (
        "request_malformed",
        "90010 500131 50013 50027 50029 50048 50050 90022 90101 90119 90120 140000 165900",
        (),
    ),
    # The outer number of a pair: "AADSTS70002: ... AADSTS50126: ...". It counts only where it stands alone.
    ("client_secret_invalid", "50012 70002", ("request_parameter_missing",)),
)


def _rules() -> tuple[Rule, ...]:
    plain = (
        Rule(cause, "|".join(f"<aadsts{number}>" for number in numbers.split()), or_else=or_else)
        for cause, numbers, or_else in _NUMBERS
    )
    return (*_WORDED, *plain)


RULES = _rules()
