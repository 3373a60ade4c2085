"""The steps of a way that goes by SMTP, over one connection made by the transport's own code."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from ssl import cert_time_to_seconds

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.net import OutgoingRefused, ascii_host, may_dial, open_socket
from core.sentences import day
from sender.doctor.steps import Failed, Planned, Said, StepState
from sender.doctor.subject import Subject
from sender.storing import from_and_envelope
from sender.transports.base import TransportError
from sender.transports.smtp import SmtpSettings
from sender.transports.smtp_connection import SmtpConnection, connect, failing_at, said

MB = 1024 * 1024
ENDS_SOON_DAYS = 14
_BASE64 = 1.37  # what a file grows by on its way


class Walked(SmtpConnection):
    """The transport's connection, with dialling and TLS from the start taken apart from the greeting."""

    def dial(self) -> None:
        settings = self.settings
        with failing_at("smtp_connect"):
            self._dialled = open_socket(settings.host, settings.port, timeout_s=settings.timeout_s)

    def protect(self) -> None:
        with failing_at("smtp_tls"):
            self._dialled = self._protected(self._dialled)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._dialled

    def ask(self, command: str, arguments: str = "") -> tuple[int, bytes]:
        with failing_at("smtp_mail"):
            return self.docmd(command, arguments)

    def hang_up(self) -> None:
        if self.sock is not None:
            self.say_goodbye()
        elif dialled := getattr(self, "_dialled", None):
            dialled.close()


class SmtpSteps:
    """`settings` are the transport's. `close` when done, whatever happened."""

    def __init__(self, subject: Subject, settings: SmtpSettings) -> None:
        self.subject = subject
        self.settings = settings
        self.words = replace(subject.words, provider=settings.provider)
        self.connection = Walked(settings)
        self._addresses: list[str] = []

    def reaching(self) -> list[Planned]:
        """Up to the server's features, before any secret is used."""
        port = Planned("port", gettext_lazy("Port answers"), self.port)
        tls = Planned("tls", gettext_lazy("TLS and certificate"), self.tls)
        greeting = Planned("greeting", gettext_lazy("Greeting"), self.greeting)
        return [
            Planned("name", gettext_lazy("Server's name"), self.name),
            Planned("address", gettext_lazy("Allowed address"), self.address),
            *([port, greeting, tls] if self.settings.security == "starttls" else [port, tls, greeting]),
            Planned("features", gettext_lazy("What the server offers"), self.features),
        ]

    def signing_in(self) -> list[Planned]:
        return [
            Planned("sign_in", gettext_lazy("Sign-in"), self.sign_in),
            Planned("sender", gettext_lazy("Right to send as From"), self.sender),
            Planned("size", gettext_lazy("Size limit"), self.size),
        ]

    def close(self) -> None:
        self.connection.hang_up()

    def name(self) -> Said:
        host = self.settings.host
        try:
            with failing_at("smtp_connect"):
                found = socket.getaddrinfo(ascii_host(host), self.settings.port, type=socket.SOCK_STREAM)
        except TransportError as error:
            raise Failed(self.words.of_error(error)) from None
        self._addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        names = {"host": host, "addresses": ", ".join(self._addresses[:4])}
        return Said(_("%(host)s leads to %(addresses)s.") % names)

    def address(self) -> Said:
        if not any(may_dial(one) for one in self._addresses):
            refused = OutgoingRefused(self.settings.host, self._addresses[0])
            raise Failed(self.words.of(f"OutgoingRefused: {refused}", "smtp_connect"))
        return Said(_("The portal may connect to it."))

    def port(self) -> Said:
        self._try(self.connection.dial)
        return Said(_("Port %(port)s takes connections.") % {"port": self.settings.port})

    def tls(self) -> Said:
        if self.settings.security == "none":
            return Said(_("Not used: the connection is not encrypted, as the settings say."), StepState.WARN)
        if self.settings.security == "tls":
            self._try(self.connection.protect)
            sock = self.connection._dialled
        else:
            self._try(self.connection.start_tls)
            sock = self.connection.sock
        return _certificate(sock.version() or "TLS", sock.getpeercert() or {})

    def greeting(self) -> Said:
        self._try(self._greet)
        return Said(_("The server greets and answers EHLO."))

    def _greet(self) -> None:
        """A port that takes the connection and then says nothing most often waits for TLS."""
        try:
            self.connection.greet()
        except TransportError as error:
            why = self.words.of_error(error)
            if why.cause != "smtp_connection_timeout" or self.settings.security == "tls":
                raise
            mismatch = self.words.of_cause("tls_port_mode_mismatch", why.raw)
            raise Failed(replace(mismatch, alternatives=(why.cause,))) from None

    def features(self) -> Said:
        features = self.connection.esmtp_features
        shown = [name.upper() for name in features if name not in ("auth", "size")]
        signs_in = features.get("auth", "").split()
        parts = [_("Sign-in: %(how)s.") % {"how": ", ".join(signs_in) or _("none offered")}]
        if shown:
            parts.append(_("Further: %(what)s.") % {"what": ", ".join(sorted(shown))})
        return Said(" ".join(parts))

    def sign_in(self) -> Said:
        if self.settings.authentication == "none":
            return Said(_("None is needed at this server, as the settings say."))
        if self.settings.security == "none":
            words = _("Signing in without TLS is refused by the portal.")
            raise Failed(self.words.of_cause("starttls_required", words))
        self._try(self.connection.sign_in)
        return Said(_("Signed in as %(name)s.") % {"name": self.settings.username})

    def sender(self) -> Said:
        """MAIL FROM is taken back by RSET: nothing is sent."""
        envelope = from_and_envelope(self.subject.route)[1]
        utf8 = not envelope.isascii() and self.connection.has_extn("smtputf8")
        code, text = self.connection.ask("MAIL", f"FROM:<{envelope}>{' SMTPUTF8' if utf8 else ''}")
        self.connection.ask("RSET")
        names = {"address": envelope, "account": self.settings.username}
        if code != 250:
            raise Failed(self.words.of(said(code, text), "smtp_mail", smtp_code=code if code > 0 else None))
        if self.subject.sends_from_its_own or self.settings.authentication == "none":
            return Said(_("The server takes mail from %(address)s.") % names)
        return Said(
            _("The server takes %(address)s so far. Some decide only when a whole message is there.") % names,
            hint=_("Send a real message with this check to be sure that %(account)s may send as it.") % names,
        )

    def size(self) -> Said:
        limit_bytes = self.connection.most_bytes
        if not limit_bytes:
            return Said(_("The server announces no limit."))
        return against_policy(limit_bytes, self.subject.policy.max_files_mb)

    def _try(self, act) -> None:
        """In the server's own words of provider, which the method alone does not know."""
        try:
            act()
        except TransportError as error:
            raise Failed(self.words.of_error(error)) from None


