"""Causes in the app registration (Microsoft Entra, Google Cloud)."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="app_not_found_in_tenant",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The directory does not know this client ID"),
        happened=_(
            "No app with this client ID exists in the directory that was asked: the client ID or the "
            "tenant ID is wrong, or the app was never allowed there."
        ),
        todo=_(
            "Compare the application (client) ID and the directory (tenant) ID with the overview page of "
            "your app registration, and have an administrator allow the app in that directory."
        ),
        todo_it=_(
            "In Entra, look the app up under Enterprise applications by its client ID. If it is not "
            "there, grant administrator consent to the app; if it is, tell the right tenant ID to the "
            "administrator of this portal."
        ),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="app_disabled_in_tenant",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Sign-in to the app is switched off in your directory"),
        happened=_("The app is there, but it is disabled in your Microsoft 365 directory."),
        todo=_(
            "In Entra, under Enterprise applications, open the app and set “Enabled for users to sign in” "
            "back to Yes."
        ),
        todo_admin=_(
            "Ask who looks after Microsoft 365 whether the app was switched off on purpose. Until "
            "then choose another way of sending."
        ),
        guide="app-registration",
        commands=(
            "Update-MgServicePrincipal -ServicePrincipalId {enterprise_object_id} -AccountEnabled:$true",
        ),
    ),
    Cause(
        slug="service_principal_missing",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The app was never allowed in this directory"),
        happened=_(
            "The app registration exists, but it has no enterprise application in the directory asked."
        ),
        todo=_(
            "Give administrator consent to the app in this directory; that creates what is missing. Then "
            "retry."
        ),
        guide="admin-consent",
        commands=("New-MgServicePrincipal -AppId {client_id}",),
    ),
    Cause(
        slug="resource_not_in_tenant",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The service asked for is not in this directory"),
        happened=_(
            "The directory does not have the service that the permission belongs to, or it was misspelt."
        ),
        todo=_(
            "Check the tenant ID and the permission's address for typing errors, and make sure that the "
            "directory subscribes to that service (for mail: Exchange Online)."
        ),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="resource_disabled_in_tenant",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The service is switched off in this directory"),
        happened=_(
            "The service is known, but it is disabled in the directory or its subscription has lapsed."
        ),
        todo=_("Enable the service's enterprise application again, or renew the subscription behind it."),
    ),
    Cause(
        slug="app_single_tenant_common_endpoint",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The app works for one directory only"),
        happened=_(
            "The app is registered for one organisation, but was used with the sign-in address for all."
        ),
        todo=_(
            "Enter your own directory (tenant) ID in the mail settings instead of “common” or “consumers”."
        ),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="tenant_specific_endpoint_required",
        who="company_admin",
        who_if=(("delegated", "operator"),),
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The directory (tenant) ID is missing"),
        happened=_("The request did not say which directory it is for."),
        todo=_("Enter the directory (tenant) ID, or a verified domain of yours, in the mail settings."),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="tenant_id_wrong",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The directory (tenant) ID is wrong"),
        happened=_("There is no directory with this tenant ID or domain in the chosen Microsoft cloud."),
        todo=_(
            "Copy the Directory (tenant) ID from Entra's overview page into the mail settings, and check the "
            "cloud."
        ),
        todo_it=_(
            "Tell the administrator of this portal the Directory (tenant) ID from Entra's overview page."
        ),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="public_client_flow_not_enabled",
        who="tenant_admin",
        who_if=(("delegated", "operator"),),
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The app wants its client secret"),
        happened=_("The app is registered as one that has a secret, but the request came without it."),
        todo=_(
            "Store the client secret in the mail settings. Only where user name and password are really "
            "wanted: turn on “Allow public client flows” in the app registration."
        ),
        todo_admin=_("Store the client secret in the mail settings."),
        guide="app-registration",
    ),
    Cause(
        slug="app_registered_as_public_client",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The callback address is under the wrong platform"),
        happened=_(
            "A client secret was sent, but the callback address is registered under “Mobile and "
            "desktop”, which works without one."
        ),
        todo=_(
            "In the app registration, under Authentication, move the callback address to the Web platform."
        ),
        todo_it=_(
            "In Entra, open the app registration → Authentication, and move the callback address from "
            "“Mobile and desktop” to the Web platform."
        ),
        guide="callback-address",
    ),
    Cause(
        slug="app_permission_not_configured",
        who="operator",
        who_if=(("client_credentials", "tenant_admin"),),
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The app registration lacks the permission"),
        happened=_("The app registration lists no permission for the service that was asked for."),
        todo=_(
            "Add the permission to the app registration, under API permissions, then grant consent again."
        ),
        todo_it=_(
            "In Entra, open the app registration → API permissions, add what the guide names, and "
            "press “Grant admin consent”."
        ),
        guide="app-registration",
    ),
    Cause(
        slug="scope_invalid",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("A permission that was asked for does not exist"),
        happened=_(
            "The list of permissions in the request is misspelt, mixes services, or does not fit the flow."
        ),
        todo=_(
            "Use the permissions that the guide names. Where the portal's own defaults are in use, tell the "
            "operator of this portal."
        ),
        guide="app-registration",
    ),
    Cause(
        slug="request_parameter_missing",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("A needed setting was empty"),
        happened=_("The sign-in service misses a value that must be sent, most often the client ID."),
        todo=_("Fill in the empty setting, usually the application (client) ID, and try again."),
        guide="tenant-client-secret",
    ),
    Cause(
        slug="request_malformed",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The sign-in service could not read the request"),
        happened=_(
            "The request to the sign-in service was broken: a wrong address, a damaged code, or an empty "
            "value."
        ),
        todo=_(
            "Start again from the beginning once. If it comes back, look at the portal's log with the ids "
            "below."
        ),
        todo_user=_("Start the connection again. If it comes back, send the page's text to your support."),
    ),
    Cause(
        slug="token_request_loop",
        who="operator",
        retry=Retry.WAIT,
        title=_("Too many requests for the same token"),
        happened=_(
            "The sign-in service stopped the portal because it asked for the same token over and over."
        ),
        todo=_("Wait a few minutes. If it comes back, look for a job that signs in again and again."),
    ),
    Cause(
        slug="oauth_client_not_found",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Google does not know the client ID"),
        happened=_("The OAuth client was deleted, mistyped, or is still a placeholder."),
        todo=_("Create the OAuth client in Google Cloud, or restore it, and enter its client ID and secret."),
        guide="connect-to-google",
    ),
    Cause(
        slug="oauth_client_disabled",
        who="operator",
        tell="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Google has disabled the client"),
        happened=_("The OAuth client exists, but Google has switched it off."),
        todo=_("Open the project in Google Cloud, settle the notice shown there, or register a new client."),
        guide="connect-to-google",
    ),
)
