"""Sending by Microsoft Graph, by the call that `sender.plan` chooses.

https://learn.microsoft.com/graph/api/user-sendmail
There is no idempotency key: once the body is on its way, only a definite answer tells what became of it.
"""

import base64
from collections.abc import Callable
from dataclasses import replace

from sender.mime import Frozen, for_graph
from sender.plan import MAX_REQUEST_BYTES, Call, plan
from sender.transports import graph_calls
from sender.transports.base import Outcome, Phase, SendResult, Transport, for_all
from sender.transports.graph_calls import Body, Calls, GraphSettings
from sender.transports.graph_json import send_mail_body
from sender.transports.graph_upload import DraftSending

__all__ = ["MAX_REQUEST_BYTES", "GraphSettings", "GraphTransport"]


class GraphTransport(Transport):
    """One https session, kept for several messages."""

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
        planned = plan(frozen, save_to_sent=self.settings.save_to_sent, scopes=self.settings.scopes)
        if planned.call is Call.NONE:
            return _refused(frozen, planned.note)
        return replace(self._by(planned.call, frozen, before_handover), note=planned.note)

    def _by(self, call: Call, frozen: Frozen, before_handover: Callable[[], None]) -> SendResult:
        if call is Call.UPLOAD:
            return DraftSending(self._calls, frozen, before_handover, self.drafts).send()
        if call is Call.JSON:
            content, kind = send_mail_body(frozen, save_to_sent=self.settings.save_to_sent), graph_calls.JSON
        else:
            content, kind = base64.b64encode(for_graph(frozen)), graph_calls.MIME
        return self._calls.ask("POST", "sendMail", Body(content, before_handover), kind).result(frozen)


def _refused(frozen: Frozen, why: str) -> SendResult:
    """Nothing was asked of Graph."""
    reply = f"ErrorMessageSizeExceeded: {why}"
    recipients = for_all(frozen, Outcome.REFUSED, reply=reply)
    return SendResult(Outcome.REFUSED, Phase.CONTENT, "graph_send", reply, recipients=recipients, note=why)
