"""Causes that Microsoft Graph names, and the mailbox behind it."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="graph_permission_missing",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The permission to send is missing"),
        happened=_(
            "The sign-in worked, but what was granted does not cover this call (for sending: Mail.Send at "
            "Microsoft, gmail.send at Google)."
        ),
        todo=_("Add Mail.Send to the app registration, grant administrator consent, and connect again."),
        todo_user=_("Connect again and accept all permissions. If it stays, tell your administrator."),
        todo_admin=_(
            "Ask who looks after Microsoft 365 for the permissions that the Office 365 page lists, "
            "then have people connect again."
        ),
        todo_google=_(
            "Connect again and leave every box ticked. If it stays, switch the Gmail API on in the app's "
            "Google Cloud project."
        ),
        guide="app-registration",
    ),
    Cause(
        slug="app_only_token_on_me_endpoint",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The call needs a signed-in person"),
        happened=_("The portal signed in as the app, but asked Microsoft for “me”, which only a person is."),
        todo=_(
            "Choose a mailbox for this way of sending. If one is chosen, report this as a fault of the "
            "portal."
        ),
        guide="app-only-graph",
    ),
    Cause(
        slug="app_access_policy_blocked",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The app may not use this mailbox"),
        happened=_(
            "Your organisation limits which mailboxes the app may use, and this one is not among them."
        ),
        todo=_(
            "Add the mailbox to the group or scope of the app's policy. Exchange needs up to two hours "
            "to act on it."
        ),
        guide="app-only-graph",
        commands=(
            "Test-ServicePrincipalAuthorization -Identity {client_id} -Resource {mailbox}",
            "Test-ApplicationAccessPolicy -AppId {client_id} -Identity {mailbox}",
        ),
    ),
    Cause(
        slug="access_token_invalid",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Microsoft does not accept the access token"),
        happened=_("The access token was missing, damaged or past its time."),
        todo=_("Connect again once. If it comes back, check this server's clock and the portal's log."),
        todo_user=_("Connect again. If it comes back, tell your support."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="access_token_wrong_audience",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The access token is for another service"),
        happened=_("The token was issued for one Microsoft service and used with another."),
        todo=_("Check that the chosen cloud and method fit each other, then connect again."),
    ),
    Cause(
        slug="graph_user_not_found",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Microsoft does not know the sending address"),
        happened=_("The address to send as is not a user of this directory."),
        todo=_("Correct the address to the primary user name of an existing mailbox."),
        todo_user=_("Ask your administrator to correct the address that you send from."),
    ),
    Cause(
        slug="graph_item_not_found",
        who="operator",
        retry=Retry.STOP_MESSAGE,
        title=_("The draft or folder is gone"),
        happened=_("The message or folder was moved, deleted or sent meanwhile."),
        todo=_("Look into Sent Items before sending it again."),
    ),
    Cause(
        slug="mailbox_missing_or_unlicensed",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The account has no mailbox"),
        happened=_("The account is unlicensed, deleted, a guest, or its mailbox is on a server of your own."),
        todo=_(
            "Give the account an Exchange Online licence or create a shared mailbox for it; for a mailbox on "
            "your own server, use the company's mail server instead."
        ),
        todo_google=_(
            "Switch Gmail on for the account in the Google Workspace admin console, or connect an account "
            "whose mailbox is at Gmail."
        ),
        commands=("Get-EXOMailbox -Identity {mailbox}",),
    ),
    Cause(
        slug="mailbox_full",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The mailbox is full"),
        happened=_("The mailbox is over its size, and a copy of what is sent would not fit."),
        todo=_("Delete or archive old mail, or ask your IT for more space."),
        todo_it=_(
            "Enlarge the mailbox or turn on its archive; sending stops because the copy in Sent Items "
            "does not fit."
        ),
        commands=("Get-EXOMailboxStatistics -Identity {mailbox} | Format-List TotalItemSize",),
    ),
    Cause(
        slug="mailbox_access_not_granted",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The sign-in may not open this mailbox"),
        happened=_(
            "The sign-in itself worked, but it has no right to that mailbox, or the mailbox's name is wrong."
        ),
        todo=_(
            "Give the account (or the app's service principal) full access to the mailbox. The service "
            "principal takes the object ID of the enterprise application, not of the app registration."
        ),
        guide="smtp-send-as-app",
        commands=(
            "New-ServicePrincipal -AppId {client_id} -ObjectId {enterprise_object_id}",
            "Add-MailboxPermission -Identity {mailbox} -User {enterprise_object_id} -AccessRights FullAccess",
        ),
    ),
    Cause(
        slug="provider_throttled",
        who="wait",
        retry=Retry.WAIT,
        title=_("The provider asks to slow down"),
        happened=_("Too many messages or connections came at once."),
        todo=_("Nothing needs to be done. The portal tries again after the time the provider names."),
    ),
    Cause(
        slug="provider_temporarily_unavailable",
        who="wait",
        retry=Retry.WAIT,
        title=_("The provider has a passing fault"),
        happened=_("The provider's server could not do it just now."),
        todo=_(
            "Nothing needs to be done. The portal tries again; if it lasts, look at the provider's status "
            "page."
        ),
    ),
)
