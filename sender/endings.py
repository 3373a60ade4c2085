"""What became of messages: of many at once, in one commit, with their attempts and their recipients' answers."""

# ruff: noqa: S608 - the SQL is made of constants

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from django.db import connection
from django.utils import timezone

from core.ids import uuid7
from core.redact import redact
from sender import news
from sender.claims import Claimed
from sender.models import Attempt, OutboxMessage, RecipientOutcome, State
from sender.statements import many_together, together
from sender.transports.base import Outcome, Phase, RecipientResult
from webhooks.models import Event

RAW_CHARACTERS = 2000  # of a server's reply are kept


@dataclass(slots=True)
class Ending:
    """What an attempt came to, and what its message is from now on."""

    claimed: Claimed
    state: State
    outcome: Outcome
    phase: Phase
    started_at: datetime
    method: str
    due_at: datetime | None = None  # of a message that waits again
    cause: str = ""  # kept with the message; "" once it is sent
    raw: str = ""
    attempt_cause: str = ""
    reply: str = ""
    note: str = ""
    request_ids: dict[str, str] = field(default_factory=dict)
    recipients: tuple[RecipientResult, ...] = ()
    ended_at: datetime = field(default_factory=timezone.now)

    def answers(self) -> set[tuple[str, str]]:
        """The recipients' different (outcome, reply)."""
        return {(one.outcome.value, one.reply) for one in self.recipients}


def write(endings: Sequence[Ending]) -> None:
    """Commit them. A message that is not this lease's any more keeps what it is.

    An answer that comes late also settles a message that was given up as `unknown` meanwhile, and a late yes one that
    a person has sent again and that was not taken yet. The answer is kept with the attempt in any case. Nothing is
    said of a message that was lost before it was handed over: others may have sent it since.
    """
    if not endings:
        return
    ended = [_ended(each) for each in endings]
    heard = [each for ending in endings for each in _heard(ending)]
    told = _told(endings, ended)
    if connection.vendor == "postgresql":
        rows = [json.dumps(each) for each in (ended, heard, told) if each is not None]
        together([(_ALL_AT_ONCE if told is None else _ALL_AT_ONCE_AND_TOLD, rows)])
    else:
        for each in ended:
            each["request_ids"] = json.dumps(each["request_ids"]) if each["request_ids"] else "{}"
        for each in told or ():
            each["facts"] = json.dumps(each["facts"])
        many_together(list(zip(_ONE_BY_ONE, (ended, heard, told or (), ended), strict=True)))


def as_told(ending: Ending) -> dict[str, object]:
    """The end of a message that was handed over, for the journal; `from_told` makes it again."""
    answers = ending.answers()
    told = {
        "number": ending.claimed.number,
        "started_at": ending.started_at.isoformat(),
        "ended_at": ending.ended_at.isoformat(),
        "reply": kept(ending.reply),
        "note": ending.note,
        "request_ids": ending.request_ids,
        "recipients": [
            (one.address, one.outcome.value, one.code, kept(one.reply)) for one in ending.recipients
        ][: 1 if len(answers) == 1 else None],
    }
    return told if ending.state is State.SENT else told | _trouble(ending)


def _trouble(ending: Ending) -> dict[str, object]:
    """What there is to say only of a message that was not simply accepted."""
    return {
        "state": ending.state.value,
        "outcome": ending.outcome.value,
        "due_at": ending.due_at and ending.due_at.isoformat(),
        "cause": ending.cause,
        "attempt_cause": ending.attempt_cause,
        "raw": kept(ending.raw),
    }


def from_told(claimed: Claimed, method: str, told: dict) -> Ending:
    moments = {name: datetime.fromisoformat(told[name]) for name in ("started_at", "ended_at")}
    if told.get("due_at"):
        moments["due_at"] = datetime.fromisoformat(told["due_at"])
    recipients = (RecipientResult(one[0], Outcome(one[1]), *one[2:]) for one in told["recipients"])
    same = {name: told[name] for name in ("reply", "note", "request_ids")}
    same |= {name: told.get(name, "") for name in ("cause", "attempt_cause", "raw")}
    state, outcome = State(told.get("state", State.SENT)), Outcome(told.get("outcome", Outcome.ACCEPTED))
    return Ending(
        claimed, state, outcome, Phase.HANDED_OVER, method=method, recipients=tuple(recipients),
        **moments, **same,
    )  # fmt: skip


