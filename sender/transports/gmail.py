"""Sending by the Gmail API: the message's own bytes, in JSON or, when it is larger, as an upload.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send and
https://developers.google.com/workspace/gmail/api/guides/handle-errors. There is no idempotency key: once the
body is on its way, only a definite answer tells what became of it. Gmail reads the recipients from the header,
and puts the account into From where neither it nor an alias of it stands there.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import gettext as _

from core.sentences import decimal, kept, said
from sender.mime import Frozen, for_graph
from sender.transports.base import Outcome, Phase, SendResult, Transport, for_all
from sender.transports.graph_calls import JSON, Answer, Body, Calls

# https://developers.google.com/workspace/gmail/api/guides/uploads
MOST_IN_JSON_BYTES = 5 * 1024 * 1024
MOST_BYTES = 36_700_160
RFC822 = "message/rfc822"

_SEND = "gmail/v1/users/me/messages/send"
# A 403 that says "not now"; every other is about the account or the app.
_NOT_NOW = {"ratelimitexceeded", "userratelimitexceeded", "dailylimitexceeded", "quotaexceeded"}
_ABOUT_THE_ACCOUNT = {"failedprecondition"}  # Gmail is switched off for it


@dataclass(frozen=True, slots=True)
class GmailSettings:
    """`token` gives an access token; its argument: force a new one. It raises TransportError, stage "token"."""

    gmail_url: str
    token: Callable[[bool], str]
    ca_bundle: Path | None = None
    timeout_s: float = 60


class GmailTransport(Transport):
    """Sends over the connections that all mailboxes share."""

    provider = "google"
    label = "Gmail API"

    def __init__(self, settings: GmailSettings) -> None:
        self.settings = settings
        self._calls = GmailCalls(settings)

    def open(self) -> None:
        """Fetches a token; Gmail itself is asked only when there is a message."""
        self._calls.open()

    def close(self) -> None:
        self._calls.close()

    def send(self, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        message = for_graph(frozen)
        with kept():  # it goes into a row
            why = refusal(message)
        if why:
            return _too_large(frozen, why)
        if len(message) > MOST_IN_JSON_BYTES:
            path, content, kind = f"upload/{_SEND}?uploadType=media", message, RFC822
        else:
            raw = base64.urlsafe_b64encode(message).decode("ascii")
            path, content, kind = _SEND, json.dumps({"raw": raw}).encode(), JSON
        answer = self._calls.ask("POST", path, Body(content, before_handover), kind)
        return replace(answer, ids=answer.ids | _ids(answer)).result(frozen, _outcome(answer))


class GmailCalls(Calls):
    """The same care as with Graph; only the addresses differ."""

    def _base_of(self, settings: GmailSettings) -> str:
        return f"{settings.gmail_url.rstrip('/')}/"


def _outcome(answer: Answer) -> Outcome | None:
    """What Gmail's answer means where it is otherwise than Graph's; None: the same."""
    if 200 <= answer.status < 300:
        return Outcome.ACCEPTED if answer.status == 200 and _ids(answer) else Outcome.UNKNOWN
    reasons = _reasons(answer)
    if answer.status == 403:
        return Outcome.DEFERRED if reasons & _NOT_NOW else Outcome.FAILED
    return Outcome.FAILED if reasons & _ABOUT_THE_ACCOUNT else None


def _ids(answer: Answer) -> dict[str, str]:
    names = {"id": "gmail-message-id", "threadId": "gmail-thread-id"}
    return {names[key]: str(answer.data[key]) for key in names if answer.data.get(key)}


def _reasons(answer: Answer) -> set[str]:
    """`reason` of each error in Google's JSON, in small letters."""
    error = answer.data.get("error")
    errors = error.get("errors") if isinstance(error, dict) else None
    found = errors if isinstance(errors, list) else []
    return {str(each.get("reason", "")).lower() for each in found if isinstance(each, dict)}


def refusal(message: bytes) -> str:
    """Why Gmail does not take it, as a sentence; "" when it does."""
    if len(message) <= MOST_BYTES:
        return ""
    sentence = _("The message has %(size)s MB as it is sent, and Gmail takes 35 MB. Send a link to the file.")
    return sentence % {"size": decimal(len(message) / 1_048_576)}


def _too_large(frozen: Frozen, why: str) -> SendResult:
    """Nothing was asked of Gmail."""
    reply = f"Message size exceeds the limit: {said(why)}"
    recipients = for_all(frozen, Outcome.REFUSED, reply=reply)
    return SendResult(Outcome.REFUSED, Phase.CONTENT, "graph_send", reply, recipients=recipients, note=why)
