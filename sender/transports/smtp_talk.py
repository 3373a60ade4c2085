"""Commands and their answers, several in one flight where the server allows it (PIPELINING, RFC 2920)."""

from collections import deque
from collections.abc import Iterable

from sender.transports.smtp_connection import SmtpConnection

# In one flight; the answers to them must fit into the buffers between us, or both sides would wait to write.
_AT_ONCE = 100


class Talk:
    """The commands of one transaction, of which `DATA` is the last. Everything here may raise OSError."""

    def __init__(self, connection: SmtpConnection, commands: Iterable[str]) -> None:
        self.connection = connection
        self.heard = 0  # how many answers came
        self._unsaid = deque(commands)
        self._unanswered: deque[str] = deque()

    def next_reply(self) -> tuple[int, bytes]:
        """The answer to the next command, which is said now if it was not yet."""
        if not self._unanswered:
            self._say()
        self._unanswered.popleft()
        reply = self.connection.reply_within(self.connection.settings.timeout_s)
        self.heard += 1
        return reply

    def abandon(self) -> bool:
        """Read what the commands under way are still answered; the others are never said.

        Where DATA was among them and is let through, the content is ended at once with nothing in it: all its
        recipients were refused (RFC 2920 section 3.1). A server that took a recipient all the same would send that
        nothing on: it is hung up on. True when the server is left without a transaction.
        """
        is_wanted = False
        while self._unanswered:
            command = self._unanswered[0]
            code, _text = self.next_reply()
            is_wanted |= command.startswith("RCPT") and 200 <= code < 300
            is_let_through = command == "DATA" and code == 354
            if code == 421 or code < 0 or (is_let_through and is_wanted):
                self.connection.close()
                return False
            if is_let_through:
                self.connection.write(b".\r\n", self.connection.settings.limits.block_s)
                self.connection.reply_within(self.connection.settings.limits.final_reply_s)
                return True
        return False

    def _say(self) -> None:
        count = min(_AT_ONCE if self.connection.pipelines else 1, len(self._unsaid))
        flight = [self._unsaid.popleft() for _ in range(count)]
        lines = "".join(f"{command}\r\n" for command in flight)
        if lines.count("\n") + lines.count("\r") != 2 * count:
            raise ValueError("A command holds a line end.")
        self._unanswered.extend(flight)
        self.connection.write(
            lines.encode(self.connection.command_encoding), self.connection.settings.timeout_s
        )
