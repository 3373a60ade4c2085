"""Guides for passwords, for Google, and for mail servers of any kind."""

from django.utils.translation import gettext_lazy as _

from diagnosis.readers import Reader
from mailsettings import retirements
from portal.guides.shape import Guide, Step

EMAIL_PASSWORD = Guide(
    slug="email-password",
    title=_("Store my e-mail password"),
    summary=_("For a mailbox that is not at Microsoft or Google: the password of the mailbox itself."),
    reader=Reader.USER,
    for_whom=_("Everybody whose company sends through its own mail server with people’s own passwords."),
    minutes=_("2 minutes"),
    steps=(
        Step(_("Sign in at your provider’s web mail once, to see that user name and password are right.")),
        Step(_("Store the password here. The user name is your full address, unless your provider says otherwise."),
             values=("own_address", "server"), page="profile-password"),
        Step(_("Send yourself a test."), page="test-send"),
    ),
    notes=(
        _("When you change the password at your provider, store the new one here: the old one may lock the mailbox."),
        _("With two-step verification providers ask for an app password instead; make one in your account’s security "
          "settings there."),
        _("Nobody can read it here. It is sent to your company’s mail server only, when a message of yours leaves."),
    ),
    retirements=(retirements.SMTP_PASSWORDS,),
    see=("connect-to-microsoft", "google-app-password", "smtp-server"),
)  # fmt: skip

GOOGLE_APP_PASSWORD = Guide(
    slug="google-app-password",
    title=_("Make a Gmail app password"),
    summary=_("16 letters that Google makes for one program; your own password does not work."),
    reader=Reader.USER,
    for_whom=_("Everybody with a Gmail or Google Workspace mailbox whose company does not use Connect to Google."),
    minutes=_("5 minutes"),
    before=(_("2-Step Verification is on in your Google Account; without it there are no app passwords."),),
    steps=(
        Step(_("Open <b>myaccount.google.com/apppasswords</b>, type a name such as Postroom, and press "
               "<b>Create</b>.")),
        Step(_("Copy the 16 letters, with or without the spaces: Google shows them only once.")),
        Step(_("Store them here, then send yourself a test."), page="profile-gmail"),
    ),
    notes=(
        _("<b>The setting you are looking for is not available</b>: your organisation forbids app passwords, 2-Step "
          "Verification uses security keys only, or the account is under Advanced Protection."),
        _("Changing your Google password removes all app passwords. Make a new one then."),
        _("Google does not recommend app passwords; Connect to Google needs none."),
    ),
    see=("connect-to-google",),
    sources=("https://support.google.com/accounts/answer/185833",),
)  # fmt: skip

CONNECT_TO_GOOGLE = Guide(
    slug="connect-to-google",
    title=_("Set up Google, then connect each person"),
    summary=_("An OAuth client in Google Cloud, then one sign-in each; no password is stored here."),
    reader=Reader.ADMIN,
    for_whom=_("The company’s administrator, with somebody who may use Google Cloud in your organisation."),
    minutes=_("20 minutes, and 2 for each person"),
    steps=(
        Step(_("<b>console.cloud.google.com</b>: make a project, and under <b>APIs &amp; Services → Library</b> enable "
               "the <b>Gmail API</b>.")),
        Step(_("<b>Google Auth Platform</b>: name the app and choose the audience <b>Internal</b>. It is for your "
               "Google Workspace and needs no verification.")),
        Step(_("<b>Clients</b> → <b>Create client</b> → <b>Web application</b>. Under <b>Authorised redirect URIs</b> "
               "paste:"), values=("google_callback_url",), proof="connected"),
        Step(_("Copy the Client ID and the client secret into the settings here."), page="settings-google",
             proof="client", handed=_("Copy the <b>Client ID</b> and the <b>client secret</b>, and hand them back:")),
        Step(_("Each person presses <b>Connect to Google</b> once."), page="profile"),
    ),
    notes=(
        _("Without Google Workspace the audience is <b>External</b>. Press <b>Publish app</b>: in <b>Testing</b> only "
          "listed people can connect, and Google ends each connection after seven days."),
        _("If your organisation lets in trusted apps only: <b>admin.google.com</b> → <b>Security → Access and data "
          "control → API controls</b>, and trust the Client ID."),
        _("A connection also ends after six months without use, or when the person takes the access away; through "
          "Gmail’s mail server also when the Google password is changed."),
    ),
    see=("google-app-password",),
    sources=("https://developers.google.com/identity/protocols/oauth2",
             "https://support.google.com/a/answer/7281227"),
)  # fmt: skip

