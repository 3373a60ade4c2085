"""What can be handed to the customer's IT: the guides they follow, what shows that it was done, what they hand back."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from mailsettings import catalog

Text = str | Promise


class Brings(StrEnum):
    """Whose values come back by the form."""

    MICROSOFT = "microsoft"
    GOOGLE = "google"
    SERVER = "server"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """Something the portal can see by itself. `slug` stands at the steps of the guides that bring it about."""

    slug: str
    label: Text
    waits: Text  # how it comes to be seen, while it is not


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`asks` and `allows` tell a sceptical stranger what he is asked for, in whole sentences; `asks` has places for
    %(who)s and %(company)s. `methods` are of the catalogue.

    `skips`: steps of the guides, by their proof, that this way does not need.
    """

    slug: str
    label: Text
    asks: Text
    allows: Text
    methods: tuple[str, ...]
    guides: tuple[str, ...]
    proofs: tuple[Proof, ...]
    brings: Brings = Brings.NOTHING
    skips: frozenset[str] = frozenset()

    def is_for(self, company: Company) -> bool:
        return any(company.allows(method) for method in self.methods)


_HAND_BACK = _("Seen as soon as the values are handed back below.")
REGISTERED = Proof("registered", _("Microsoft knows the app in the directory"), _HAND_BACK)
CREDENTIAL = Proof("credential", _("Microsoft accepts the secret or the certificate"), _HAND_BACK)
CALLBACK = Proof(
    "callback",
    _("The callback address is entered"),
    _("Microsoft shows it only when somebody of the company connects."),
)
PEOPLE_MAY = Proof(
    "permissions",
    _("People may allow the app to send"),
    _("Microsoft shows it only when somebody of the company connects."),
)
APPROVED = Proof(
    "permissions",
    _("The app is approved"),
    _("Seen in the app's next token. For people's permissions: when the next of them connects."),
)
SMTP_ROLE = Proof("role", _("The app has the permission SMTP.SendAsApp"), _("Seen in the app's next token."))
MAILBOX = Proof(
    "mailbox",
    _("The app may send from the mailbox"),
    _(
        "Seen when the permission stands in the app's token. A right given in Exchange shows in none: then the "
        "first message shows it."
    ),
)
SMTP_MAILBOX = Proof(
    "mailbox",
    _("Exchange's SMTP server lets the app into the mailbox"),
    _("Seen at a sign-in. Exchange takes 15 to 30 minutes to act on a change."),
)
SIGN_IN = Proof(
    "sign_in",
    _("Exchange's SMTP server takes the sign-in"),
    _("Seen at the company's next sign-in there. Exchange takes up to an hour to act on a change."),
)
CLIENT = Proof("client", _("Google accepts the client ID and the secret"), _HAND_BACK)
CONNECTED = Proof(
    "connected",
    _("The callback address is entered and people may connect"),
    _("Google shows it only when somebody of the company connects."),
)
SERVER = Proof("server", _("The mail server answers"), _HAND_BACK)
SERVER_SIGN_IN = Proof("sign_in", _("The mail server lets the company in"), _HAND_BACK)

