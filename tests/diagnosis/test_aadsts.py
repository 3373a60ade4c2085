"""Microsoft Entra's numbers, alone and in pairs."""

import pytest

from diagnosis.explain import explain


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (7000215, "client_secret_invalid"),
        (7000222, "client_secret_expired"),
        (700027, "client_certificate_not_registered"),
        (700024, "client_assertion_time_invalid"),
        (700016, "app_not_found_in_tenant"),
        (7000112, "app_disabled_in_tenant"),
        (7000229, "service_principal_missing"),
        (500011, "resource_not_in_tenant"),
        (650052, "resource_not_in_tenant"),
        (500014, "resource_disabled_in_tenant"),
        (50194, "app_single_tenant_common_endpoint"),
        (9001023, "tenant_specific_endpoint_required"),
        (50059, "tenant_specific_endpoint_required"),
        (90002, "tenant_id_wrong"),
        (900023, "tenant_id_wrong"),
        (7000218, "public_client_flow_not_enabled"),
        (700025, "app_registered_as_public_client"),
        (650056, "app_permission_not_configured"),
        (70011, "scope_invalid"),
        (1002012, "scope_invalid"),
        (900144, "request_parameter_missing"),
        (9002313, "request_malformed"),
        (50196, "token_request_loop"),
        (50011, "redirect_uri_mismatch"),
        (500113, "redirect_uri_not_registered"),
        (900971, "redirect_uri_not_registered"),
        (9002327, "redirect_platform_wrong_type"),
        (54005, "auth_code_expired_or_reused"),
        (65004, "user_declined_consent"),
        (65001, "consent_missing"),
        (90094, "admin_consent_required"),
        (500200, "personal_account_not_supported"),
        (500208, "sign_in_endpoint_wrong_for_account_type"),
        (50020, "user_not_in_tenant"),
        (50034, "user_not_in_tenant"),
        (50105, "user_not_assigned_to_app"),
        (50126, "user_password_wrong"),
        (50055, "user_password_expired"),
        (50057, "user_account_disabled"),
        (50053, "account_locked_or_malicious_ip"),
        (50076, "mfa_required"),
        (50079, "mfa_enrollment_required"),
        (53003, "conditional_access_blocked"),
        (53000, "device_not_compliant"),
        (53011, "sign_in_risk_blocked"),
        (500021, "tenant_restrictions_blocked"),
        (70043, "sign_in_frequency_expired"),
        (700082, "refresh_token_expired"),
        (1002016, "tls_protocol_version_unsupported"),
        (50173, "refresh_token_revoked"),
        (90033, "provider_temporarily_unavailable"),
        (90055, "provider_throttled"),
    ],
)
def test_the_number_tells_the_cause_in_any_language(number, cause):
    assert explain(f"invalid_grant: AADSTS{number}: etwas ging schief", stage="token").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("AADSTS70002: Error. AADSTS50126: Invalid password", "user_password_wrong"),
        ("AADSTS70002: Error. AADSTS50012: Invalid client secret", "client_secret_invalid"),
        ("AADSTS50012: Client assertion is not within its valid time range", "client_assertion_time_invalid"),
        ("AADSTS50012: The certificate's thumbprint is unknown", "client_certificate_not_registered"),
        ("AADSTS700027: not valid. [Reason - The key used is expired.]", "client_certificate_expired"),
        ("AADSTS70002: needs 'client_secret' or 'client_assertion'", "public_client_flow_not_enabled"),
        ("AADSTS70002: not enabled for consumers", "personal_account_not_supported"),
        ("AADSTS70000: account is in service abuse mode", "account_blocked_for_abuse"),
        ("AADSTS70000: the 'code' is not valid", "auth_code_expired_or_reused"),
        ("AADSTS70000: the refresh token is not valid", "refresh_token_revoked"),
        ("AADSTS70008: The refresh token has expired due to inactivity", "refresh_token_expired"),
        ("AADSTS70001: The application is disabled", "app_disabled_in_tenant"),
        ("AADSTS90010: not supported over the /common endpoint", "tenant_specific_endpoint_required"),
        ("AADSTS90023: Cross-origin token redemption is refused", "redirect_platform_wrong_type"),
        ("AADSTS65005: a service that your organization has not subscribed to", "resource_not_in_tenant"),
        ("AADSTS650051: a service that your organization has not subscribed to", "resource_not_in_tenant"),
    ],
)
def test_a_number_with_several_meanings_is_settled_by_its_words(raw, cause):
    assert explain(raw, stage="token", provider="microsoft").cause == cause


@pytest.mark.parametrize(
    ("flow", "cause"),
    [("delegated", "auth_code_expired_or_reused"), ("refresh", "refresh_token_expired")],
)
def test_a_number_with_several_meanings_is_settled_by_the_flow(flow, cause):
    assert explain("AADSTS70008: expired", stage="token", flow=flow).cause == cause


def test_the_number_in_a_copied_sign_in_log_stands_on_its_own_line():
    raw = "Status: Failure\n50105\nThe application was not found among those given to the user"
    assert explain(raw, stage="authorize_redirect").cause == "user_not_assigned_to_app"


def test_an_unknown_number_falls_back_on_the_error_beside_it():
    assert explain("consent_required AADSTS1234567", stage="token").cause == "consent_missing"


def test_what_it_may_be_as_well_is_listed():
    assert explain("AADSTS65001").alternatives == ("admin_consent_required",)
