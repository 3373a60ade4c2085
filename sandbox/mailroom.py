"""The mail that arrived, and each mailbox's Sent Items."""

import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox import letters
from sandbox.state import State

_COLUMNS = (
    "id, received_at, via, mailbox, mail_from, message_id, subject, recipients, length(raw) AS size_bytes"
)


@dataclass(frozen=True)
class Recipient:
    """`kind`: to, cc or bcc, told from the header; an envelope recipient in no header is a bcc."""

    address: str
    kind: str


@dataclass(frozen=True)
class Mail:
    """One submission as it arrived. `via`: graph, smtp or relay. `mailbox` is empty where nobody signed in."""

    id: str
    received_at: datetime
    via: str
    mailbox: str
    mail_from: str
    message_id: str
    subject: str
    recipients: tuple[Recipient, ...]
    size_bytes: int

    def as_json(self) -> dict:
        recipients = [{"address": each.address, "kind": each.kind} for each in self.recipients]
        received_at = self.received_at.isoformat().replace("+00:00", "Z")
        return {**vars(self), "received_at": received_at, "recipients": recipients}


class Mailroom:
    """Stores and finds mail. `store` returns only after the commit."""

    def __init__(self, state: State):
        self._state = state

    def store(
        self,
        *,
        via: str,
        mailbox: str,
        mail_from: str,
        envelope: list[str],
        raw: bytes,
        sent_raw: bytes | None,
    ) -> str:
        """Keep `raw` as delivered and, unless None, `sent_raw` as the sender's own copy. Returns the mail's id."""
        id_ = str(uuid.uuid4())
        recipients = [{"address": each, "kind": _kind(each, raw)} for each in envelope]
        message_id = "".join(letters.values(raw, "message-id")[:1])
        subject = letters.decoded("".join(letters.values(raw, "subject")[:1]))
        self._state.run(
            "INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id_, time.time(), via, mailbox, mail_from, message_id, subject, json.dumps(recipients), raw, sent_raw,
        )  # fmt: skip
        return id_

    def found(self, *, to: str = "", subject: str = "", message_id: str = "") -> list[Mail]:
        """Newest first. `to` is a whole address, `subject` a part of the decoded subject."""
        rows = self._state.rows(f"SELECT {_COLUMNS} FROM mail ORDER BY received_at DESC, rowid DESC")  # noqa: S608
        return [
            mail
            for mail in map(_mail, rows)
            if (not to or to.casefold() in (each.address.casefold() for each in mail.recipients))
            and subject.casefold() in mail.subject.casefold()
            and message_id in ("", mail.message_id)
        ]

    def one(self, id_: str) -> Mail | None:
        row = self._state.row(f"SELECT {_COLUMNS} FROM mail WHERE id = ?", id_)  # noqa: S608
        return _mail(row) if row else None

    def raw(self, id_: str) -> bytes | None:
        """The bytes the recipients got."""
        row = self._state.row("SELECT raw FROM mail WHERE id = ?", id_)
        return row["raw"] if row else None

    def sent_items(self, mailbox: str, message_id: str = "") -> list[Mail]:
        """Copies in the mailbox's Sent Items, newest first; `message_id` with its angle brackets."""
        rows = self._state.rows(
            f"SELECT {_COLUMNS} FROM mail WHERE sent_raw IS NOT NULL AND mailbox = ?"  # noqa: S608
            " AND (? = '' OR message_id = ?) ORDER BY received_at DESC",
            mailbox, message_id, message_id,
        )  # fmt: skip
        return [_mail(row) for row in rows]

    def sent_raw(self, id_: str) -> bytes | None:
        """The copy in the sender's Sent Items, Bcc included."""
        row = self._state.row("SELECT sent_raw FROM mail WHERE id = ?", id_)
        return row["sent_raw"] if row else None

    def clear(self) -> None:
        self._state.run("DELETE FROM mail")


def _kind(address: str, raw: bytes) -> str:
    for kind in ("to", "cc"):
        if address.casefold() in (each.casefold() for each in letters.addresses(raw, kind)):
            return kind
    return "bcc"


def _mail(row) -> Mail:
    values = dict(row)
    values["received_at"] = datetime.fromtimestamp(values["received_at"], UTC)
    values["recipients"] = tuple(Recipient(**each) for each in json.loads(values["recipients"]))
    return Mail(**values)
