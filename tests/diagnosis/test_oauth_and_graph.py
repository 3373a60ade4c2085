"""Sign-in pages, token answers without a number, Microsoft Graph and Gmail's interface."""

import json

import pytest

from diagnosis.explain import explain


@pytest.mark.parametrize(
    ("raw", "flow", "cause"),
    [
        (
            '{"error":"invalid_client","error_description":"Unauthorized"}',
            "delegated",
            "client_secret_invalid",
        ),
        ("disabled_client: The OAuth client was disabled.", "refresh", "oauth_client_disabled"),
        ("deleted_client", "refresh", "oauth_client_not_found"),
        ("invalid_grant: Bad Request", "refresh", "refresh_token_revoked"),
        ("invalid_grant: Malformed auth code.", "delegated", "auth_code_expired_or_reused"),
        ("Error: No refresh token is set.", "refresh", "refresh_token_not_issued"),
        ("unsupported_grant_type", "delegated", "request_malformed"),
        ("invalid_scope: some requested scopes were invalid", "delegated", "scope_invalid"),
        ("Backend Error 500 internal_failure, HTTP 500", "refresh", "provider_temporarily_unavailable"),
        ("HTTP 429 rate_limit_exceeded", "refresh", "provider_throttled"),
        ("redirect_uri_mismatch", "delegated", "redirect_uri_mismatch"),
    ],
)
def test_googles_token_answers(raw, flow, cause):
    assert explain(raw, stage="token", provider="google", flow=flow).cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("Error 403: disallowed_useragent", "oauth_embedded_browser_blocked"),
        ("Error 403: org_internal", "google_app_internal_only"),
        ("Sign-in stopped: this app's request is invalid", "request_malformed"),
        ("Error 400: admin_policy_enforced", "admin_consent_required"),
        ("The app is currently being tested. Error 403: access_denied", "google_app_not_verified"),
        ("/callback?error=access_denied&state=x", "user_declined_consent"),
        ("Error 401: invalid_client. The OAuth client was not found.", "oauth_client_not_found"),
        ("mismatching_state: CSRF Warning!", "oauth_state_mismatch"),
        ("Two\\InvalidStateException", "oauth_state_mismatch"),
    ],
)
def test_googles_sign_in_pages(raw, cause):
    assert explain(raw, stage="authorize_redirect", provider="google", flow="delegated").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("Need admin approval", "admin_consent_required"),
        (
            "?error=access_denied&error_description=the+user+canceled+the+authentication",
            "user_declined_consent",
        ),
        ("You can't sign in here with a personal account.", "personal_account_not_supported"),
        ("unauthorized_client: not enabled for consumers", "personal_account_not_supported"),
        ("interaction_required", "mfa_required"),
        ("temporarily_unavailable", "provider_temporarily_unavailable"),
    ],
)
def test_microsofts_sign_in_pages(raw, cause):
    assert explain(raw, stage="authorize_redirect", provider="microsoft", flow="delegated").cause == cause


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        ("ErrorSendAsDenied", "Cannot submit message.", "send_as_denied"),
        ("ErrorAccessDenied", "Access is denied.", "graph_permission_missing"),
        ("ErrorAccessDenied", "Access to OData is disabled: [RAOP]", "app_access_policy_blocked"),
        ("Authorization_RequestDenied", "Insufficient privileges", "graph_permission_missing"),
        ("Authorization_IdentityNotFound", "", "service_principal_missing"),
        ("MailboxNotEnabledForRESTAPI", "", "mailbox_missing_or_unlicensed"),
        ("ResourceNotFound", "Resource could not be discovered.", "mailbox_missing_or_unlicensed"),
        ("ErrorInvalidUser", "The requested user 'a@firm.example' is invalid.", "graph_user_not_found"),
        ("Request_ResourceNotFound", "", "graph_user_not_found"),
        ("InvalidAuthenticationToken", "Lifetime validation failed", "access_token_invalid"),
        ("InvalidAuthenticationToken", "Invalid audience.", "access_token_wrong_audience"),
        (
            "BadRequest",
            "/me request is only valid with delegated authentication",
            "app_only_token_on_me_endpoint",
        ),
        ("ApplicationThrottled", "over its MailboxConcurrency limit", "provider_throttled"),
        ("ErrorExceededMessageLimit", "", "sending_limit_reached"),
        ("ErrorExceededHourlyMessageLimit", "", "sending_limit_reached"),
        ("ErrorExceededMaxRecipientLimit", "", "sending_limit_reached"),
        ("ErrorMessageBlocked", "", "message_content_blocked"),
        ("ErrorInvalidLicense", "", "mailbox_missing_or_unlicensed"),
        ("ErrorInsufficientResources", "", "provider_temporarily_unavailable"),
        ("ErrorDataSizeLimitExceeded", "", "message_too_large"),
        ("ErrorMessageSubmissionBlocked", "WASCL UserAction verdict", "sender_blocked_for_spam"),
        ("ErrorQuotaExceeded", "", "mailbox_full"),
        ("ErrorInvalidRecipients", "", "recipient_invalid"),
        ("ErrorMessageSizeExceeded", "", "message_too_large"),
        ("RequestEntityTooLarge", "", "message_too_large"),
        ("ErrorMimeContentInvalidBase64String", "", "message_format_rejected"),
        ("ErrorItemNotFound", "", "graph_item_not_found"),
        ("ErrorInternalServerError", "", "provider_temporarily_unavailable"),
        ("ErrorMailboxMoveInProgress", "", "provider_temporarily_unavailable"),
        ("UnableToDeserializePostBody", "", "request_malformed"),
    ],
)
def test_graphs_codes(code, message, cause):
    raw = json.dumps({"error": {"code": code, "message": message, "innerError": {"request-id": "x"}}})
    assert explain(raw, stage="graph_send", provider="microsoft", flow="delegated").cause == cause


