"""A message over 4 MB: a draft without its large files, the files one by one and in pieces, then send.

https://learn.microsoft.com/graph/api/user-post-messages, https://learn.microsoft.com/graph/outlook-large-attachments.
Nothing has been handed over before the draft is sent: whatever fails until then ends with the draft deleted.
A worker that dies leaves the draft; its id was noted, and the next attempt deletes it before it makes its own.
(Where the answer to the draft's making is lost, its id is not known, and it stays in Drafts, unsent.)
"""

import base64
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote, urlsplit

from core.net import may_dial
from sender.mime import Frozen, for_graph
from sender.mime.parts import Part, without_parts
from sender.plan import MAX_REQUEST_BYTES, to_upload
from sender.transports.base import Drafts, Outcome, Phase, SendResult, TransportError, for_all
from sender.transports.graph_calls import JSON, MIME, NO_ANSWER, Answer, Body, Calls, repeatable
from sender.transports.graph_json import described, file_attachment

PIECE_BYTES = 10 * 320 * 1024  # Outlook wants less than 4 MB, OneDrive's rule is multiples of 320 KiB
_RESUMED_AFTER = (NO_ANSWER, 409, 416, 500, 502, 504)
_MAX_CUTS = 4  # in a row, without a byte of progress
_PASSES = (404, 409, 410, 416)  # the draft or the upload is gone; a new one can be made
_KEEP_ID = {"Prefer": 'IdType="ImmutableId"'}  # the draft and what becomes of it have one id