def _ended(ending: Ending) -> dict[str, object]:
    claimed = ending.claimed
    return {
        "message": claimed.pk.hex,
        "owner": claimed.owner,
        "begun": claimed.is_begun,
        "number": claimed.number,
        "state": ending.state.value,
        "cause": ending.cause,
        "raw": kept(ending.raw),
        "due_at": _moment(ending.due_at),
        "finished_at": None if ending.state is State.WAITING else _moment(ending.ended_at),
        "attempt": uuid7().hex,
        "method": ending.method,
        "started_at": _moment(ending.started_at),
        "ended_at": _moment(ending.ended_at),
        "phase": ending.phase.value,
        "outcome": ending.outcome.value,
        "attempt_cause": ending.attempt_cause,
        "reply": kept(ending.reply),
        "note": storable(ending.note),
        "request_ids": {name: storable(value) for name, value in ending.request_ids.items()},
    }


def _told(endings: Sequence[Ending], ended: Sequence[dict]) -> list[dict[str, object]] | None:
    """The events of those that a program listens to; None where there is none."""
    events = zip(map(news.ended, endings), ended, strict=True)
    return [
        {**event, "id": event["id"].hex, "company_id": event["company_id"].hex, "about": each["message"]}
        | {name: each[name] for name in ("message", "owner", "begun", "number", "state")}
        for event, each in events
        if event is not None
    ] or None


def _heard(ending: Ending) -> Iterator[dict[str, object]]:
    """Each recipient's own answer; one for all that were in the envelope when it is the same."""
    claimed, answers = ending.claimed, ending.answers()
    whose = {"message": claimed.pk.hex, "owner": claimed.owner, "begun": claimed.is_begun}
    whose |= {"number": claimed.number, "state": ending.state.value}
    if len(answers) == 1:
        ((outcome, reply),) = answers
        yield whose | {"address": "", "outcome": outcome, "reply": kept(reply)}
        return
    for one in ending.recipients:
        reply = kept(one.reply)
        yield whose | {"address": one.address, "outcome": one.outcome.value, "reply": reply}


@lru_cache(
    maxsize=1000
)  # servers say the same again and again, and a message's attempt and recipients share it
def kept(reply: str) -> str:
    """A server's words as they are stored."""
    return storable(redact(reply)[:RAW_CHARACTERS]) if reply else ""


