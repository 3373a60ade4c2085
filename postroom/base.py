"""What the two backends have in common: one message after another, and what is told of each."""

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from postroom import messages
from postroom.errors import NotTaken


class HandingOver(BaseEmailBackend):
    """Needs `hand_over`: the id of the stored message, or NotTaken."""

    def send_one(self, message: EmailMessage) -> bool:
        """Whether it was stored; its id is then the message's `postroom_id`. A wrong header is never silent."""
        if not message.recipients():
            return False
        messages.check_lines(message)
        try:
            message.postroom_id = self.hand_over(message)
        except NotTaken:
            if not self.fail_silently:
                raise
            return False
        return True