def against_policy(limit_bytes: int, max_files_mb: int | None) -> Said:
    """The limit, with a warning where the company promises its people more."""
    files_mb = int(limit_bytes / _BASE64 / MB)
    names = {"limit": limit_bytes // MB, "files": files_mb, "promised": max_files_mb}
    text = _("Messages up to %(limit)s MB, which is about %(files)s MB of files.") % names
    if max_files_mb and max_files_mb > files_mb:
        hint = _("The company's mail settings allow %(promised)s MB of files. Lower that number.") % names
        return Said(text, StepState.WARN, hint)
    return Said(text)


def can_sign_in_as(settings: SmtpSettings, mailbox: str) -> bool:
    """Whether the same sign-in opens this other mailbox. Raises TransportError for what is no answer to that."""
    try:
        connect(replace(settings, username=mailbox)).say_goodbye()
    except TransportError as error:
        if error.stage == "smtp_auth" and error.smtp_code is not None:
            return False
        raise
    return True


def _certificate(version: str, certificate: dict[str, object]) -> Said:
    until = datetime.fromtimestamp(cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (until - timezone.now()).days
    names = {"version": version, "date": day(until.date()), "days": days}
    text = _("%(version)s; the certificate fits and holds until %(date)s.") % names
    if days < ENDS_SOON_DAYS:
        hint = ngettext(
            "It ends in %(days)s day: remind whoever runs the mail server.",
            "It ends in %(days)s days: remind whoever runs the mail server.",
            days,
        )
        return Said(text, StepState.WARN, hint % names)
    return Said(text)
