"""Causes in signing in to SMTP, IMAP and POP."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

_ALLOW_SMTP = "Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $false"

CAUSES = (
    Cause(
        slug="smtp_auth_disabled_tenant",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Authenticated SMTP is off in your organisation"),
        happened=_("Your Microsoft 365 lets no mailbox send by SMTP."),
        todo=_(
            "Turn Authenticated SMTP on for this mailbox, which overrides the organisation; or connect to "
            "Microsoft."
        ),
        todo_user=_(
            "If your profile offers Connect to Microsoft, press it. Otherwise send the text below to your IT."
        ),
        todo_admin=_(
            "Let people connect to Microsoft instead, or have Authenticated SMTP turned on for the "
            "mailbox, which overrides the organisation."
        ),
        todo_it=_(
            "Turn Authenticated SMTP on for this one mailbox, with the first command: what is set "
            "there goes before the organisation's setting."
        ),
        guide="authenticated-smtp",
        commands=(_ALLOW_SMTP, "Get-TransportConfig | Format-List SmtpClientAuthenticationDisabled"),
    ),
    Cause(
        slug="smtp_auth_disabled_mailbox",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Authenticated SMTP is off for this mailbox"),
        happened=_("Your Microsoft 365 does not let this mailbox send by SMTP."),
        todo=_(
            "Tick “Authenticated SMTP” under the mailbox's e-mail apps; it takes up to an hour. Or "
            "connect to Microsoft."
        ),
        todo_user=_(
            "If your profile offers Connect to Microsoft, press it. Otherwise send the text below to your IT."
        ),
        todo_admin=_(
            "Let the person connect to Microsoft instead, or have Authenticated SMTP turned on for "
            "the mailbox."
        ),
        guide="authenticated-smtp",
        commands=(_ALLOW_SMTP,),
    ),
    Cause(
        slug="smtp_auth_blocked_by_policy",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Your organisation refuses passwords for sending"),
        happened=_(
            "Security defaults, a second factor or a Conditional Access policy refuse a password here."
        ),
        todo=_(
            "Change to Connect to Microsoft, or exempt the sending account from the policy that stops it."
        ),
        todo_user=_(
            "If your profile offers Connect to Microsoft, press it: it asks for your second factor "
            "once. Otherwise send the text below to your IT."
        ),
        todo_admin=_(
            "Set up Connect to Microsoft in Mail settings → Office 365, and let the person connect."
        ),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="smtp_basic_auth_disabled",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The provider takes no passwords for sending any more"),
        happened=_("Sign-in with a password is switched off for SMTP."),
        todo=_("Change from password to Connect to Microsoft."),
        todo_user=_(
            "Press Connect to Microsoft on your profile, if it is offered; else ask your "
            "administrator for it."
        ),
        guide="what-ends-when",
    ),
    Cause(
        slug="incoming_basic_auth_disabled",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The provider takes no passwords for reading mail any more"),
        happened=_("Sign-in with a password is switched off for IMAP and POP."),
        todo=_("Change the incoming mailbox from password to a connected account."),
        guide="what-ends-when",
    ),
    Cause(
        slug="smtp_auth_rejected_generic",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Exchange refused the sign-in without a reason"),
        happened=_(
            "The password may be wrong, or sending by SMTP or with a password is not allowed for this "
            "mailbox."
        ),
        todo=_(
            "Check the user name and password first, then whether Authenticated SMTP is on for this mailbox."
        ),
        todo_user=_(
            "Type your password once more on your profile. If it is refused again, send the text "
            "below to your administrator."
        ),
        todo_it=_(
            "Look up the sign-in in Entra's log, and whether Authenticated SMTP is on for the mailbox "
            "with the command below."
        ),
        guide="authenticated-smtp",
        commands=("Get-CASMailbox -Identity {mailbox} | Format-List SmtpClientAuthenticationDisabled",),
    ),
    Cause(
        slug="smtp_not_authenticated",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server wants a sign-in"),
        happened=_("The mail server takes mail only after a sign-in, and none was made."),
        todo=_("Turn on the sign-in in the mail server's settings, and enter the user name and password."),
        guide="smtp-server",
    ),
    Cause(
        slug="smtp_relay_denied",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server does not pass this mail on"),
        happened=_(
            "The mail server sends nothing to outside addresses for this portal or this From address."
        ),
        todo=_(
            "Sign in at the server, use a From address of its own domain, or have its administrator "
            "allow this portal's address."
        ),
        guide="smtp-server",
    ),
    Cause(
        slug="smtp_auth_not_offered",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The server offers no sign-in here"),
        happened=_(
            "The port is for other servers, encryption was not started, or the server needs no sign-in."
        ),
        todo=_("Use port 587 with STARTTLS or 465 with TLS; if the server needs no sign-in, choose “none”."),
        guide="smtp-server",
    ),
    Cause(
        slug="app_password_required",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("An app password is needed"),
        happened=_("The account uses two-step verification, so its normal password does not work here."),
        todo=_("Create an app password in the account's security settings, and enter it here."),
        guide="google-app-password",
    ),
    Cause(
        slug="google_sign_in_blocked",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Google wants you to confirm the sign-in"),
        happened=_("Google did not recognise this sign-in and stopped it."),
        todo=_("Sign in at Google in a browser, confirm the attempt, and use an app password here."),
        guide="google-app-password",
    ),
    Cause(
        slug="too_many_login_attempts",
        who="wait",
        retry=Retry.WAIT,
        title=_("Too many sign-ins for now"),
        happened=_("The provider accepts no sign-in for a while after too many of them."),
        todo=_("Wait a while. The portal tries again by itself."),
    ),
    Cause(
        slug="xoauth2_token_rejected",
        who="company_admin",
        who_if=(("client_credentials", "tenant_admin"),),
        retry=Retry.PAUSE_MAILBOX,
        title=_("The mail server refused the access token"),
        happened=_(
            "The permission does not cover this protocol, is for another account, or lacks a right to the "
            "mailbox."
        ),
        todo=_(
            "Connect again with exactly this mailbox. For sending without a person: register the app's "
            "service principal in Exchange, give it the mailbox, and turn Authenticated SMTP on."
        ),
        todo_user=_(
            "Disconnect on your profile, and connect again with exactly this mailbox. If it stays, "
            "send the text below to your administrator."
        ),
        todo_it=_(
            "For app-only sending: make the service principal with the enterprise application's "
            "object ID, give it the mailbox, and turn Authenticated SMTP on, with the commands below."
        ),
        todo_google=_("Connect again with full mail access, and with the same address as in the user name."),
        guide="smtp-send-as-app",
        commands=(
            "New-ServicePrincipal -AppId {client_id} -ObjectId {enterprise_object_id}",
            "Add-MailboxPermission -Identity {mailbox} -User {enterprise_object_id} -AccessRights FullAccess",
            _ALLOW_SMTP,
        ),
    ),
    Cause(
        slug="xoauth2_string_malformed",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The sign-in with a token was sent wrongly"),
        happened=_("The mail server could not read the way in which the access token was sent."),
        todo=_(
            "Check that the user name is one plain address. If it is, report this as a fault of the portal."
        ),
    ),
    Cause(
        slug="imap_pop_access_disabled",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("IMAP or POP is off for this mailbox"),
        happened=_("The mailbox cannot be read by other programs until that is switched on."),
        todo=_("Turn IMAP or POP on in the mailbox's settings, or ask your administrator to allow it."),
        commands=("Set-CASMailbox -Identity {mailbox} -ImapEnabled $true -PopEnabled $true",),
    ),
)
