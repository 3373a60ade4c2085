"""Faults on demand: what a test or a person has told the servers to do wrong, and where."""

import json
from dataclasses import asdict, dataclass, fields, replace

from sandbox.state import State

PLACES = {
    "token": "the token endpoint, after the client and the person are known",
    "token.lifetime": "how long access tokens live (seconds)",
    "graph.me": "GET /me and GET /users/{id}",
    "graph.send": "POST …/sendMail, and …/messages/{id}/send",
    "graph.draft": "POST …/messages, its attachments and their upload sessions",
    "graph.upload": "PUT of a piece of an attachment (drop_after: it was kept)",
    "graph.upload.lifetime": "how long upload sessions live (seconds)",
    "graph.find": "GET …/mailFolders/sentitems/messages",
    "google.token": "Google's token endpoint (code: the error), after the app and the person are known",
    "google.send": "users.messages.send of the Gmail API (code: the reason)",
    "smtp.connect": "before the greeting",
    "smtp.ehlo": "EHLO",
    "smtp.lacks": "the keyword that EHLO leaves out (reply), such as SMTPUTF8",
    "smtp.starttls": "STARTTLS",
    "smtp.auth": "AUTH, once the person is known",
    "smtp.mail": "MAIL FROM",
    "smtp.again": "MAIL FROM on a connection that has sent a message; a 530 signs it out, as when its token ends",
    "smtp.rcpt": "RCPT TO",
    "smtp.data": "DATA, before any line of the message",
    "smtp.eod": "after the final dot",
    "smtp.rate": "messages a minute that one mailbox may send (per_minute)",
}
ACTIONS = {
    "drop": "close the connection",
    "drop_before": "close the connection; nothing was stored",
    "drop_after": "store the message, then close the connection without an answer",
    "hang": "say nothing for `seconds`, then close the connection",
}


@dataclass(frozen=True)
class Fault:
    """One fault. `times` None: until it is cleared. `mailbox`, `recipient`: only for that address.
    `store`: keep the message before misbehaving (with `status`, or `hang` after the final dot)."""

    where: str
    times: int | None = None
    mailbox: str | None = None
    recipient: str | None = None
    status: int | None = None
    code: str | None = None
    message: str | None = None
    retry_after: str | None = None
    reply: str | None = None
    error: str | None = None
    action: str | None = None
    seconds: float | None = None
    delay_ms: int | None = None
    per_minute: int | None = None
    store: bool = False

    @classmethod
    def from_json(cls, data: object) -> "Fault":
        """Raises ValueError with a sentence when the request names an unknown field, place or action."""
        known = {each.name for each in fields(cls)}
        if not isinstance(data, dict) or not set(data) <= known:
            raise ValueError(
                "A fault is a JSON object with these fields only: " + ", ".join(sorted(known)) + "."
            )
        fault = cls(**{"where": "", **data})
        if fault.where not in PLACES:
            raise ValueError("Give a known place in 'where': " + ", ".join(PLACES) + ".")
        if fault.action not in (None, *ACTIONS):
            raise ValueError("Give a known 'action': " + ", ".join(ACTIONS) + ".")
        if fault.error and not fault.error.removeprefix("AADSTS").isdigit():
            raise ValueError("Give 'error' as AADSTS and a number, such as AADSTS700082.")
        return fault

    @property
    def acts(self) -> bool:
        """Whether it does more than slow things down."""
        return any((self.status, self.reply, self.error, self.action, self.seconds, self.per_minute))

    @property
    def stores(self) -> bool:
        return self.store or self.action == "drop_after"

    @property
    def drops(self) -> bool:
        return self.action is not None

    def as_json(self) -> dict:
        return {key: value for key, value in asdict(self).items() if value not in (None, False)}

    def matches(self, mailbox: str | None, recipient: str | None) -> bool:
        return _same(self.mailbox, mailbox) and _same(self.recipient, recipient)


class Faults:
    """The waiting faults, oldest first."""

    def __init__(self, state: State):
        self._state = state

    def add(self, fault: Fault) -> int:
        body = json.dumps(fault.as_json())
        cursor = self._state.run("INSERT INTO fault (body, remaining) VALUES (?, ?)", body, fault.times)
        return cursor.lastrowid

    def clear(self) -> None:
        self._state.run("DELETE FROM fault")

    def waiting(self) -> list[tuple[int, Fault]]:
        """(id, fault) with `times` as what is left of it."""
        rows = self._state.rows("SELECT id, body, remaining FROM fault ORDER BY id")
        return [
            (row["id"], replace(Fault(**json.loads(row["body"])), times=row["remaining"])) for row in rows
        ]

    def take(self, where: str, mailbox: str | None = None, recipient: str | None = None) -> Fault | None:
        """The fault to commit here and now, one use of it spent; delays of other faults are added to its own."""
        delay_ms = 0
        for id_, fault in self.waiting():
            if fault.where != where or not fault.matches(mailbox, recipient):
                continue
            self._spend(id_, fault)
            delay_ms += fault.delay_ms or 0
            if fault.acts:
                return replace(fault, delay_ms=delay_ms)
        return Fault(where, delay_ms=delay_ms) if delay_ms else None

    def _spend(self, id_: int, fault: Fault) -> None:
        if fault.times is None:
            return
        self._state.run("UPDATE fault SET remaining = remaining - 1 WHERE id = ?", id_)
        self._state.run("DELETE FROM fault WHERE remaining <= 0")


def _same(wanted: str | None, got: str | None) -> bool:
    return wanted is None or wanted.casefold() == (got or "").casefold()
