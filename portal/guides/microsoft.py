"""Guides for the app registration at Microsoft and what people and the app do with it.

They leave out what other products' manuals ask for and nothing needs: implicit grant, security defaults off, EWS.
"""

from django.utils.translation import gettext_lazy as _

from diagnosis.readers import Reader
from mailsettings import retirements
from portal.guides.shape import Guide, Step

_LEARN = "https://learn.microsoft.com/"
_ENTRA = _("The person who looks after Microsoft Entra: at least the role Cloud Application Administrator.")

APP_REGISTRATION = Guide(
    slug="app-registration",
    title=_("Register the app at Microsoft"),
    summary=_("The entry in Microsoft Entra that Connect to Microsoft and app-only sending use."),
    reader=Reader.IT,
    for_whom=_ENTRA,
    minutes=_("15 minutes"),
    steps=(
        Step(_("Open <b>entra.microsoft.com</b> → <b>App registrations</b> → <b>New registration</b>. Any name will "
               "do. Supported account types: <b>this organizational directory only</b>."), proof="registered"),
        Step(_("Under <b>Redirect URI</b> choose the platform <b>Web</b> and paste this address:"),
             values=("callback_url",), proof="callback"),
        Step("", part="mailsettings/_permissions.html", proof="permissions"),
        Step(_("Under <b>Certificates &amp; secrets</b> make a <b>New client secret</b>, and copy its <b>Value</b> at "
               "once: it is shown only then. Or make a certificate on the page named below, and upload its public "
               "part here; then nothing secret is copied."), page="app-credential", proof="credential",
             handed=_("Under <b>Certificates &amp; secrets</b> make a <b>New client secret</b>, and copy its "
                      "<b>Value</b> at once: it is shown only then. Or upload the public part of a certificate of "
                      "yours there, and hand its .pfx or .pem file back here.")),
        Step(_("From <b>Overview</b> take the <b>Directory (tenant) ID</b> and the <b>Application (client) ID</b>, and "
               "enter both with the secret and its end date in this portal:"), values=("tenant_id", "client_id"),
             page="settings-office365", proof="credential",
             handed=_("From <b>Overview</b> take the <b>Directory (tenant) ID</b> and the <b>Application (client) "
                      "ID</b>, and hand them back:")),
    ),
    notes=(
        _("Leave <b>Access tokens</b> and <b>ID tokens</b> (implicit grant) unticked. Some manuals ask for them; the "
          "sign-in used here does not need them."),
        _("Leave <b>security defaults</b> on. Nothing here needs them switched off, although some manuals say so."),
        _("A registration for one directory needs no verified publisher. One for several directories does, or people "
          "there cannot allow it."),
    ),
    see=("tenant-client-secret", "callback-address", "admin-consent", "connect-to-microsoft"),
    sources=(f"{_LEARN}entra/identity-platform/quickstart-register-app",
             f"{_LEARN}entra/identity-platform/v2-oauth2-auth-code-flow"),
)  # fmt: skip

TENANT_CLIENT_SECRET = Guide(
    slug="tenant-client-secret",
    title=_("Find the tenant ID, the client ID and the secret’s value"),
    summary=_("The three values that the mail settings ask for, and the two that are often taken for them."),
    reader=Reader.ADMIN,
    for_whom=_("The company’s administrator of this portal, with somebody who may open Microsoft Entra."),
    minutes=_("5 minutes"),
    steps=(
        Step(_("Open <b>entra.microsoft.com</b> → <b>App registrations</b> → <b>All applications</b>, and the app.")),
        Step(_("On its <b>Overview</b>: <b>Application (client) ID</b> and <b>Directory (tenant) ID</b>. Not the "
               "<b>Object ID</b>, which stands between them and looks the same."), values=("client_id", "tenant_id")),
        Step(_("<b>Certificates &amp; secrets</b> → <b>New client secret</b>. At most 24 months can be chosen; your "
               "organisation may allow less. Copy the column <b>Value</b>, not <b>Secret ID</b>, before you leave the "
               "page: it is never shown again.")),
        Step(_("Enter them here, with the day on which the secret <b>expires</b>: this portal warns before it."),
             page="settings-office365"),
    ),
    notes=(
        _("A lost value cannot be looked up. Make a new secret; the old one works until you delete it."),
        _("A value that looks like <code>00000000-0000-0000-0000-000000000000</code> is an ID and not a secret."),
        _("To change an ending secret without a gap, put the new one beside it: it takes over once it has been tried."),
    ),
    see=("app-registration", "callback-address"),
    sources=(f"{_LEARN}entra/identity-platform/how-to-add-credentials",),
)  # fmt: skip

