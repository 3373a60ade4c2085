"""Sending by SMTP over one connection that is kept for several messages (RFC 5321)."""

from collections.abc import Callable

from sender.mime import Frozen
from sender.transports.base import SendResult, Transport
from sender.transports.smtp_connection import SmtpConnection, SmtpSettings, connect
from sender.transports.smtp_message import Submission

__all__ = ["SmtpSettings", "SmtpTransport"]


class SmtpTransport(Transport):
    """The connection is made anew after the server ended it, and when it is old or was idle for long."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.provider = settings.provider
        self.label = f"{settings.host}:{settings.port}"
        self._connection: SmtpConnection | None = None

    def open(self) -> None:
        self.close()
        self._connection = connect(self.settings)

    def send(self, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        kept = self._kept()
        if kept is not None:
            is_fresh, kept.is_fresh = kept.is_fresh, False
            submission = Submission(kept, frozen)
            result = submission.run(before_handover)
            if is_fresh or not (submission.was_cut_off or self._has_to_sign_in_again(submission)):
                return result
        # It, or its sign-in, ended while nobody used it, which says nothing about this message.
        self.open()
        self._connection.is_fresh = False
        return Submission(self._connection, frozen).run(before_handover)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.say_goodbye()

    def _has_to_sign_in_again(self, submission: Submission) -> bool:
        return submission.was_signed_out and self.settings.authentication != "none"

    def _kept(self) -> SmtpConnection | None:
        """The connection there is, None when a new one has to be made."""
        if self._connection is None or self._connection.sock is None:
            return None
        if self._connection.has_ended():
            self._connection.close()
            return None
        return None if self._connection.is_worn else self._connection
