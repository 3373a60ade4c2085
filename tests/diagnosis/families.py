"""The documented families of codes, and what each of them means to this portal.

learn.microsoft.com/entra/identity-platform/reference-error-codes; learn.microsoft.com/graph/errors and
/exchange/client-developer/web-service-reference/responsecode; iana.org/assignments/smtp-enhanced-status-codes;
learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online.
"""

# Entra's numbers about what this portal never does: SAML, WS-Federation and other identity providers, Kerberos,
# registering devices, changing a password, choosing a session on Microsoft's own pages, apps of Microsoft's own.
NOT_OURS = """
16001 16002 160021 17003 20001 20012 20033 230109 40008 40009 40015 50003 50006 50007 50008 5000819 50010 50015
50017 50032 50042 50043 50061 50068 50070 50071 50086 50099 50107 50120 50124 501241 50134 50136 50140 50143
50146 501461 50161 50168 50169 50170 50178 50180 50192 51000 51001 51005 51006 52004 54000 67003 70016 75001
75003 75005 7500514 750054 75008 75011 75016 76021 76026 81004 81005 81006 81007 81009 81010 81011 81012 90016
90020 900236 90081 90082 90084 90085 90086 90087 90092 90114 120002 120003 120004 120005 120008 120011
120012 120013 120014 120015 120016 120018 120020 120021 130004 130005 130006 135010 140001 165004
220450 220501 221000 240001 240002 501621 700229 1000000 1000002 100007 7500529
"""
ENTRA = """
16000 16003 28002 28003 40010 50000 50001 50002 500011 500021 500022 50005 50011 50012 50013 500133 50014 50020
500208 500212 500213 50027 50029 50033 50034 50048 50049 50050 50053 50055 50056 50057 50058 50059 50064 50072
50074 50076 50078 50079 50085 50087 50088 50089 50097 50105 50125 50126 50127 50128 50129 50131 50132 50133
50135 50139 50144 50147 501481 501491 50155 50158 50166 50173 50177 50187 50194 50196 50197 50199 1000104 51004
53000 53001 53002 53003 530035 53004 53010 53011 530034 54005 65001 65002 65004 65005 650052 650054 650056
650057 70000 70001 700011 70002 700025 700027 70003 700030 70004 70005 700054 70007 70008 700082 700084 70011
70012 70018 70019 70043 80001 80002 80005 80007 80010 80012 80013 80014 90002 90004 90005 90006 90007 90008
90009 90010 9001023 90012 90013 90014 900144 90015 90019 90022 90023 9002313 9002332 90024 90027 90033 90036
90038 900384 90043 900432 90051 90055 90056 900561 90072 90090 90091 90093 90094 900382 90095 90099 900971
90100 901002 90101 90102 90107 90117 90119 90120 90121 90123 90124 90125 90126 90130 120000 130007 130008
135011 140000 165900 530032 700016 700020 700022 700023 7000215 7000218 7000222 700005 1000031 7000112 7000114
9002341
"""

# Names that stand in `error.code` of Graph, or as ResponseCode of Exchange's web services behind it.
GRAPH = {
    "graph_permission_missing": "ErrorAccessDenied Authorization_RequestDenied NoPermissionsInAccessToken accessDenied",
    "send_as_denied": "ErrorSendAsDenied",
    "mailbox_access_not_granted": "ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorNotDelegate",
    "service_principal_missing": "Authorization_IdentityNotFound",
    "access_token_invalid": "InvalidAuthenticationToken ErrorInvalidToken ErrorTokenExpired unauthenticated",
    "mailbox_missing_or_unlicensed": "MailboxNotEnabledForRESTAPI MailboxNotSupportedForRESTAPI ResourceNotFound "
    "ErrorNonExistentMailbox ErrorMissingEmailAddress OrganizationFromTenantGuidNotFound",
    "graph_user_not_found": "ErrorInvalidUser Request_ResourceNotFound Directory_ObjectNotFound ErrorUserNotFound",
    "graph_item_not_found": "ErrorItemNotFound ErrorFolderNotFound ErrorInvalidIdMalformed itemNotFound",
    "user_account_disabled": "ErrorAccountDisabled",
    "user_password_expired": "ErrorPasswordExpired ErrorPasswordChangeRequired",
    "account_blocked_for_abuse": "ErrorAccountSuspend",
    "recipient_invalid": "ErrorInvalidRecipients ErrorMissingRecipients ErrorInvalidSmtpAddress "
    "ErrorMailRecipientNotFound ErrorNameResolutionNoResults",
    "too_many_recipients": "ErrorTooManyRecipients",
    "message_too_large": "ErrorMessageSizeExceeded ErrorAttachmentSizeLimitExceeded RequestEntityTooLarge",
    "message_content_blocked": "ErrorVirusDetected ErrorVirusMessageDeleted malwareDetected",
    "message_format_rejected": "ErrorMimeContentInvalid ErrorMimeContentInvalidBase64String "
    "ErrorMimeContentConversionFailed ErrorContentConversionFailed ErrorUnsupportedMimeConversion ErrorCorruptData",
    "sending_limit_reached": "ErrorExceededMessageLimit ErrorSubmissionQuotaExceeded",
    "sender_blocked_for_spam": "ErrorMessageSubmissionBlocked",
    "mailbox_full": "ErrorQuotaExceeded quotaLimitReached",
    "provider_throttled": "ApplicationThrottled activityLimitReached TooManyRequests ErrorMessageThrottled "
    "ErrorExceededConnectionCount ErrorTooManyObjectsOpened tooManyRequests",
    "provider_temporarily_unavailable": "ErrorServerBusy ErrorInternalServerError ErrorInternalServerTransientError "
    "ErrorTimeoutExpired ErrorMailboxStoreUnavailable ErrorMailboxMoveInProgress ErrorMailboxFailover "
    "ErrorConnectionFailed ErrorConnectionFailedTransientError ErrorADUnavailable ErrorADOperation "
    "ErrorApiQuarantined ErrorIrresolvableConflict ErrorRequestAborted serviceNotAvailable ServiceUnavailable "
    "generalException UnknownError gatewayTimeout",
    "request_malformed": "ErrorInvalidRequest ErrorSchemaValidation invalidRequest badRequest "
    "UnableToDeserializePostBody",
}

