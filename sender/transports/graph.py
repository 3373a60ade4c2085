"""Sending by Microsoft Graph, by the call that `sender.plan` chooses.

https://learn.microsoft.com/graph/api/user-sendmail
There is no idempotency key: once the body is on its way, only a definite answer tells what became of it.
"""

import base64
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from core.sentences import kept, said
from sender.mime import Frozen
from sender.plan import MAX_REQUEST_BYTES, Call, Plan, plan
from sender.transports import graph_calls
from sender.transports.base import Outcome, Phase, SendResult, Transport, for_all
from sender.transports.graph_calls import Body, Calls, GraphSettings
from sender.transports.graph_upload import DraftSending

_MAY_READ = {"mail.read", "mail.readwrite"}

__all__ = ["MAX_REQUEST_BYTES", "GraphSettings", "GraphTransport"]


class GraphTransport(Transport):
    """Sends over the connections that all mailboxes share."""

    provider = "microsoft"
    label = "Microsoft Graph"

    def __init__(self, settings: GraphSettings) -> None:
        self.settings = settings
        self._calls = Calls(settings)

    def open(self) -> None:
        """Fetches a token; Graph itself is asked only when there is a message."""
        self._calls.open()

    def close(self) -> None:
        self._calls.close()

    def send(self, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        with kept():  # the note goes into a row
            planned = plan(frozen, save_to_sent=self.settings.save_to_sent, scopes=self.settings.scopes)
        if planned.call is Call.NONE:
            return _refused(frozen, planned.note)
        result = self._by(planned, frozen, before_handover)
        return replace(result, note=planned.note) if planned.note else result

    def is_sent(self, message_id: str) -> bool:
        """Whether a message lies in Sent Items; False also where that cannot be told. Raises TransportError."""
        names = {scope.rpartition("/")[2].lower() for scope in self.settings.scopes}
        if not names & _MAY_READ:
            return False
        quoted = quote(message_id.replace("'", "''"), safe="")
        path = f"mailFolders/sentitems/messages?$filter=internetMessageId%20eq%20'{quoted}'&$select=id&$top=1"
        answer = self._calls.ask("GET", path)
        return answer.status == 200 and bool(answer.data.get("value"))

    def _by(self, planned: Plan, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        if planned.call is Call.UPLOAD:
            return DraftSending(self._calls, frozen, before_handover, self.drafts).send()
        if planned.call is Call.JSON:
            content, kind = planned.content, graph_calls.JSON
        else:
            content, kind = base64.b64encode(planned.content), graph_calls.MIME
        return self._calls.ask("POST", "sendMail", Body(content, before_handover), kind).result(frozen)


def _refused(frozen: Frozen, why: str) -> SendResult:
    """Nothing was asked of Graph."""
    reply = f"ErrorMessageSizeExceeded: {said(why)}"
    recipients = for_all(frozen, Outcome.REFUSED, reply=reply)
    return SendResult(Outcome.REFUSED, Phase.CONTENT, "graph_send", reply, recipients=recipients, note=why)