class _NotSent(Exception):
    """A step before the sending failed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class DraftSending:
    """One message on its way."""

    def __init__(
        self,
        calls: Calls,
        frozen: Frozen,
        before_handover: Callable[[], None],
        drafts: Drafts | None = None,
    ) -> None:
        self._calls = calls
        self._frozen = frozen
        self._before_handover = before_handover
        self._drafts = drafts

    def send(self) -> SendResult:
        mime = for_graph(self._frozen)
        files = to_upload(mime)
        for left in self._drafts.left() if self._drafts else ():
            self._clear_away(left)
        try:
            draft = self._create(without_parts(mime, files))
        except _NotSent as failure:
            return self._not_sent(failure.answer)
        may_be_gone = False
        try:
            if self._drafts:
                self._drafts.made(draft)
            for part in files:
                self._attach(draft, part, part.content(mime))
            self._before_handover()
            result = self._send(draft)
            may_be_gone = result.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)
        except _NotSent as failure:
            result = self._not_sent(failure.answer)
        finally:
            if not may_be_gone:
                self._delete(draft)
        return result

    def _create(self, mime: bytes) -> str:
        """The id of the new draft."""
        body = Body(base64.b64encode(mime), repeatable)
        answer = self._calls.ask("POST", "messages", body, MIME, **_KEEP_ID)
        draft_id = answer.data.get("id")
        if answer.status != 201 or not isinstance(draft_id, str):
            raise _NotSent(answer)
        return draft_id

    def _attach(self, draft: str, part: Part, content: bytes) -> None:
        attached = _as_json(file_attachment(part, content))
        if len(attached) <= MAX_REQUEST_BYTES:
            answer = self._calls.ask("POST", f"{_path(draft)}/attachments", Body(attached, repeatable), JSON)
            if answer.status != 201:
                raise _NotSent(answer)
            return
        item = {"attachmentType": "file", "size": len(content), **described(part)}
        body = Body(_as_json({"AttachmentItem": item}), repeatable)
        answer = self._calls.ask("POST", f"{_path(draft)}/attachments/createUploadSession", body, JSON)
        url = answer.data.get("uploadUrl")
        if answer.status not in (200, 201) or not isinstance(url, str):
            raise _NotSent(answer)
        if not may_upload_to(url, self._calls.settings.graph_url):
            raise _NotSent(replace(answer, status=NO_ANSWER, reply="Files may not be sent to that address."))
        self._upload(url, content)

    def _upload(self, url: str, content: bytes) -> None:
        """All pieces in order; after a cut, on from where the server says."""
        position = cuts = 0
        while position < len(content):
            answer = came = self._put(url, content[position : position + PIECE_BYTES], position, len(content))
            if answer.status == 201:
                return
            if answer.status in _RESUMED_AFTER:
                came = self._calls.without_token("GET", url)
            arrived = position if came.status == NO_ANSWER else _arrived(came, len(content))
            cuts = cuts + 1 if arrived <= position else 0
            if cuts > _MAX_CUTS:
                raise _NotSent(answer)
            position = arrived

    def _put(self, url: str, piece: bytes, first: int, size_bytes: int) -> Answer:
        content_range = f"bytes {first}-{first + len(piece) - 1}/{size_bytes}"
        headers = {"Content-Type": "application/octet-stream", "Content-Range": content_range}
        return self._calls.without_token("PUT", url, piece, **headers)

    def _send(self, draft: str) -> SendResult:
        """The point of no return. Without an answer, a draft that is none any more proves that it went."""
        result = self._calls.ask("POST", f"{_path(draft)}/send").result(self._frozen)
        if result.outcome is Outcome.UNKNOWN and self._lies_unsent(draft) is False:
            recipients = for_all(self._frozen, Outcome.ACCEPTED, reply=result.reply)
            return replace(result, outcome=Outcome.ACCEPTED, recipients=recipients)
        return result

    def _lies_unsent(self, draft: str) -> bool | None:
        """Whether it is a draft still; None when that cannot be learnt."""
        with suppress(TransportError):
            answer = self._calls.ask("GET", f"{_path(draft)}?$select=isDraft", **_KEEP_ID)
            is_draft = answer.data.get("isDraft")
            return is_draft if answer.status == 200 and isinstance(is_draft, bool) else None
        return None

    def _clear_away(self, draft: str) -> None:
        """What an earlier attempt left. One that was sent after all is the copy in Sent Items, and stays."""
        if self._lies_unsent(draft):
            self._delete(draft)

    def _delete(self, draft: str) -> None:
        with suppress(TransportError):
            answer = self._calls.ask("DELETE", _path(draft), **_KEEP_ID)
            if self._drafts and answer.status in (204, 404):
                self._drafts.gone(draft)

    def _not_sent(self, answer: Answer) -> SendResult:
        """A definite no where the server said so; everything else may be tried again, as nothing was sent.

        A yes that cannot be read is not quoted: it may hold the message, or the key of an upload.
        """
        if 200 <= answer.status < 300:
            answer = replace(answer, reply=f"HTTP {answer.status}, and not the answer that was expected")
        result = answer.result(self._frozen)
        passes = answer.status in _PASSES or result.outcome in (Outcome.UNKNOWN, Outcome.ACCEPTED)
        outcome = Outcome.DEFERRED if passes else result.outcome
        phase = Phase.CONTENT if result.phase is Phase.HANDED_OVER else result.phase
        recipients = for_all(self._frozen, outcome, str(answer.status or ""), answer.reply)
        return replace(result, outcome=outcome, phase=phase, stage="graph_other", recipients=recipients)


def _path(draft: str) -> str:
    return f"messages/{quote(draft, safe='')}"


def may_upload_to(url: str, graph_url: str) -> bool:
    """Graph's own address, or an https one that leads to public hosts only. The token never goes there."""
    parts, graph = urlsplit(url), urlsplit(graph_url)
    if (parts.scheme, parts.netloc) == (graph.scheme, graph.netloc):
        return True
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        return False
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return False
    return all(may_dial(str(address[4][0])) for address in found)


def _arrived(answer: Answer, size_bytes: int) -> int:
    """How many bytes the server has, by the ranges that it still expects. Raises _NotSent."""
    if answer.status in (401, 403):  # the address carries its own key, and that has ended
        raise _NotSent(replace(answer, status=410, phase=Phase.CONTENT, reply="The upload has expired."))
    ranges = next(
        (value for name, value in answer.data.items() if name.lower() == "nextexpectedranges"), None
    )
    if answer.status != 200 or not isinstance(ranges, list):
        raise _NotSent(answer)
    first = str(ranges[0]).partition("-")[0] if ranges else str(size_bytes)
    if not first.isdecimal() or int(first) > size_bytes:
        raise _NotSent(answer)
    return int(first)


def _as_json(data: dict[str, object]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode("utf-8")