SMTP_SERVER = Guide(
    slug="smtp-server",
    title=_("Fill in the company’s mail server"),
    summary=_("Host, port and encryption that fit together."),
    reader=Reader.ADMIN,
    for_whom=_("The company’s administrator, with what the mail provider says about outgoing mail."),
    minutes=_("5 minutes"),
    steps=(
        Step(_("Take the host name from your provider’s help, without https:// and without a port behind it."),
             values=("server",), proof="server"),
        Step(_("Port <b>587</b> goes with <b>STARTTLS</b>, port <b>465</b> with <b>TLS from the start</b>. Port 25 is "
               "for mail between servers, and is often blocked.")),
        Step(_("Save it here, then send a test."), page="settings-smtp", proof="sign_in",
             handed=_("Hand the name, the port and the encryption back:")),
    ),
    notes=(
        _("The certificate has to name the host that you enter, and come from a known authority. An own authority has "
          "to be added by the operator of this portal."),
        _("A server inside your own network is dialled only after the operator has allowed its address."),
        _("A relay without a sign-in has to know this portal’s address, and to take the From domain."),
    ),
    retirements=(retirements.SMTP_PASSWORDS,),
    see=("email-password", "sender-domain", "what-ends-when"),
    sources=("https://www.rfc-editor.org/rfc/rfc8314",),
)  # fmt: skip

SENDER_DOMAIN = Guide(
    slug="sender-domain",
    title=_("Let the From domain vouch for the mail (SPF, DKIM, DMARC)"),
    summary=_("The entries in DNS that receivers look for."),
    reader=Reader.IT,
    for_whom=_("The person who looks after the company’s DNS."),
    minutes=_("20 minutes, then up to a day until receivers see it"),
    steps=(
        Step(_("<b>SPF</b>: one TXT record of the domain that names every way out. For Microsoft 365 it contains "
               "<code>include:spf.protection.outlook.com</code>, for Google <code>include:_spf.google.com</code>, for "
               "another server what its provider says. Two SPF records are none."),
             values=("from_domain", "spf_part")),
        Step(_("<b>DKIM</b>: switch signing on where the mail leaves. Microsoft: <b>security.microsoft.com</b> → Email "
               "authentication settings → DKIM. Google: <b>admin.google.com</b> → Gmail → Authenticate email. Publish "
               "the records that are shown there.")),
        Step(_("<b>DMARC</b>: a TXT record <code>_dmarc</code> of the domain. Begin with <code>v=DMARC1; p=none; "
               "rua=mailto:…</code>, read the reports, then make it stricter."),
             values=("dmarc_name", "dmarc_record")),
        Step(_("Let this portal look: the check tells what it finds."), page="check"),
    ),
    notes=(
        _("Receivers compare the domain of the From address. Mail that leaves by another provider than the one in SPF "
          "passes only with DKIM of that domain."),
        _("Mail through Connect and app-only leaves from your own Microsoft 365 or Google, so nothing has to be added "
          "for this portal itself."),
    ),
    see=("smtp-server",),
    sources=("https://learn.microsoft.com/defender-office-365/email-authentication-about",
             "https://support.google.com/a/answer/81126"),
)  # fmt: skip

GUIDES = (EMAIL_PASSWORD, GOOGLE_APP_PASSWORD, CONNECT_TO_GOOGLE, SMTP_SERVER, SENDER_DOMAIN)
