"""What every transport must do, whatever stands behind it."""

import base64
import json
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest
import trustme

from sender.mime import Attachment, compose, freeze_raw
from sender.transports.base import Outcome, Phase, RecipientResult, SendResult, Transport
from sender.transports.gmail import GmailSettings, GmailTransport
from sender.transports.graph import GraphSettings, GraphTransport
from sender.transports.memory import MemoryTransport
from sender.transports.smtp import SmtpSettings, SmtpTransport
from tests.sender.messages import DATE, SENDER, made_messages
from tests.sender.stub_drafts import StubDrafts
from tests.sender.stub_servers import DROP, StubGraph, StubSmtp

TO = ("uwe.user@nordicfreight.example", "una.user@balticship.example")


@dataclass
class Bench:
    """A transport before a provider that behaves in one way, and what reached that provider."""

    transport: Transport
    delivered: list[bytes]
    blind_on_top: bool = False
    files: tuple[Attachment, ...] = ()
    notes: list[int] = field(default_factory=list)  # how much was delivered at each call before the handover

    def message(self, subject="Contract"):
        return compose(
            sender=SENDER,
            to=[TO[0]],
            bcc=[TO[1]],
            subject=subject,
            text="Hello",
            attachments=self.files,
            date=DATE,
        )

    def send(self, frozen=None) -> SendResult:
        return self.transport.send(frozen or self.message(), lambda: self.notes.append(len(self.delivered)))


def memory_bench(behaviour, _stack):
    answers = {
        "accept": [],
        "refuse": [(Outcome.REFUSED, Phase.HANDED_OVER)],
        "defer": [(Outcome.DEFERRED, Phase.HANDED_OVER)],
        "lose before": [(Outcome.DEFERRED, Phase.CONNECT)],
        "lose after": [(Outcome.UNKNOWN, Phase.HANDED_OVER)],
    }[behaviour]
    results = [
        SendResult(outcome, phase, "memory", "said so", recipients=tuple(_each(outcome)))
        for outcome, phase in answers
    ]
    transport = MemoryTransport(results)
    return Bench(transport, _Bytes(transport.sent))


def _each(outcome):
    return (RecipientResult(address, outcome, "", "said so") for address in TO)


class _Bytes(list):
    """The bytes of what a MemoryTransport keeps, as the servers' own lists hold them."""

    def __init__(self, sent):
        super().__init__()
        self._sent = sent

    def __iter__(self):
        return (frozen.mime for frozen in self._sent)

    def __len__(self):
        return len(self._sent)

    def __getitem__(self, place):
        return self._sent[place].mime


def smtp_bench(behaviour, stack):
    replies = {
        "accept": {},
        "refuse": {".": "554 5.6.0 no"},
        "defer": {".": "451 4.3.0 later"},
        "lose before": {"DATA": DROP},
        "lose after": {".": DROP},
    }[behaviour]
    server = stack.enter_context(StubSmtp(trustme.CA(), replies))
    settings = SmtpSettings("127.0.0.1", server.port, security="none", authentication="none", timeout_s=5)
    return Bench(SmtpTransport(settings), server.messages)


GRAPH_ANSWERS = {
    "accept": [(202, {}, b"")],
    "refuse": [(400, {}, b'{"error":{"code":"ErrorInvalidRecipients"}}')],
    "defer": [(503, {}, b"later")],
    "lose before": [],
    "lose after": [DROP],
}


def graph_transport(server, behaviour, **settings):
    url = "http://127.0.0.1:1" if behaviour == "lose before" else server.url
    return GraphTransport(GraphSettings(url, token=lambda force: "token", timeout_s=5, **settings))


def graph_bench(behaviour, stack):
    server = stack.enter_context(StubGraph(GRAPH_ANSWERS[behaviour][:]))
    return Bench(graph_transport(server, behaviour), _Posted(server), blind_on_top=True)


def graph_json_bench(behaviour, stack):
    server = stack.enter_context(StubGraph(GRAPH_ANSWERS[behaviour][:]))
    return Bench(graph_transport(server, behaviour, save_to_sent=False), server.requests)


def graph_upload_bench(behaviour, stack):
    server = stack.enter_context(StubDrafts(GRAPH_ANSWERS[behaviour][:]))
    transport = graph_transport(server, behaviour, scopes=frozenset(["Mail.ReadWrite"]))
    return Bench(transport, server.requests, files=(Attachment("drawing.bin", bytes(3_300_000)),))


class _Posted(list):
    """The messages a StubGraph was sent."""

    def __init__(self, server):
        super().__init__()
        self._server = server

    def __len__(self):
        return len(self._server.requests)

    def __getitem__(self, place):
        return self._server.messages[place]

    def __iter__(self):
        return iter(self._server.messages)


GMAIL_ANSWERS = GRAPH_ANSWERS | {
    "accept": [(200, {}, b'{"id": "18c0ffee", "threadId": "18c0ffee"}')],
    "refuse": [(400, {}, b'{"error": {"code": 400, "errors": [{"reason": "invalidArgument"}]}}')],
}


def gmail_transport(server, behaviour):
    url = "http://127.0.0.1:1" if behaviour == "lose before" else server.url
    return GmailTransport(GmailSettings(url, token=lambda force: "token", timeout_s=5))


