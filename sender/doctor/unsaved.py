"""Checking settings that are not stored yet: the sign-in they are for, made with what the form holds.

Nothing is stored and no message is sent. Steps and words are those of the check of a person's way.
"""

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from diagnosis.commands import filled_in
from diagnosis.explain import Explanation, explain_cause
from mailsettings import catalog, forms
from mailsettings.checking import Found
from mailsettings.clouds import cloud
from mailsettings.forms.base import SettingsForm
from mailsettings.google import google
from mailsettings.models import Authentication, Credential, CredentialKind, MicrosoftApp
from oauth import trial
from oauth.google_registration import GoogleRegistration
from oauth.registration import Registration
from sender import sign_in
from sender.doctor.examine import Wanted, examine_way
from sender.doctor.smtp import SmtpSteps
from sender.doctor.steps import Book, Failed, Planned, Said, StepState, Words
from sender.doctor.subject import Subject
from sender.models import SendingMailbox
from sender.routing import Refused, Route, gather
from sender.rungs import of_app, of_company

PATIENCE_S = 10  # somebody looks at the page meanwhile
_OF_APP = Words("microsoft", "client_credentials")
_OF_GOOGLE = Words("google", "refresh")
_CHECK_LATER = gettext_lazy(
    "Wait a few minutes, then check again. If it lasts, look at the provider's status page."
)


def check(area: str, viewer: Membership, form: SettingsForm) -> Found:
    """Try what the valid form holds, as far as it is for this person."""
    book = Book()
    words = _CHECKS[area](viewer, form, book)
    failure = book.failure
    if failure is None:
        return Found(book.steps)
    why = explain_cause(failure.cause, raw=failure.raw, provider=words.provider, flow=words.flow)
    return Found(book.steps, _for_who_saves(replace(why, alternatives=failure.alternatives), viewer, form))


def _for_who_saves(why: Explanation, viewer: Membership, form: SettingsForm) -> Explanation:
    """Commands name the app of the form; and nothing tries settings again that are not stored."""
    typed = form.instance
    app = typed if isinstance(typed, MicrosoftApp) else None
    if app is None and why.commands:
        app = MicrosoftApp.objects.filter(company=viewer.company).first()
    named = filled_in(why, client_id=app.client_id if app else "", mailbox=getattr(typed, "account", ""))
    return replace(named, todo=_CHECK_LATER) if named.tell == "wait" else named


def _smtp(viewer: Membership, form: forms.SmtpServerForm, book: Book) -> Words:
    """The company signs in where it has a user name; people's own passwords are theirs to check."""
    server = form.instance
    is_companys = server.authentication == Authentication.NONE or bool(server.user_name)
    signs_in = server.authentication == Authentication.PASSWORD and is_companys
    words = Words("other", "basic")
    secrets: list[str] = [""]
    if signs_in and not book.walk([_stored_secret(form, secrets)], words):
        return words
    transport = sign_in.at_server(server, server.user_name if signs_in else "", secrets[-1])
    settings = replace(transport.settings, timeout_s=min(server.timeout_s, PATIENCE_S))
    steps = SmtpSteps(_at_server(viewer, form), settings)
    own = Planned("sign_in", gettext_lazy("Sign-in"), _each_with_his_own)
    try:
        book.walk([*steps.reaching(), *(steps.signing_in() if is_companys else [own])], steps.words)
    finally:
        steps.close()
    return steps.words


def _each_with_his_own() -> Said:
    text = _(
        "Each person signs in with their own password: a check or a test of theirs shows whether it works."
    )
    return Said(text, StepState.SKIP)


def _stored_secret(form: SettingsForm, secrets: list[str]) -> Planned:
    """The secret that was typed, else the stored one, is put into `secrets`."""

    def look() -> Said:
        try:
            secrets.append(form.secret or form.stored.reveal())
        except DecryptionFailed:
            raise Failed(_OF_APP.of_cause("settings_incomplete")) from None
        return Said(_("As it was typed.") if form.secret else _("As it is stored."))

    return Planned("secret", gettext_lazy("Secret"), look)


