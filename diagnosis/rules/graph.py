"""Microsoft Graph's error codes for mail, and what Gmail's interface says beside them.

Sources: learn.microsoft.com/graph/errors, learn.microsoft.com/graph/resolve-auth-errors,
learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode (the Error... codes),
developers.google.com/gmail/api/guides/handle-errors.
"""

from diagnosis.causes.shape import Retry
from diagnosis.rules.rule import Rule

_DENIED = ("app_access_policy_blocked", "send_as_denied", "mailbox_access_not_granted")

# Names that say one thing only, whatever sentence stands beside them.
CODES = (
    Rule(
        "mailbox_access_not_granted", "errorimpersonateuserdenied|errorimpersonationdenied|errornotdelegate"
    ),
    Rule(
        "message_too_large",
        "errormessagesizeexceeded|errorattachmentsizelimitexceeded|requestentitytoolarge|errordatasizelimitexceeded",
    ),
    Rule(
        "sending_limit_reached",
        "errorexceededmessagelimit|errorexceededhourlymessagelimit|errorsubmissionquotaexceeded",
    ),
    # The limit of a personal mailbox on the recipients of a day, which one letter to many reaches too.
    Rule("sending_limit_reached", "errorexceededmaxrecipientlimit", or_else=("too_many_recipients",)),
    Rule("provider_throttled", "errormessagethrottled|errorexceededconnectioncount", retry=Retry.WAIT),
    Rule("recipient_invalid", "errormissingrecipients|errormailrecipientnotfound|errorinvalidsmtpaddress"),
    Rule("recipient_invalid", "errornameresolutionnoresults"),
    Rule(
        "mailbox_missing_or_unlicensed",
        "errormissingemailaddress|errornoprimarysmtpaddress|errorinvalidlicense",
    ),
    Rule("graph_user_not_found", "caserrorcode", also=("usernotfound",)),
    Rule("user_account_disabled", "erroraccountdisabled"),
    Rule("user_password_expired", "errorpasswordexpired|errorpasswordchangerequired"),
    Rule(
        "message_content_blocked",
        "errorvirusdetected|errorvirusmessagedeleted|malwaredetected|errormessageblocked",
    ),
    Rule(
        "message_format_rejected",
        "errormimecontent|invalidmimecontent|errorcontentconversionfailed|errorcorruptdata|"
        "errorunsupportedmimeconversion",
    ),
    Rule(
        "provider_temporarily_unavailable",
        "errorapiquarantined|errorconnectionfailed|erroradunavailable|erroradoperation|errormailboxfailover|"
        "errornorespondingcas|errorirresolvableconflict|errorbatchprocessingstopped|errorrequestaborted|"
        "errorcannotgetsourcefolder|errorproxyrequestprocessingfailed|errorproxiedsubscriptioncallfailure|"
        "errorcallerisinvalidadaccount|errormessagetransienterror|errorinsufficientresources",
    ),
    Rule(
        "conditional_access_blocked",
        "conditional access",
        also=("blocked|accessdenied",),
        but_not=("<token>",),
    ),
    Rule(
        "device_not_compliant",
        "not in required device state",
        but_not=("<aadsts",),
        or_else=("conditional_access_blocked",),
    ),
    Rule(
        "access_token_invalid",
        "continuous access evaluation|errorinvalidtoken|errortokenexpired|errorinvalidauthorizationcontext",
    ),
    Rule(
        "request_malformed",
        "errorinvalidexchangeimpersonation|exchangeimpersonation soap header|errorschemavalidation|"
        "errorinvalidrequest|errormessagedispositionrequired|errorinvalidpropertyset|"
        "requestbodyread|shouldnotbelessthanminimumsize|errorinvalidargument|errorpropertyvalidationfailure",
    ),
    # Names that are words as well count where a code stands.
    Rule("access_token_invalid", '"unauthenticated"|code: unauthenticated'),
    Rule("mailbox_full", '"quotalimitreached"|code: quotalimitreached'),
)