CALLBACK_ADDRESS = Guide(
    slug="callback-address",
    title=_("Enter or change the callback address"),
    summary=_("Where Microsoft sends people back to. It has to be the same to the letter."),
    reader=Reader.IT,
    for_whom=_ENTRA,
    minutes=_("5 minutes"),
    steps=(
        Step(_("Open the app under <b>entra.microsoft.com</b> → <b>App registrations</b> → <b>Authentication</b>.")),
        Step(_("Under the platform <b>Web</b> (<b>Add a platform</b> → <b>Web</b> if there is none) add exactly this "
               "address:"), values=("callback_url",)),
        Step(_("Delete the same address wherever it stands under <b>Single-page application</b> or <b>Mobile and "
               "desktop applications</b>: there it is refused with a secret.")),
        Step(_("Press <b>Save</b>, wait a minute or two, and start the connection again.")),
        Step(_("A registration that lists this older address already can keep it; choose that form here instead."),
             values=("old_callback_url",), page="settings-office365"),
    ),
    notes=(
        _("Capital and small letters count, and so do http or https, the port, and a slash at the end."),
        _("When this portal gets another address or your company another code, add the new address first and delete "
          "the old one last."),
    ),
    see=("app-registration",),
    sources=(f"{_LEARN}entra/identity-platform/reply-url",),
)  # fmt: skip

ADMIN_CONSENT = Guide(
    slug="admin-consent",
    title=_("Approve the app for everybody (admin consent)"),
    summary=_("In many organisations only an administrator may allow what the app asks for."),
    reader=Reader.IT,
    for_whom=_("A Microsoft Entra administrator who may grant consent: for Graph’s application permissions a "
               "Privileged Role Administrator, else also a Cloud Application Administrator."),
    minutes=_("5 minutes"),
    steps=(
        Step(_("The administrator of this portal opens the page named below and forwards its text, or presses the "
               "button there if it is the same person."), page="settings-approval"),
        Step(_("Sign in at Microsoft as the administrator, compare the app’s ID, and press <b>Accept</b>."),
             values=("client_id",), proof="permissions",
             handed=_("Press <b>Approve at Microsoft</b> on this page; the button is there once the app’s IDs are "
                      "known. Sign in as the administrator, compare the app’s ID, and press <b>Accept</b>.")),
        Step(_("Or in <b>entra.microsoft.com</b> → <b>App registrations</b> → the app → <b>API permissions</b>: press "
               "<b>Grant admin consent</b>."), proof="permissions"),
        Step(_("Back here press <b>Check the approval</b>: a token is asked for, which shows what was allowed. Then "
               "people connect again."), page="settings-approval"),
    ),
    notes=(
        _("Since November 2025 Microsoft’s own policy for consent asks for an administrator in more and more cases of "
          "mail permissions. What people allowed before stays."),
        _("Do not approve <code>Mail.Send</code> as an <b>application</b> permission when the app is to be limited to "
          "some mailboxes: that approval covers all of them."),
    ),
    see=("app-registration", "app-only-graph", "connect-to-microsoft"),
    sources=(f"{_LEARN}entra/identity-platform/v2-admin-consent",
             f"{_LEARN}entra/identity/enterprise-apps/grant-admin-consent"),
)  # fmt: skip

CONNECT = Guide(
    slug="connect-to-microsoft",
    title=_("Connect my mailbox to Microsoft"),
    summary=_("Sign in at Microsoft once; no password is stored here."),
    reader=Reader.USER,
    for_whom=_("Everybody who sends from a mailbox of their own in Microsoft 365."),
    minutes=_("2 minutes"),
    before=(_("Your company’s administrator has filled in the Office 365 settings."),),
    steps=(
        Step(_("Open your profile and press <b>Connect to Microsoft</b>."), page="profile"),
        Step(_("Choose <b>your own work account</b> at Microsoft. If another one is offered, press <b>Use another "
               "account</b>."), values=("own_address",)),
        Step(_("Confirm with your second factor if you are asked, and press <b>Accept</b>.")),
        Step(_("Back on your profile send yourself a test."), page="profile"),
    ),
    notes=(
        _("It has to be finished within ten minutes, in one browser window, without going back."),
        _("<b>Need admin approval</b> means that an administrator has to allow the app first: send them the text that "
          "the page shows."),
        _("A connection ends when it is not used for 90 days, when an administrator ends your sessions or resets your "
          "password, or when you take the permission away. Changing your own password does not end it."),
    ),
    see=("admin-consent", "send-as"),
    sources=(f"{_LEARN}entra/identity-platform/refresh-tokens",),
)  # fmt: skip