_AS_PEOPLE = _(
    "People of the company sign in at Microsoft themselves and allow this portal to send mail in their name. No "
    "password is stored. With the permission Mail.Send alone nobody's mail can be read."
)
_ALL = (
    Way(
        slug="connect",
        label=_("Connect to Microsoft: register the app"),
        asks=_(
            "%(who)s of %(company)s asks you to register an app in Microsoft Entra, so that the company's "
            "people can send mail through Microsoft 365."
        ),
        allows=_AS_PEOPLE,
        methods=(
            catalog.MICROSOFT_GRAPH,
            catalog.MICROSOFT_SMTP,
            catalog.GRAPH_PASSWORD,
            catalog.COMPANY_MAILBOX,
        ),
        guides=("app-registration", "admin-consent"),
        proofs=(REGISTERED, CALLBACK, PEOPLE_MAY, CREDENTIAL),
        brings=Brings.MICROSOFT,
    ),
    Way(
        slug="app-graph",
        label=_("App-only by Microsoft Graph"),
        asks=_(
            "%(who)s of %(company)s asks you to register an app in Microsoft Entra that sends the "
            "company's mail by itself."
        ),
        allows=_(
            "The app sends mail without a person, from the mailboxes you name in Exchange and from no others. It "
            "cannot read mail with that."
        ),
        methods=(catalog.GRAPH_APP,),
        guides=("app-registration", "app-only-graph"),
        proofs=(REGISTERED, CREDENTIAL, MAILBOX),
        brings=Brings.MICROSOFT,
        skips=frozenset({"callback", "permissions"}),
    ),
    Way(
        slug="app-smtp",
        label=_("App-only by Exchange's SMTP server"),
        asks=_(
            "%(who)s of %(company)s asks you to register an app in Microsoft Entra that sends the "
            "company's mail through Exchange."
        ),
        allows=_(
            "The app signs in at Exchange's SMTP server without a person, for the mailboxes you give it and for no "
            "others. In Exchange that right is named full access; by SMTP it only sends."
        ),
        methods=(catalog.SMTP_APP,),
        guides=("app-registration", "smtp-send-as-app"),
        proofs=(REGISTERED, CREDENTIAL, SMTP_ROLE, SMTP_MAILBOX),
        brings=Brings.MICROSOFT,
        skips=frozenset({"callback", "permissions"}),
    ),
    Way(
        slug="consent",
        label=_("Approve the app (admin consent)"),
        asks=_(
            "%(who)s of %(company)s asks you to approve the company's app in Microsoft Entra for "
            "everybody in the directory."
        ),
        allows=_("What you approve is listed at Microsoft before you press Accept, and in the steps below."),
        methods=catalog.OF_THE_APP,
        guides=("admin-consent",),
        proofs=(APPROVED,),
    ),
    Way(
        slug="authenticated-smtp",
        label=_("Allow Authenticated SMTP for a mailbox"),
        asks=_("%(who)s of %(company)s asks you to let a mailbox send through Exchange's SMTP server."),
        allows=_("The mailbox may sign in at Exchange's SMTP server. Nothing changes for other mailboxes."),
        methods=(catalog.MICROSOFT_SMTP, catalog.SMTP_APP, catalog.SMTP_PASSWORD, catalog.COMPANY_SMTP),
        guides=("authenticated-smtp",),
        proofs=(SIGN_IN,),
    ),
    Way(
        slug="send-as",
        label=_("Let somebody send as another mailbox"),
        asks=_(
            "%(who)s of %(company)s asks you to give people the right to send as a shared mailbox in "
            "Exchange."
        ),
        allows=_("The people you name may send with the address of the mailbox you name."),
        methods=(catalog.MICROSOFT_GRAPH, catalog.MICROSOFT_SMTP),
        guides=("send-as",),
        proofs=(),
    ),
    Way(
        slug="google",
        label=_("Connect to Google: make the OAuth client"),
        asks=_(
            "%(who)s of %(company)s asks you to make an OAuth client in Google Cloud, so that the "
            "company's people can send mail through Gmail."
        ),
        allows=_(
            "People of the company sign in at Google themselves and allow this portal to send mail in their name. No "
            "password is stored."
        ),
        methods=catalog.OF_GOOGLE,
        guides=("connect-to-google",),
        proofs=(CLIENT, CONNECTED),
        brings=Brings.GOOGLE,
    ),
    Way(
        slug="server",
        label=_("Mail server (SMTP relay)"),
        asks=_(
            "%(who)s of %(company)s asks you to name the mail server through which the company's "
            "mail may leave."
        ),
        allows=_(
            "The portal hands the company's mail to that server; you decide there what it takes from whom."
        ),
        methods=(catalog.COMPANY_SMTP, catalog.SMTP_PASSWORD),
        guides=("smtp-server",),
        proofs=(SERVER, SERVER_SIGN_IN),
        brings=Brings.SERVER,
    ),
)
WAYS: dict[str, Way] = {way.slug: way for way in _ALL}

_OF_METHOD = {catalog.GRAPH_APP: "app-graph", catalog.SMTP_APP: "app-smtp"}
_FIRST_OF = _OF_METHOD | {
    catalog.MICROSOFT_GRAPH: "connect",
    catalog.GOOGLE_API: "google",
    catalog.COMPANY_SMTP: "server",
}
_BY_METHOD = ("app-registration", "tenant-client-secret", "callback-address")  # guides of several ways


def of_company(company: Company) -> list[Way]:
    """The ways this company may hand over, as the operator allows."""
    return [way for way in WAYS.values() if way.is_for(company)]


def of_guide(guide: str, company: Company, method: str = "") -> Way | None:
    """The way that a guide belongs to; `method` decides where it belongs to several. None: nothing for IT to do."""
    if guide in _BY_METHOD:
        slugs: Iterable[str] = (_OF_METHOD.get(method, "connect"),)
    else:
        slugs = (way.slug for way in reversed(_ALL) if guide in way.guides)
    return next((WAYS[slug] for slug in slugs if WAYS[slug].is_for(company)), None)


def of_method(method: str) -> Way | None:
    """The way that sets a way of sending up; None for those that are set up along with another, or by nobody else."""
    return WAYS.get(_FIRST_OF.get(method, ""))