def storable(text: str) -> str:
    """Without what a server may say, in JSON also half a letter, and no database takes."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _moment(at: datetime | None) -> str | None:
    """As either database reads it; all times are UTC, and SQLite keeps them without saying so."""
    return None if at is None else at.astimezone(UTC).isoformat(" ").removesuffix("+00:00")


_MESSAGES, _ATTEMPTS = OutboxMessage._meta.db_table, Attempt._meta.db_table
_RECIPIENTS, _EVENTS = RecipientOutcome._meta.db_table, Event._meta.db_table
_EVENT = "id, company_id, kind, about, facts, is_spread"
_ANSWER = ("finished_at", "phase", "outcome", "cause", "reply", "note", "request_ids")


def _attempt(values: str) -> str:
    """A row with the same number is there after a recovery, which did not know the answer, or with a draft."""
    said_anew = ", ".join(f"{name} = excluded.{name}" for name in _ANSWER)
    return (
        f"INSERT INTO {_ATTEMPTS} (id, message_id, number, method, started_at, finished_at, phase, outcome, "
        f"cause, reply, note, request_ids, provider_draft_id) {values} "
        f"ON CONFLICT (message_id, number) DO UPDATE SET {said_anew}"
    )


def _recipient(said: str) -> str:
    return (
        f"UPDATE {_RECIPIENTS} SET outcome = {said}outcome, reply = {said}reply {{heard}} "
        f"message_id = {said}message AND {_RECIPIENTS}.outcome <> 'accepted' "
        f"AND ({_RECIPIENTS}.address = {said}address "
        f"OR ({said}address = '' AND {_RECIPIENTS}.outcome IN ('', 'deferred')))"
    )


def _message(said: str) -> str:
    return (
        f"UPDATE {_MESSAGES} SET state = {said}state, claimed_by = '', attempts_made = {said}number, "
        f"cause = {said}cause, cause_raw = {said}raw, due_at = COALESCE({said}due_at, {_MESSAGES}.due_at), "
        f"finished_at = {said}finished_at {{ended}} {_MESSAGES}.id = {said}message "
        f"AND ({_is_theirs(said)})"
    )


def _is_theirs(said: str) -> str:
    """Whether the message is what this ending is to be the end of."""
    return (
        f"(claimed_by = {said}owner AND {_MESSAGES}.state = 'sending') "
        f"OR ({said}begun AND attempts_made = {said}number AND ({_MESSAGES}.state = 'unknown' "
        f"OR ({_MESSAGES}.state = 'waiting' AND {said}state = 'sent')))"
    )


_NAMES = (
    "attempt, message, number, method, started_at, ended_at, phase, outcome, attempt_cause, reply, note, "
    "request_ids"
)
# What was lost before it was handed over is not spoken of; nor is what was deleted.
_IS_THERE = f"EXISTS (SELECT 1 FROM {_MESSAGES} WHERE {_MESSAGES}.id = :message AND ({{}}))"
_GIVEN = ", ".join(f":{name}" for name in _NAMES.split(", "))
_ONE_BY_ONE = (
    _attempt(f"SELECT {_GIVEN}, '' WHERE " + _IS_THERE.format(f":begun OR {_is_theirs(':')}")),
    f"{_recipient(':').format(heard='WHERE')} AND "
    + _IS_THERE.format(f"(:begun AND :outcome = 'accepted') OR {_is_theirs(':')}"),
    f"INSERT INTO {_EVENTS} ({_EVENT}) SELECT :id, :company_id, :kind, :about, :facts, :is_spread WHERE "
    + _IS_THERE.format(f"{_MESSAGES}.state <> :state AND ({_is_theirs(':')})"),
    _message(":").format(ended="WHERE"),
)
_IS_SETTLED = "message IN (SELECT id FROM settled)"
_SELECTED = (
    f"SELECT {_NAMES}, '' FROM ended WHERE {_IS_SETTLED} "
    f"OR (begun AND EXISTS (SELECT 1 FROM {_MESSAGES} WHERE {_MESSAGES}.id = ended.message))"
)
# The rows come as JSON: one value to send, and one statement to plan, however many they are.
_FIRST = (
    "WITH ended AS (SELECT * FROM json_to_recordset(%s) AS row (message uuid, owner text, begun boolean, "
    "number int, state text, cause text, raw text, due_at timestamptz, finished_at timestamptz, attempt uuid, "
    "method text, started_at timestamptz, ended_at timestamptz, phase text, outcome text, attempt_cause text, "
    "reply text, note text, request_ids jsonb)), "
    "heard AS (SELECT * FROM json_to_recordset(%s) AS row (message uuid, begun boolean, address text, outcome text, "
    "reply text)), "
    f"settled AS ({_message('ended.').format(ended='FROM ended WHERE')} RETURNING {_MESSAGES}.id), "
    f"attempts AS ({_attempt(_SELECTED)})"
)
# Where a program listens: what came to an end just now; the messages are seen here as they were before.
_TELL = (
    f", told AS (INSERT INTO {_EVENTS} ({_EVENT}) SELECT {_EVENT} FROM json_to_recordset(%s) AS told ("
    "id uuid, company_id uuid, kind text, about uuid, facts jsonb, is_spread boolean, state text) "
    "WHERE about IN (SELECT id FROM settled) "
    f"AND EXISTS (SELECT 1 FROM {_MESSAGES} before WHERE before.id = told.about AND before.state <> told.state))"
)
_LAST = (
    f" {_recipient('heard.').format(heard='FROM heard WHERE')} "
    f"AND (heard.{_IS_SETTLED} OR (heard.begun AND heard.outcome = 'accepted'))"
)
_ALL_AT_ONCE, _ALL_AT_ONCE_AND_TOLD = _FIRST + _LAST, _FIRST + _TELL + _LAST