APP_ONLY_GRAPH = Guide(
    slug="app-only-graph",
    title=_("Let the app send by itself, from some mailboxes only"),
    summary=_("App-only sending by Microsoft Graph, limited with RBAC for Applications."),
    reader=Reader.IT,
    for_whom=_("An Exchange administrator who may also read app registrations (Organization Management)."),
    minutes=_("20 minutes, then up to 2 hours until Exchange acts on it"),
    before=(_("The app is registered, with a secret or a certificate."),),
    steps=(
        Step(_("Under <b>API permissions</b> take away the consent to the <b>application</b> permission "
               "<code>Mail.Send</code>, if there is one. Rights add up, and that one covers every mailbox.")),
        Step(_("Run this in PowerShell. It looks up the right object ID, makes a group for the mailboxes, and gives "
               "the app the right for that group."), script="limited_graph", proof="mailbox"),
        Step(_("The last line has to show <b>InScope: True</b> for a mailbox of the group, and False for any other.")),
        Step(_("Choose <b>by Microsoft Graph</b> here, and send a test."), page="settings-app-only"),
    ),
    notes=(
        _("If the app really is to send as everybody: <b>API permissions</b> → Microsoft Graph → <b>Application "
          "permissions</b> → <code>Mail.Send</code>, then <b>Grant admin consent</b>, and none of the above."),
        _("Application access policies do the same in an older way; Microsoft calls them legacy."),
        _("Files over 4 MB need the role <code>Application Mail.ReadWrite</code> besides, given in the same way."),
        _("<b>Access to OData is disabled</b> means that the mailbox is outside the group, or Exchange has not acted "
          "on it yet."),
    ),
    see=("app-registration", "tenant-client-secret", "smtp-send-as-app"),
    sources=(f"{_LEARN}exchange/permissions-exo/application-rbac",
             f"{_LEARN}graph/auth-limit-mailbox-access"),
)  # fmt: skip

PASSWORD_FLOW = Guide(
    slug="password-flow",
    title=_("User name and password at Microsoft, and its limits"),
    summary=_("The method that other programs call user name/password; Microsoft advises against it."),
    reader=Reader.ADMIN,
    for_whom=_("The company’s administrator, before choosing this way. Connect to Microsoft does the same without a "
               "stored password."),
    minutes=_("10 minutes"),
    before=(
        _("It cannot work for accounts with a second factor, and security defaults ask everybody for one."),
        _("Nor for accounts whose password another service checks (federation), personal accounts, and guests."),
    ),
    steps=(
        Step(_("Register the app with the <b>delegated</b> permission <code>Mail.Send</code>, and have it approved for "
               "everybody: nobody can be asked while signing in by password."), page="settings-approval"),
        Step(_("Enter the directory’s own ID, never <code>common</code> or <code>organizations</code>."),
             values=("tenant_id",), page="settings-office365"),
        Step(_("Each person stores the password of their Microsoft account."), page="profile-password"),
    ),
    notes=(
        _("<b>Allow public client flows</b> is not needed, as the app has a secret or certificate."),
        _("Manuals that name <code>EWS.AccessAsUser.All</code>, port 443 or SSL off describe Exchange Web Services, "
          "which are ending. This portal sends by Microsoft Graph."),
        _("A wrong password is tried once and then not again until it is changed here, so that the account is not "
          "locked."),
    ),
    retirements=(retirements.EWS,),
    see=("connect-to-microsoft", "what-ends-when", "admin-consent"),
    sources=(f"{_LEARN}entra/identity-platform/v2-oauth-ropc",),
)  # fmt: skip

GUIDES = (APP_REGISTRATION, TENANT_CLIENT_SECRET, CALLBACK_ADDRESS, ADMIN_CONSENT, CONNECT, APP_ONLY_GRAPH,
          PASSWORD_FLOW)  # fmt: skip
