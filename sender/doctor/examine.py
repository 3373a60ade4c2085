"""The whole check of one way of sending: which steps, in which order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from mailsettings import catalog
from mailsettings.clouds import Cloud, cloud
from mailsettings.models import MicrosoftApp
from oauth import app_tokens, tokens
from oauth.errors import TokenError
from oauth.models import Resource
from oauth.registration import SMTP_SEND
from sender import actions, outbox, sign_in
from sender.doctor import scope
from sender.doctor.domain import DomainSteps
from sender.doctor.gmail import GmailSteps
from sender.doctor.graph import GraphSteps, why_exchange_refuses
from sender.doctor.message import WAIT_S, RealMessage
from sender.doctor.smtp import SmtpSteps, can_sign_in_as
from sender.doctor.steps import Book, Failed, Planned, Said, Words
from sender.doctor.subject import Subject, subject_of, what_is_lacking
from sender.doctor.token import Shown, shown_by
from sender.models import Health, SendingMailbox
from sender.routing import NoRoute
from sender.transports.base import TransportError
from sender.transports.gmail import GmailTransport
from sender.transports.graph_calls import GraphSettings

_OF_AN_APP = "client_credentials"
_UNSAID = ("xoauth2_token_rejected", "smtp_auth_rejected_generic")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do besides looking: `send_to` gets a real message, `outside` is a mailbox the app must not reach."""

    send_to: str = ""
    outside: str = ""
    asked_by: str = ""
    wait_s: float = WAIT_S
    key: str = ""  # of the real message, which is sent once under it
    should_stop: Callable[[], bool] = lambda: False


def examine(person: Membership, wanted: Wanted, tell: Callable[[Book], None] = lambda book: None) -> Book:
    """Check the way this person's mail goes now. Wakes the mailbox when no step failed."""
    book = Book(tell)
    subject = _settings(book, person)
    if subject is not None:
        examine_way(subject, wanted, book)
    return book


def examine_way(subject: Subject, wanted: Wanted, book: Book) -> None:
    """The same for a way that is known. A real message goes only by the way of the person."""
    examination = _Examination(subject, wanted)
    with examination.closed():
        if not examination.walk(book):
            return
    if not subject.mailbox._state.adding:
        _settled(subject.mailbox)


def _settled(stored: SendingMailbox) -> None:
    """It works: what a slot met before pauses it no more."""
    stored.refresh_from_db(fields=["health"])
    if stored.health != Health.READY:
        actions.wake(stored)
    else:
        outbox.mended(SendingMailbox.objects.filter(pk=stored.pk))


def _settings(book: Book, person: Membership) -> Subject | None:
    """The first step; the subject when there is a way."""
    found: list[Subject] = []

    def look() -> Said:
        try:
            found.append(subject_of(person))
        except NoRoute as none:
            rung = what_is_lacking(none)
            method = catalog.METHODS[rung.method]
            why = Words(method.provider, method.flow).of_cause(rung.cause)
            raise Failed(why, f"{rung.label}: {rung.reason}") from None
        return Said(f"{found[0].route.label}. {found[0].route.reason}")

    book.walk([Planned("settings", gettext_lazy("Settings are complete"), look)], Words("other", "basic"))
    if not found:
        book.not_tried("sign_in", _("Connection, sign-in and mailbox"))
    return next(iter(found), None)