# Enhanced status codes of RFC 3463 and its registry as a server's last word in the sending of a message.
# Those of class 4 that are not named pass by themselves.
STATUS = {
    "recipient_invalid": "5.1.0 5.1.1 5.1.2 5.1.3 5.1.4 5.1.5 5.1.6 5.1.9 5.1.10 5.2.0 5.2.1 5.2.4 5.4.0 5.4.1 5.4.2 "
    "5.4.3 5.4.4 5.4.6 5.6.7 4.1.1 4.1.2",
    "sender_address_malformed": "5.1.7 5.1.8 5.5.0 5.5.1 5.5.2 5.5.4 5.5.5",
    "mailbox_full": "5.2.2 4.2.2",
    "message_too_large": "5.2.3 5.3.4 4.3.4",
    "provider_temporarily_unavailable": "5.3.0 5.3.1 5.3.2 5.3.3 5.3.5 5.4.7",
    "sending_limit_reached": "5.4.5",
    "too_many_recipients": "5.5.3 4.5.3",
    "message_format_rejected": "5.6.0 5.6.1 5.6.2 5.6.3 5.6.4 5.6.5 5.6.6 5.6.8 5.6.9 5.6.10",
    "message_content_blocked": "5.7.0 5.7.1 5.7.2 5.7.5 5.7.6 5.7.7 5.7.15 5.7.16 5.7.17 5.7.18 5.7.19 5.7.28 5.7.29",
    "smtp_auth_not_offered": "5.7.4",
    "user_password_wrong": "5.7.8",
    "starttls_required": "5.7.10 5.7.11",
    "sender_domain_authentication_failed": "5.7.20 5.7.21 5.7.22 5.7.23 5.7.24 5.7.26 5.7.27 4.7.23 "
    "4.7.24 4.7.26 4.7.27",
    "sending_ip_or_tenant_blocked": "5.7.25 4.7.25",
    "provider_throttled": "4.7.28",
}
PASSING = "4.0.0 4.2.0 4.2.1 4.3.0 4.3.1 4.3.2 4.3.5 4.4.0 4.4.1 4.4.2 4.4.3 4.4.4 4.4.5 4.4.6 4.4.7 4.5.0 4.7.0 4.7.1"

# Exchange Online's own, in the sending of a message.
EXCHANGE = {
    "recipient_restricted": "5.7.12 5.7.13 5.7.124 5.7.129 5.7.133 5.7.134 5.7.135 5.7.136 5.7.193 5.7.507",
    "recipient_invalid": "5.1.10 5.4.6 5.4.14 5.7.504 5.7.505",
    "sender_blocked_for_spam": "5.1.8 5.7.501 5.7.502 5.7.503",
    "sending_limit_reached": "5.1.90 5.1.92 5.7.232 5.7.233",
    "provider_throttled": "5.2.121 5.2.122 5.7.508 4.7.500 4.7.550 4.7.652 4.7.699 4.7.850 4.7.899",
    "send_as_denied": "5.7.60 5.2.252",
    "smtp_relay_denied": "5.7.64 5.7.54",
    "smtp_not_authenticated": "5.7.57",
    "smtp_basic_auth_disabled": "5.7.30",
    "ehlo_hostname_rejected": "5.7.506",
    "sender_domain_authentication_failed": "5.7.23 5.7.509 5.7.515 4.7.26",
    "sending_ip_or_tenant_blocked": "5.7.25 5.7.510 5.7.511 5.7.513 5.7.606 5.7.649 5.7.700 5.7.705 5.7.708 5.7.750",
    "message_format_rejected": "5.6.11 5.7.512",
    "message_content_blocked": "5.7.520",
    "provider_temporarily_unavailable": "4.3.2 4.4.7 4.4.316 4.7.321 4.7.325 5.4.300",
    "tls_protocol_version_unsupported": "4.7.66",
}
