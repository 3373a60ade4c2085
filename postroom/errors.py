"""Why a message was not handed over."""

from smtplib import SMTPException


class NotTaken(SMTPException):
    """Postroom refused the message, or could not be reached; `str()` is a sentence for people.

    An SMTPException, since that is what code written for Django's own backend catches. `cause` is a slug (such as
    no_way, person_not_allowed, unreachable), `field` what of the message is at fault, `status` the HTTP status or 0,
    `retry_after_s` after how many seconds to try again, where Postroom said so.
    """

    def __init__(
        self, sentence: str, *, cause: str = "", field: str = "", status: int = 0, retry_after_s: int = 0
    ) -> None:
        super().__init__(sentence)
        self.cause = cause
        self.field = field
        self.status = status
        self.retry_after_s = retry_after_s
