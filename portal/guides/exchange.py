"""Guides for Exchange Online: SMTP with and without a person, rights on mailboxes, and what ends when."""

from django.utils.translation import gettext_lazy as _

from diagnosis.readers import Reader
from mailsettings import retirements
from portal.guides.shape import Guide, Step

_LEARN = "https://learn.microsoft.com/"
_EXCHANGE = _("An Exchange administrator, with Exchange Online PowerShell.")
_DELAY = _("Exchange takes 15 to 30 minutes to act on a change; for a new mailbox up to a day.")

SMTP_SEND_AS_APP = Guide(
    slug="smtp-send-as-app",
    title=_("Let the app send by SMTP (SMTP.SendAsApp)"),
    summary=_("App-only sending through Exchange’s mail server, from the mailboxes you name."),
    reader=Reader.IT,
    for_whom=_EXCHANGE,
    minutes=_("20 minutes, then 15 to 30 until Exchange acts on it"),
    before=(_("The app is registered, with a secret or a certificate."),),
    steps=(
        Step(_("<b>API permissions</b> → Add a permission → <b>APIs my organization uses</b> → <b>Office 365 Exchange "
               "Online</b> → <b>Application permissions</b>: <code>SMTP.SendAsApp</code>. Then <b>Grant admin "
               "consent</b>."), proof="role"),
        Step(_("Run this in PowerShell. It makes the app known to Exchange with the object ID of the <b>enterprise "
               "application</b>, gives it the mailbox, and allows Authenticated SMTP there."), script="smtp_as_app",
             proof="mailbox"),
        Step(_("Choose <b>by Exchange’s SMTP server</b> here and enter the mailbox. The rest follows by itself:"),
             values=("smtp_host", "token_url", "smtp_scope"), page="settings-app-only"),
        Step(_("Wait half an hour, then send a test."), page="test-send"),
    ),
    notes=(
        _("<b>535 5.7.3</b> reads the same for four mistakes: the permission or its consent is missing, the object ID "
          "is the one of the app registration, the mailbox is not shared with the app, or it is too early."),
        _("Older instructions write <code>-ServiceId</code> for <code>-ObjectId</code>. Security defaults stay on."),
        _DELAY,
    ),
    see=("authenticated-smtp", "app-only-graph", "tenant-client-secret"),
    sources=(f"{_LEARN}exchange/client-developer/legacy-protocols/"
             "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",),
)  # fmt: skip

AUTHENTICATED_SMTP = Guide(
    slug="authenticated-smtp",
    title=_("Allow Authenticated SMTP for a mailbox"),
    summary=_("The switch without which Exchange takes no mail by SMTP, and why it may be missing."),
    reader=Reader.IT,
    for_whom=_EXCHANGE,
    minutes=_("5 minutes, then up to an hour"),
    steps=(
        Step(_("<b>admin.microsoft.com</b> → <b>Users</b> → <b>Active users</b> → the person → <b>Mail</b> → <b>Manage "
               "email apps</b>: tick <b>Authenticated SMTP</b>, and save."), proof="sign_in"),
        Step(_("If the switch is missing there (for a shared mailbox, or without a licence), or if the organisation "
               "has it off, PowerShell does it for this one mailbox:"), script="allow_smtp", proof="sign_in"),
        Step(_("Wait up to an hour, then send a test."), page="test-send"),
    ),
    notes=(
        _("The parameter is <code>-SmtpClientAuthenticationDisabled $false</code>. Some manuals print "
          "<code>-SmtpClientAuthenticationEnabled $true</code>, which does not exist."),
        _("What is set for the mailbox goes before what is set for the organisation, so nothing has to be opened for "
          "everybody."),
        _("<b>535 5.7.139</b> in spite of it, with a password: security defaults or a Conditional Access policy refuse "
          "passwords. Use Connect to Microsoft rather than switching them off."),
    ),
    retirements=(retirements.SMTP_PASSWORDS,),
    see=("what-ends-when", "connect-to-microsoft", "smtp-send-as-app"),
    sources=(f"{_LEARN}exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission",),
)  # fmt: skip

SEND_AS = Guide(
    slug="send-as",
    title=_("Let somebody send as another mailbox"),
    summary=_("Send As and Send on Behalf: the rights for a From address that is not one’s own."),
    reader=Reader.IT,
    for_whom=_EXCHANGE,
    minutes=_("5 minutes, then up to an hour"),
    steps=(
        Step(_("Give the right in PowerShell, for each person one of the two lines. Put the person who is to send in "
               "the first."), script="send_as"),
        Step(_("Choose the same under <b>From, when a person’s connection sends</b>."), page="settings-policy"),
        Step(_("People who connected before connect once more if their profile says so: by Graph the permission "
               "<code>Mail.Send.Shared</code> is needed besides."), page="profile"),
    ),
    notes=(
        _("Nothing tells from outside who holds the right; a test message does."),
        _("In the admin centre: <b>Teams &amp; groups</b> → <b>Shared mailboxes</b> → the mailbox → <b>Send as</b> or "
          "<b>Send on behalf of</b> permissions."),
        _("At Google another From address has to be an alias of the account; Gmail replaces any other."),
    ),
    see=("connect-to-microsoft",),
    sources=(f"{_LEARN}graph/outlook-send-mail-from-other-user",
             f"{_LEARN}exchange/recipients-in-exchange-online/manage-permissions-for-recipients"),
)  # fmt: skip

WHAT_ENDS_WHEN = Guide(
    slug="what-ends-when",
    title=_("What Microsoft and Google switch off, and when"),
    summary=_("Passwords for SMTP, Exchange Web Services, and what is off already."),
    reader=Reader.ADMIN,
    for_whom=_("Everybody who plans the company’s mail."),
    minutes=_("5 minutes to read"),
    steps=(
        Step(_("See who still sends with a password, and let them connect."), page="people"),
        Step(_("Change from a password to Connect to Microsoft, or to app-only sending."), page="settings-office365"),
    ),
    notes=(
        _("The dates of March and April 2026 that are still found for SMTP are void, and so is September 2025."),
        _("Exchange’s High Volume Email (<code>smtp-hve.office365.com</code>) sends within one organisation only. It "
          "is no way out for mail to customers."),
    ),
    retirements=retirements.ALL,
    see=("connect-to-microsoft", "authenticated-smtp", "google-app-password"),
)  # fmt: skip

GUIDES = (SMTP_SEND_AS_APP, AUTHENTICATED_SMTP, SEND_AS, WHAT_ENDS_WHEN)