RULES = (
    Rule(
        "app_access_policy_blocked",
        "access to odata is disabled|apponly accesspolicy|[raop]|application access policy|applicationaccesspolicy|"
        "blocked by tenant configured",
    ),
    Rule(
        "send_as_denied",
        "sendasdenied|send as permission|not allowed to send as|may not send as|"
        "right to send mail on behalf|not authorized to send mail on behalf|permission to send as|"
        "permissions to send as|permission to send the message on behalf",
    ),
    Rule(
        "app_only_token_on_me_endpoint",
        "/me request is only valid with delegated|context is not valid for this request|requires a signed-in user|"
        "endpoint that requires user sign-in",
    ),
    Rule(
        "access_token_wrong_audience",
        "invalid audience|invalidaudience|audience claim|audience is invalid|"
        "audience is incorrect|audience validation failed|wrong audience|idx10214",
    ),
    Rule(
        "service_principal_missing",
        "authorization_identitynotfound|identity of the calling application could not be established",
    ),
    Rule("mailbox_access_not_granted", "delegationdenied|delegation denied"),
    # Gmail's interface, asked for a mailbox that is none: that of a service account, or of a user without Gmail.
    Rule(
        "app_only_token_on_me_endpoint",
        "failedprecondition|precondition check failed",
        also=("<app_only>",),
        but_not=("mail service not enabled",),
        or_else=("mailbox_missing_or_unlicensed",),
    ),
    Rule(
        "mailbox_missing_or_unlicensed",
        "failedprecondition|precondition check failed",
        or_else=("app_only_token_on_me_endpoint",),
    ),
    # Gmail's reasons, which stand beside the status PERMISSION_DENIED.
    Rule("sending_limit_reached", "dailylimitexceeded"),
    Rule("sending_limit_reached", "(mail sending)", also=("limit",)),
    Rule("provider_throttled", "ratelimitexceeded", retry=Retry.WAIT),
    Rule("admin_consent_required", '"domainpolicy"|administrators have disabled', also=("<google>",)),
    Rule("provider_throttled", "errorserverbusy", also=("<http429>",), retry=Retry.WAIT),
    Rule(
        "graph_permission_missing",
        '"accessdenied"|code: accessdenied| accessdenied |'
        "nopermissionsinaccesstoken|authorization_requestdenied|insufficient privileges|erroraccessdenied|"
        "accessnotconfigured|"
        "either scp or roles claim|insufficient_scope|missing scope permissions|insufficientpermissions|"
        "access is denied. check credentials|insufficient authentication scopes|insufficient permission|"
        "required scopes|permission_denied|token contains no permissions|permissions can not be understood",
        or_else=_DENIED,
    ),
    Rule(
        "graph_permission_missing",
        "mail.send",
        also=("lacks|missing|without", "<graph_send>"),
        or_else=_DENIED,
    ),
    Rule(
        "mailbox_missing_or_unlicensed",
        "mailboxnotenabledforrestapi|mailboxnotsupportedforrestapi|mailbox is either inactive|soft-deleted|"
        "hosted on-premise|yet supported for this mailbox|rest api is not yet supported|"
        "errornonexistentmailbox|has no mailbox associated|"
        "mailbox does not exist|"
        "resource could not be discovered|mailbox not found|does not have a mailbox|"
        "organizationfromtenantguidnotfound|tenant for tenant guid|exchange online license|exchange license|"
        '"resourcenotfound"|code: resourcenotfound| resourcenotfound |mail service not enabled|mailboxnothosted|'
        "gmail api service/app not enabled|"
        "no mailbox|no license|not licensed|not have a license",
        or_else=("graph_user_not_found",),
    ),
    Rule(
        "graph_user_not_found",
        "errorinvaliduser|directory_objectnotfound|request_resourcenotfound|the requested user|user not found|"
        "errorusernotfound|"
        "does not exist or one of its queried|invalid user id",
        or_else=("mailbox_missing_or_unlicensed",),
    ),
    Rule(
        "sending_limit_reached",
        "errorexceededmessagelimit|submissionquotaexceeded|message limit|message/recipient limit|"
        "daily user sending|dailylimitexceeded|user-rate limit exceeded. (mail sending)|daily sending",
    ),
    Rule("message_too_large", "exceeds the maximum supported size"),
    Rule(
        "mailbox_full",
        "errorquotaexceeded|mailbox is full|mailbox full|storage quota|made to an item to store|"
        "mailbox has exceeded|quotaexceededexception|over its quota",
    ),
    Rule("sender_blocked_for_spam", "errormessagesubmissionblocked|wascl useraction verdict"),
    Rule("account_blocked_for_abuse", "erroraccountsuspend|to verify your account"),
    Rule(
        "recipient_invalid",
        "errorinvalidrecipients|at least one recipient|contains no recipients|must be resolved before|"
        "errorrecipientnotfound|invalid recipient|invalid to header|recipient address required",
    ),
    Rule("too_many_recipients", "errortoomanyrecipients|number of recipients|recipientlimitexceeded"),
    Rule(
        "message_too_large",
        "errormessagesizeexceeded|maximum request length|requestentitytoolarge|<http413>|request entity too large|"
        "errorattachmentsizelimitexceeded|maximum supported size|message size|content too large|payload size",
    ),
    Rule("message_too_large", "too big|too large", also=("<graph_send>",)),
    Rule("message_content_blocked", "blocked attachment|errorvirusdetected|message rejected. see https"),
    Rule(
        "message_format_rejected",
        "invalidmimecontent|errormimecontent|invalidinternetmessageheader|base64 string for mime content|"
        "maximum number of headers",
    ),
    Rule(
        "graph_item_not_found",
        "erroritemnotfound|object was not found in the store|errorfoldernotfound|errorinvalidid|"
        "errorinvalidmailboxitemid|invalid id value|"
        "id is malformed|errorinvalidreferenceitem|syncstatenotfound|requested entity was not found|"
        "belong to the targeted mailbox|'itemnotfound'|\"itemnotfound\"|code: itemnotfound",
    ),
    Rule(
        "provider_throttled",
        "applicationthrottled|mailboxconcurrency|toomanyrequests|too many requests|errortoomanyobjectsopened|"
        "activitylimitreached|concurrency limit| throttled|throttled by|applicationthrottled|ratelimitexceeded|"
        "rate limit exceeded|<http429>|"
        "quota exceeded for quota|too many concurrent|available concurrent connections",
        retry=Retry.WAIT,
    ),
    Rule(
        "access_token_invalid",
        "invalidauthenticationtoken|compacttoken|access token is empty|lifetime validation failed|"
        "token is expired|jwt is not well formed|idx14100|idx10223|access token has expired|"
        "access token validation failure|invalid_token|token expired|invalid authentication credentials",
    ),
    # MSAL ends the names of its own errors with this word.
    Rule(
        "access_token_invalid",
        "autherror",
        but_not=("clientautherror", "browserautherror", "requiredautherror", "silentautherror"),
    ),
    Rule("graph_permission_missing", "unknownerror", also=("<http403>",), or_else=_DENIED),
    Rule(
        "provider_temporarily_unavailable",
        "errorserverbusy|errorinternalserver|errortimeoutexpired|serviceunavailable|service unavailable|"
        "temporarily unavailable|gatewaytimeout|gateway time|bad gateway|unknownerror|generalexception|"
        "mailboxstoreunavailable|errormailboxmoveinprogress|servicenotavailable|backenderror|"
        "internal server error|internalservererror|internal error|services aren't available|"
        "working to restore all services",
    ),
    Rule(
        "request_malformed",
        '"invalidrequest"|code: invalidrequest|'
        "unabletodeserializepostbody|requestbroker--parseuri|resource not found for the segment",
    ),
)

# By HTTP status alone.
BY_STATUS = (
    Rule("access_token_invalid", "<http401>|unauthorized", or_else=("access_token_wrong_audience",)),
    Rule("graph_permission_missing", "<http403>|forbidden", or_else=_DENIED),
    Rule(
        "mailbox_missing_or_unlicensed",
        "<http404>",
        also=("<graph_send>",),
        or_else=("graph_user_not_found", "graph_item_not_found"),
    ),
    Rule(
        "mailbox_missing_or_unlicensed",
        '"not found"',
        also=("<graph_send>",),
        or_else=("graph_user_not_found",),
    ),
    Rule("graph_item_not_found", "<http404>", or_else=("mailbox_missing_or_unlicensed",)),
    Rule("provider_throttled", "<http509>", retry=Retry.WAIT),
    Rule("mailbox_full", "<http507>"),
    Rule("provider_temporarily_unavailable", "<http408>|<http500>|<http502>|<http503>|<http504>"),
    Rule(
        "request_malformed",
        "<http400>|<http405>|<http415>|badrequest|json request payload|content type header",
    ),
)