@pytest.mark.parametrize(
    ("http_status", "cause"),
    [
        (400, "request_malformed"),
        (401, "access_token_invalid"),
        (403, "graph_permission_missing"),
        (404, "mailbox_missing_or_unlicensed"),
        (413, "message_too_large"),
        (429, "provider_throttled"),
        (500, "provider_temporarily_unavailable"),
        (503, "provider_temporarily_unavailable"),
        (507, "mailbox_full"),
    ],
)
def test_the_http_status_alone_when_graph_says_nothing(http_status, cause):
    assert explain("", stage="graph_send", http_status=http_status).cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("401 Unauthorized: The token contains no permissions", "graph_permission_missing"),
        ("You have exceeded the available concurrent connections", "provider_throttled"),
        ("It exceeds the maximum supported size; nothing made to an item to store", "message_too_large"),
        ('{"code": 422, "message": "Not Found"}', "mailbox_missing_or_unlicensed"),
        ("The content type header is not there", "request_malformed"),
        (
            "Daily Message/Recipient limit exceeded. Look here to verify your account.",
            "sending_limit_reached",
        ),
    ],
)
def test_graphs_sentences_are_known_without_their_names(raw, cause):
    assert explain(raw, stage="graph_send", provider="microsoft").cause == cause


@pytest.mark.parametrize(
    ("flow", "cause", "other"),
    [
        ("client_credentials", "app_only_token_on_me_endpoint", "mailbox_missing_or_unlicensed"),
        ("delegated", "mailbox_missing_or_unlicensed", "app_only_token_on_me_endpoint"),
    ],
)
def test_gmails_failed_precondition_is_a_mailbox_that_is_none(flow, cause, other):
    found = explain('"reason": "failedPrecondition"', stage="graph_send", provider="google", flow=flow)
    assert (found.cause, found.alternatives) == (cause, (other,))


def test_a_user_without_gmail_is_told_from_a_service_account_by_the_sentence():
    raw = '"message": "Mail service not enabled", "reason": "failedPrecondition"'
    found = explain(raw, stage="graph_send", provider="google", flow="client_credentials")
    assert found.cause == "mailbox_missing_or_unlicensed"


def test_an_unknown_error_is_a_missing_permission_where_the_status_says_so():
    raw = '{"error": {"code": "UnknownError", "message": ""}}'
    assert explain(raw, stage="graph_send", http_status=403).cause == "graph_permission_missing"
    assert explain(raw, stage="graph_send").cause == "provider_temporarily_unavailable"


def test_an_error_of_a_request_is_none_of_tls():
    raw = "mail.ERROR: HTTP request was answered with ErrorInternalServerError"
    assert explain(raw, stage="graph_send").cause == "provider_temporarily_unavailable"


def test_a_service_account_without_delegation_gets_no_token():
    raw = "Error getting access token for service account: 401"
    assert explain(raw, stage="token", provider="google").cause == "admin_consent_required"


@pytest.mark.parametrize(
    ("anchor", "cause"),
    [
        ("redirect-uri-mismatch", "redirect_uri_mismatch"),
        ("origin-mismatch", "redirect_uri_mismatch"),
        ("admin-policy-enforced", "admin_consent_required"),
        ("org-internal", "google_app_internal_only"),
        ("disallowed-useragent", "oauth_embedded_browser_blocked"),
        ("deleted-client", "oauth_client_not_found"),
    ],
)
def test_the_guide_behind_googles_page_tells_the_cause_in_any_language(anchor, cause):
    page = f"Pieeja ir liegta. https://developers.google.com/identity/oauth2#authorization-errors-{anchor}"
    assert explain(page, stage="authorize_redirect", provider="google").cause == cause


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ('"reason": "domainPolicy"', "admin_consent_required"),
        ("Invalid id value", "graph_item_not_found"),
    ],
)
def test_gmails_refusals_by_their_reason(raw, cause):
    assert explain(raw, stage="graph_other", provider="google", http_status=403).cause == cause


def test_gmails_missing_scope():
    raw = '{"error":{"code":403,"message":"Request had insufficient authentication scopes."}}'
    assert explain(raw, stage="graph_send", provider="google").cause == "graph_permission_missing"


def test_an_html_error_page_of_a_gateway_is_a_passing_fault():
    page = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"
    assert explain(page, stage="graph_send").cause == "provider_temporarily_unavailable"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ('{"error": "invalid_grant", "error_subtype": "invalid_rapt"}', "sign_in_frequency_expired"),
        (
            '{"error": "invalid_grant", "error_description": "Account has been deleted"}',
            "user_account_disabled",
        ),
        (
            '{"error": "invalid_client", "error_description": "The OAuth client was not found."}',
            "oauth_client_not_found",
        ),
        (
            '{"error": "disabled_client", "error_description": "The OAuth client was disabled."}',
            "oauth_client_disabled",
        ),
    ],
)
def test_googles_token_endpoint_is_understood(raw, cause):
    assert explain(raw, stage="token", provider="google", flow="refresh", http_status=400).cause == cause
