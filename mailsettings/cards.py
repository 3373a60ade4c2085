"""The cards of the mail settings page: each way of sending, and how far its settings are."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Company
from mailsettings import app_credentials, catalog, credentials, effects, needs, retirements
from mailsettings.catalog import Method
from mailsettings.models import (
    AppOnlySettings,
    CompanyMailSettings,
    CredentialKind,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
)

SOON_DAYS = 30

PAGES = {
    catalog.MICROSOFT_GRAPH: "settings-office365",
    catalog.MICROSOFT_SMTP: "settings-office365",
    catalog.GOOGLE_API: "settings-google",
    catalog.GOOGLE_SMTP: "settings-google",
    catalog.SMTP_PASSWORD: "settings-smtp",
    catalog.GRAPH_PASSWORD: "settings-office365",
    catalog.GRAPH_APP: "settings-app-only",
    catalog.SMTP_APP: "settings-app-only",
    catalog.COMPANY_MAILBOX: "company-mailbox",
    catalog.COMPANY_SMTP: "settings-smtp",
}


@dataclass(frozen=True, slots=True)
class State:
    """`tone` and `word` make the pill; `note` is a sentence when there is something to say."""

    tone: str
    word: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    label: str | Promise
    summary: str | Promise
    state: State
    url: str  # empty when there is nothing to fill in
    warning: str | Promise = ""  # what speaks against this way
    method: str = ""  # slug of the catalogue
    people: int = 0  # whose mail leaves by it now


def cards(company: Company) -> list[Card]:
    """One card for each method of the catalogue, in the ladder's order."""
    found = effects.senders(company)
    return [_card(company, method, found.get(method.slug, 0)) for method in catalog.METHODS.values()]


def _card(company: Company, method: Method, people: int) -> Card:
    if not company.allows(method.slug):
        note = _("Ask the people who run this portal if you need it.")
        return Card(method.label, method.summary, State("plain", _("not allowed by the operator"), note), "")
    page = PAGES.get(method.slug)
    url = reverse(page, args=[company.code]) if page else ""
    return Card(
        method.label, method.summary, _state(company, method.slug), url, method.warning, method.slug, people
    )


def _state(company: Company, method: str) -> State:
    """What the panel beside the form tells comes first, so that the two cannot disagree."""
    if reason := needs.unused(needs.policy_of(company), method):
        return State("info", _("not used"), reason)
    found = needs.of_method(company, method)
    if found:
        return _attention(" ".join(need.text for need in found))
    return _not_set_up() if found is None else _STATES[method](company)


def _not_set_up() -> State:
    return State("plain", _("not set up"))


def _attention(note: str) -> State:
    return State("warn", _("needs attention"), note)


def _microsoft(company: Company) -> State:
    app = MicrosoftApp.objects.filter(company=company).first()
    if app is None:
        return _not_set_up()
    if found := needs.registration(company):
        return _attention(" ".join(need.text for need in found))
    secret = app_credentials.current(company)
    if secret.expires_on and secret.expires_on <= company.today + timedelta(days=SOON_DAYS):
        facts = {
            "what": secret.get_kind_display(),
            "day": date_format(secret.expires_on, "SHORT_DATE_FORMAT"),
        }
        return _attention(_("The %(what)s ends on %(day)s. Replace it before then.") % facts)
    return State("good", _("saved"))


def _graph_app(company: Company) -> State:
    return _app_only(company, "use_graph")


def _smtp_app(company: Company) -> State:
    return _app_only(company, "use_smtp")


def _app_only(company: Company, switch: str) -> State:
    row = AppOnlySettings.objects.filter(company=company).first()
    if row is None or not getattr(row, switch):
        return _not_set_up()
    app = _microsoft(company)
    if app.tone == "warn":
        return app
    if row.as_person:
        return State("good", _("saved"), _("As each person."))
    return State("good", _("saved"), _("As %(mailbox)s.") % {"mailbox": row.mailbox})


def _company_mailbox(company: Company) -> State:
    row = CompanyMailSettings.objects.filter(company=company, use_fallback_mailbox=True).first()
    if row is None:
        return _not_set_up()
    return State("good", _("saved"), _("As %(mailbox)s.") % {"mailbox": row.fallback_mailbox})


def _own_password(company: Company) -> State:
    server = SmtpServer.objects.filter(company=company).first()
    return _saved_server(catalog.SMTP_PASSWORD, server) if server else _not_set_up()


def _google_api(company: Company) -> State:
    return _google(company, catalog.GOOGLE_API)


def _google_smtp(company: Company) -> State:
    return _google(company, catalog.GOOGLE_SMTP)


def _google(company: Company, method: str) -> State:
    """The company sends by one of the two; the other one's card says so."""
    app = GoogleApp.objects.filter(company=company).first()
    if app is None or app.method != method:
        return _not_set_up()
    if credentials.stored(company, CredentialKind.GOOGLE_CLIENT_SECRET) is None:
        return _attention(_("The client secret is missing. Store a new one."))
    return State("good", _("saved"))


def _gmail(company: Company) -> State:
    return State(
        "good",
        _("ready"),
        _("The server is filled in. Each person stores their app password in their profile."),
    )


def _company_server(company: Company) -> State:
    server = SmtpServer.objects.filter(company=company).first()
    return _saved_server(catalog.COMPANY_SMTP, server) if server else _not_set_up()


def _saved_server(method: str, server: SmtpServer) -> State:
    ending = retirements.of_way(method, server)
    if ending:
        return State("warn", _("ending"), f"{server}. {ending.title} {ending.text}")
    return State("good", _("saved"), str(server))


_STATES = {
    catalog.MICROSOFT_GRAPH: _microsoft,
    catalog.MICROSOFT_SMTP: _microsoft,
    catalog.GOOGLE_API: _google_api,
    catalog.GOOGLE_SMTP: _google_smtp,
    catalog.SMTP_PASSWORD: _own_password,
    catalog.GRAPH_PASSWORD: _microsoft,
    catalog.GMAIL_APP_PASSWORD: _gmail,
    catalog.GRAPH_APP: _graph_app,
    catalog.SMTP_APP: _smtp_app,
    catalog.COMPANY_MAILBOX: _company_mailbox,
    catalog.COMPANY_SMTP: _company_server,
}