def gmail_bench(behaviour, stack):
    server = stack.enter_context(StubGraph(GMAIL_ANSWERS[behaviour][:]))
    return Bench(gmail_transport(server, behaviour), _InJson(server), blind_on_top=True)


def gmail_upload_bench(behaviour, stack):
    server = stack.enter_context(StubGraph(GMAIL_ANSWERS[behaviour][:]))
    files = (Attachment("drawing.bin", bytes(4_000_000)),)
    return Bench(gmail_transport(server, behaviour), server.requests, files=files)


class _InJson(_Posted):
    """The messages in what the Gmail API was sent."""

    def __getitem__(self, place):
        return list(self)[place]

    def __iter__(self):
        bodies = (body for _path, _headers, body in self._server.requests)
        return (base64.urlsafe_b64decode(json.loads(body)["raw"]) for body in bodies)


UNCHANGED = {"memory": memory_bench, "smtp": smtp_bench, "graph": graph_bench, "gmail": gmail_bench}
BENCHES = {
    **UNCHANGED,
    "graph json": graph_json_bench,
    "graph upload": graph_upload_bench,
    "gmail upload": gmail_upload_bench,
}
unchanged = pytest.mark.parametrize("bench", UNCHANGED.values(), ids=UNCHANGED, indirect=True)


@pytest.fixture(params=BENCHES.values(), ids=BENCHES)
def bench(request):
    with ExitStack() as stack:

        def make(behaviour):
            made = request.param(behaviour, stack)
            stack.callback(made.transport.close)
            made.transport.open()
            return made

        yield make


def test_an_accepted_message_is_accepted_for_every_recipient(bench):
    provider = bench("accept")
    result = provider.send()
    assert (result.outcome, result.phase) == (Outcome.ACCEPTED, Phase.HANDED_OVER)
    assert {item.address: item.outcome for item in result.recipients} == dict.fromkeys(TO, Outcome.ACCEPTED)


def test_the_handover_is_noted_once_and_before_anything_is_delivered(bench):
    provider = bench("accept")
    provider.send()
    assert provider.notes == [0]
    assert len(provider.delivered) == 1


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [("refuse", Outcome.REFUSED), ("defer", Outcome.DEFERRED)],
)
def test_a_definite_no_is_told_with_the_providers_words(bench, behaviour, outcome):
    result = bench(behaviour).send()
    assert result.outcome is outcome
    assert result.reply
    assert {item.outcome for item in result.recipients} == {outcome}
    assert len(result.recipients) == 2


def test_a_connection_lost_before_the_handover_is_deferred_and_nothing_is_noted(bench):
    provider = bench("lose before")
    result = provider.send()
    assert result.outcome is Outcome.DEFERRED
    assert result.phase is not Phase.HANDED_OVER
    assert provider.notes == []


def test_a_connection_lost_after_the_handover_is_unknown(bench):
    provider = bench("lose after")
    result = provider.send()
    assert (result.outcome, result.phase) == (Outcome.UNKNOWN, Phase.HANDED_OVER)
    assert provider.notes == [0]
    assert {item.outcome for item in result.recipients} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(
    "error", [OSError("disk full"), TimeoutError(), ValueError("x"), KeyboardInterrupt()]
)
def test_when_the_handover_cannot_be_noted_nothing_is_handed_over(bench, error):
    provider = bench("accept")

    def fail():
        raise error

    with pytest.raises(type(error)) as caught:
        provider.transport.send(provider.message(), fail)
    assert caught.value is error
    assert list(provider.delivered) == []
    assert provider.send().outcome is Outcome.ACCEPTED, "the transport can still be used"
    assert len(provider.delivered) == 1


def test_several_messages_go_over_one_transport_and_after_a_close(bench):
    provider = bench("accept")
    assert [provider.send(provider.message(str(n))).outcome for n in range(3)] == [Outcome.ACCEPTED] * 3
    provider.transport.close()
    provider.transport.close()
    assert provider.send().outcome is Outcome.ACCEPTED
    assert len(provider.delivered) == 4


@unchanged
@pytest.mark.parametrize(("name", "raw"), made_messages().items())
def test_the_bytes_arrive_as_they_were_frozen(bench, name, raw):
    provider = bench("accept")
    frozen = freeze_raw(raw, sender=SENDER, date=DATE)
    result = provider.send(frozen)
    assert result.outcome is Outcome.ACCEPTED
    ended = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    assert provider.delivered[0] in (raw, ended)


@unchanged
def test_blind_copies_are_seen_by_nobody(bench):
    provider = bench("accept")
    frozen = provider.message()
    provider.send(frozen)
    blind = f"Bcc: {TO[1]}\r\n".encode() if provider.blind_on_top else b""  # Graph takes it off again
    assert provider.delivered[0] == blind + frozen.mime


def test_only_the_recipients_left_over_are_sent_to(bench):
    provider = bench("accept")
    result = provider.send(replace(provider.message(), to=(), bcc=(TO[1],)))
    assert [item.address for item in result.recipients] == [TO[1]]
    if provider.blind_on_top:
        assert TO[0].encode() not in provider.delivered[0]