class _Examination:
    def __init__(self, subject: Subject, wanted: Wanted) -> None:
        self.subject = subject
        self.wanted = wanted
        self.words = subject.words
        self.by_smtp: SmtpSteps | None = None
        self.by_web: GraphSteps | GmailSteps | None = None
        self._shown = Shown("", frozenset(), "", is_app=False)

    @contextmanager
    def closed(self) -> Iterator[None]:
        try:
            yield
        finally:
            for steps in (self.by_smtp, self.by_web):
                if steps is not None:
                    steps.close()

    def walk(self, book: Book) -> bool:
        """Returns whether no step failed."""
        is_smtp = self.subject.method.transport.endswith("SmtpTransport")
        began = self._begin_smtp() if is_smtp else self._begin_web()
        if not book.walk(began, self.words):
            self._note_the_rest(book, is_smtp)
            return False
        return book.walk([*(self._smtp() if is_smtp else self.by_web.plan()), *self._ending()], self.words)

    def _note_the_rest(self, book: Book, is_smtp: bool) -> None:
        lasting = _("Server, sign-in and sender") if is_smtp else _("Permissions, mailbox and sender")
        book.not_tried("sign_in", lasting)
        if self.wanted.send_to:
            book.not_tried("message", _("A real message"))

    def _begin_smtp(self) -> list[Planned]:
        return [Planned("transport", gettext_lazy("Sign-in is stored"), self._prepare_smtp)]

    def _begin_web(self) -> list[Planned]:
        return [Planned("token", gettext_lazy("Access token"), self._prepare_web)]

    def _prepare_smtp(self) -> Said:
        settings = sign_in.transport_for(self.subject.mailbox).settings
        self.by_smtp = SmtpSteps(self.subject, settings)
        self.words = self.by_smtp.words
        if settings.authentication == "none":
            return Said(_("This server needs none."))
        return Said(_("For %(account)s.") % {"account": self.subject.route.account})

    def _prepare_web(self) -> Said:
        transport = sign_in.transport_for(self.subject.mailbox)
        settings = transport.settings
        said = self._token(settings.token, exchange=False)
        if isinstance(transport, GmailTransport):
            self.by_web = GmailSteps(self.subject, settings, self._scopes())
        else:
            self.by_web = GraphSteps(self.subject, settings, self._shown)
        return said

    def _smtp(self) -> list[Planned]:
        plan = self.by_smtp.reaching()
        if self.by_smtp.settings.authentication == "xoauth2":
            plan.append(Planned("token", gettext_lazy("Access token"), self._smtp_token))
        narrowed = {"sign_in": self._narrowed_sign_in}
        signing_in = self.by_smtp.signing_in()
        return [*plan, *(replace(one, look=narrowed.get(one.id, one.look)) for one in signing_in)]

    def _smtp_token(self) -> Said:
        said = self._token(self.by_smtp.settings.secret, exchange=True)
        if self.subject.method.provider != "microsoft":
            return said
        wanted = scope.SEND_AS_APP if self._is_app else SMTP_SEND
        if not self._shown.has(wanted):
            cause = "app_permission_not_configured" if self._is_app else "consent_missing"
            text = _("The token shows no %(permission)s.") % {"permission": wanted}
            raise Failed(self.words.of_cause(cause), text)
        return said

    def _token(self, fetch: Callable[[bool], str], *, exchange: bool) -> Said:
        self._shown = shown_by(fetch(False))
        place = self._cloud()
        if place is None:  # Google's cannot be read
            names = {"scopes": ", ".join(sorted(self._scopes()))}
            return Said(_("There is one. Granted were: %(scopes)s.") % names)
        shown = self._shown
        names = {
            "who": shown.who or self.subject.route.account,
            "what": ", ".join(sorted(shown.permissions)) or _("no permission"),
            "audience": shown.audience,
        }
        if not shown.is_for(place, exchange=exchange):
            text = _("It is for %(audience)s, which is another service.") % names
            raise Failed(self.words.of_cause("access_token_wrong_audience"), text)
        return Said(_("For %(who)s, at %(audience)s. It shows: %(what)s.") % names)

    def _narrowed_sign_in(self) -> Said:
        """Exchange's 535 5.7.3 is the same for several causes; what token and Graph show tells them apart."""
        try:
            return self.by_smtp.sign_in()
        except Failed as failed:
            why = failed.explanation
            if why.cause not in _UNSAID or self.by_smtp.settings.authentication != "xoauth2":
                raise
            if self.subject.method.provider != "microsoft":
                raise
            cause = self._what_graph_says() or ("mailbox_access_not_granted" if self._is_app else why.cause)
            narrowed = self.by_smtp.words.of_cause(cause, why.raw)
            others = {"smtp_auth_disabled_mailbox", *why.alternatives} - {cause}
            raise Failed(replace(narrowed, alternatives=tuple(sorted(others)))) from None

    def _what_graph_says(self) -> str:
        settings = GraphSettings(
            graph_url=self._cloud().graph,
            token=lambda force: self._graph_token(),
            mailbox=self.subject.route.account if self._is_app else None,
            ca_bundle=self.by_smtp.settings.ca_bundle,
        )
        try:
            return why_exchange_refuses(settings, self.words)
        except (TokenError, TransportError):
            return ""

    def _graph_token(self) -> str:
        if self._is_app:
            return app_tokens.app_token(self.subject.company, Resource.GRAPH)
        return tokens.access_token(sign_in.connection_of(self.subject.mailbox), Resource.GRAPH)

    def _ending(self) -> list[Planned]:
        plan = DomainSteps(self.subject, self.words.provider).plan()
        if self._is_app:
            plan.append(Planned("scope", gettext_lazy("Not more rights than needed"), self._scope))
        if self.wanted.send_to:
            wanted = self.wanted
            how = {"wait_s": wanted.wait_s, "key": wanted.key, "should_stop": wanted.should_stop}
            real = RealMessage(self.subject, wanted.send_to, wanted.asked_by, **how)
            plan.append(Planned("message", gettext_lazy("A real message"), real.send))
            if isinstance(self.by_web, GraphSteps):
                real.copy_of = self.by_web.has_copy
                plan.append(Planned("copy", gettext_lazy("Copy in Sent Items"), real.find_copy))
        return plan

    def _scope(self) -> Said:
        outside = self.wanted.outside
        if self.by_smtp is not None:
            return scope.by_smtp(outside, lambda mailbox: can_sign_in_as(self.by_smtp.settings, mailbox))
        return scope.by_graph(outside, self._shown, self.by_web.can_open)

    @property
    def _is_app(self) -> bool:
        return self.subject.method.flow == _OF_AN_APP

    def _cloud(self) -> Cloud | None:
        """Microsoft's, for its ways; None for others."""
        if self.subject.route.method not in catalog.OF_THE_APP:
            return None
        app = MicrosoftApp.objects.filter(company=self.subject.company).first()
        return cloud(app.cloud) if app else None

    def _scopes(self) -> list[str]:
        return list(sign_in.connection_of(self.subject.mailbox).scopes)
