"""Causes on the way to the sign-in page and back: callback address, consent, the account that came."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="redirect_uri_mismatch",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The callback address is not registered"),
        happened=_(
            "The callback address that was sent is not among those of the app registration. Capital letters, "
            "http instead of https, a port or a slash at the end already make it another address."
        ),
        todo=_(
            "Copy the callback address from the mail settings and add exactly that to the app registration."
        ),
        todo_it=_(
            "In Entra, open the app registration → Authentication, and add the callback address "
            "exactly as the guide shows it, under Web."
        ),
        guide="callback-address",
    ),
    Cause(
        slug="redirect_uri_not_registered",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The app registration has no callback address"),
        happened=_("The app registration lists no callback address at all, or none was sent."),
        todo=_(
            "Copy the callback address from the mail settings and add it to the app registration, under Web."
        ),
        todo_it=_(
            "In Entra, open the app registration → Authentication, and add the callback address "
            "exactly as the guide shows it, under Web."
        ),
        guide="callback-address",
    ),
    Cause(
        slug="redirect_platform_wrong_type",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The callback address is under the wrong platform"),
        happened=_(
            "The callback address is registered for a single-page application, not for a web application."
        ),
        todo=_(
            "In the app registration, delete the address under “Single-page application” and add it under "
            "“Web”."
        ),
        todo_it=_(
            "In Entra, open the app registration → Authentication, delete the callback address under "
            "“Single-page application”, and add it under “Web”."
        ),
        guide="callback-address",
    ),
    Cause(
        slug="oauth_state_mismatch",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The sign-in does not belong to this browser window"),
        happened=_("Two windows were open, an old link was used, or the browser lost its cookie on the way."),
        todo=_("Start the connection again in one browser window, and finish it there."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="oauth_embedded_browser_blocked",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("This window is not allowed for signing in"),
        happened=_("The sign-in page was opened inside another program, which Google refuses."),
        todo=_("Open the connect link in a normal browser, such as Chrome, Edge, Firefox or Safari."),
        guide="connect-to-google",
    ),
    Cause(
        slug="auth_code_expired_or_reused",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The sign-in took too long or was used twice"),
        happened=_("The code that came back from the sign-in page had ended, or had been used already."),
        todo=_("Start the connection again, and do not reload the page or go back while it runs."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="user_declined_consent",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The permission was declined"),
        happened=_("Cancel was pressed, or the permissions were not accepted. Nothing was stored."),
        todo=_("Start the connection again, and accept the permissions on the sign-in page."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="consent_missing",
        who="user",
        who_if=(("client_credentials", "tenant_admin"), ("ropc", "tenant_admin")),
        retry=Retry.PAUSE_MAILBOX,
        title=_("Nobody has allowed this yet"),
        happened=_("Neither you nor an administrator has accepted the permissions that the app needs."),
        todo=_(
            "Press Connect and accept the permissions, or have an administrator accept them for everyone."
        ),
        todo_it=_("Grant administrator consent to the app, under API permissions in its registration."),
        todo_admin=_(
            "Have the person connect again and accept everything. If they cannot, ask a Microsoft 365 "
            "administrator for the approval, in Mail settings → Office 365."
        ),
        guide="admin-consent",
    ),
    Cause(
        slug="admin_consent_required",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("An administrator must approve the app"),
        happened=_("Your organisation lets only an administrator accept these permissions."),
        todo=_(
            "Open the approval link as an Entra administrator and accept the permissions for the "
            "organisation."
        ),
        todo_user=_(
            "Send the approval link on this page to your Microsoft 365 administrator, then connect again."
        ),
        todo_admin=_(
            "Open Mail settings → Office 365 → “Ask a Microsoft administrator to approve”, and send "
            "its text to your Microsoft 365 administrator."
        ),
        todo_google=_(
            "In the Google Workspace admin console, under API controls, mark the app's client ID as trusted."
        ),
        guide="admin-consent",
    ),
    Cause(
        slug="google_app_not_verified",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The Google app is still being tested"),
        happened=_(
            "While an app is in testing or not verified, Google lets only listed test users in, and ends "
            "their permission after seven days."
        ),
        todo=_("Publish and verify the app in Google Cloud, or add the account as a test user meanwhile."),
        guide="connect-to-google",
    ),
    Cause(
        slug="google_app_internal_only",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The Google app is for one organisation only"),
        happened=_("The app accepts only accounts of the Google Workspace organisation that owns it."),
        todo=_(
            "Set the consent screen to External in Google Cloud, or connect an account of that organisation."
        ),
        guide="connect-to-google",
    ),
    Cause(
        slug="personal_account_not_supported",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("A personal Microsoft account cannot be used here"),
        happened=_("The account that signed in is a personal one (outlook.com, hotmail.com, live.com)."),
        todo=_("Connect again with your work account."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="sign_in_endpoint_wrong_for_account_type",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("This account's directory signs in elsewhere"),
        happened=_(
            "The account belongs to a directory for customers, which cannot sign in at the normal address."
        ),
        todo=_("Connect with an account of a normal Microsoft 365 directory, and check the tenant ID."),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="user_not_in_tenant",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The account is not in this company's directory"),
        happened=_(
            "The account that signed in is unknown there: a personal, guest or other company's account."
        ),
        todo=_("Sign out at Microsoft, and connect again with your account of this company."),
        todo_it=_("Check the address, or invite the account to the directory as a guest."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="user_not_assigned_to_app",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The person is not assigned to the app"),
        happened=_("The app is set to accept only people assigned to it, and this person is not."),
        todo=_(
            "In Entra, open the enterprise application and assign the person, or set “Assignment "
            "required” to No."
        ),
        todo_user=_("Ask your IT to assign your account to the app, then connect again."),
        todo_admin=_(
            "Ask who looks after Microsoft 365 to assign the person to the app; then the person "
            "connects again."
        ),
        guide="app-registration",
    ),
)