def _at_server(viewer: Membership, form: forms.SmtpServerForm) -> Subject:
    """As the company's server would be taken for this person, were it saved and switched on."""
    facts = gather(viewer)
    has_secret = facts.company_credentials | {CredentialKind.SMTP_PASSWORD: form.stored or Credential()}
    found = of_company.by_server(replace(facts, server=form.instance, company_credentials=has_secret))
    if isinstance(found, Refused):
        account, email = form.instance.user_name, viewer.user.email
        found = Route(catalog.COMPANY_SMTP, account, None, email, facts.from_name, "", "")
    return _subject(viewer, found)


def _subject(viewer: Membership, route: Route) -> Subject:
    mailbox = SendingMailbox(company=viewer.company, method=route.method, owner="", account=route.account)
    return Subject(viewer, route, gather(viewer).policy, mailbox)


def _office365(viewer: Membership, form: forms.MicrosoftAppForm, book: Book) -> Words:
    """A token for the app itself: the answer tells whether directory, app and secret are right."""
    app, secrets = form.instance, [""]

    def accepted() -> Said:
        stored = form.stored if form.stored and form.stored.is_certificate and not form.secret else None
        try:
            place = cloud(app.cloud)
        except ConfigurationError:
            raise Failed(_OF_APP.of_cause("settings_incomplete")) from None
        registration = Registration(
            cloud=place,
            tenant=app.tenant_id,
            client_id=str(app.client_id),
            callback_url="",  # nobody is sent there
            secret=secrets[-1],
            certificate=stored.certificate if stored else "",
        )
        refusal = trial.asked(registration, place.graph_scope)[1]
        if refusal is not None:
            raise Failed(refusal)
        return Said(_("Microsoft knows the directory and the app, and accepts what it signs in with."))

    accepts = Planned("token", gettext_lazy("Sign-in of the app at Microsoft"), accepted)
    book.walk([_stored_secret(form, secrets), accepts], _OF_APP)
    return _OF_APP


def _google(viewer: Membership, form: forms.GoogleAppForm, book: Book) -> Words:
    app, secrets = form.instance, [""]

    def accepted() -> Said:
        try:
            place = google()
        except ConfigurationError:
            raise Failed(_OF_GOOGLE.of_cause("settings_incomplete")) from None
        registration = GoogleRegistration(place, app.client_id, "", app.scope, secrets[-1])
        if (refusal := trial.google_refusal(registration)) is not None:
            raise Failed(refusal)
        return Said(_("Google knows the client, and accepts its secret."))

    accepts = Planned("token", gettext_lazy("Sign-in of the app at Google"), accepted)
    book.walk([_stored_secret(form, secrets), accepts], _OF_GOOGLE)
    return _OF_GOOGLE


def _app_only(viewer: Membership, form: forms.AppOnlyForm, book: Book) -> Words:
    """Each way that is switched on, as it would be taken for this person; it stops at the first that fails."""
    for switch, rung in (("use_graph", of_app.by_graph), ("use_smtp", of_app.by_smtp)):
        if getattr(form.instance, switch) and book.failure is None:
            found = rung(replace(gather(viewer), app_only=form.instance))
            if isinstance(found, Refused):
                book.walk([_lacking(found)], _OF_APP)
            else:
                examine_way(_subject(viewer, found), Wanted(), book)
    return _OF_APP


def _lacking(rung: Refused) -> Planned:
    def look() -> Said:
        raise Failed(_OF_APP.of_cause(rung.cause), rung.reason)

    return Planned("settings", gettext_lazy("Settings are complete"), look)


_CHECKS: dict[str, Callable[[Membership, SettingsForm, Book], Words]] = {
    "smtp": _smtp,
    "office365": _office365,
    "google": _google,
    "app-only": _app_only,
}
