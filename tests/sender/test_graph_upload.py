"""Drafts with uploads: what is asked of Graph, cuts and refusals on the way, and what is left behind."""

import base64
import socket
from email import message_from_bytes, policy
from functools import cache

import pytest

from sender.mime import Attachment, compose
from sender.transports.base import Outcome, Phase, TransportError
from sender.transports.graph import GraphSettings, GraphTransport
from sender.transports.graph_upload import PIECE_BYTES, may_upload_to
from tests.sender.messages import DATE, SENDER
from tests.sender.stub_drafts import DRAFT, StubDrafts
from tests.sender.stub_servers import DROP

TOKEN = "header.body.signature"
FILE = bytes(range(256)) * 27_000  # 6,912,000 bytes: three pieces
SMALL = Attachment("note.bin", b"\0\1\2" * 100_000)
OF_BOTH_KINDS = [Attachment("b.pdf", FILE), *[Attachment(f"{n}.bin", bytes(2_000_000)) for n in range(2)]]
NO = b'{"error":{"code":"%s","message":"No."}}'


@cache
def letter(*files: Attachment, **changes):
    fields = {"text": "Hello", "bcc": ["b@customer.example"]} | changes
    attachments = files or (Attachment("ž.pdf", FILE), SMALL)
    return compose(sender=SENDER, to=["a@customer.example"], attachments=attachments, date=DATE, **fields)


def send(server, frozen=None, token=lambda force: TOKEN):
    """(result, how often the handover was noted)."""
    notes = []
    settings = GraphSettings(server.url, token=token, timeout_s=5, scopes=frozenset(["Mail.ReadWrite"]))
    with GraphTransport(settings) as transport:
        return transport.send(frozen or letter(), lambda: notes.append(1)), len(notes)


def steps(server) -> list[str]:
    """The calls without repetitions in a row."""
    short = [f"{method} {path.removeprefix(DRAFT)}" for method, path in server.calls]
    return [step for step, before in zip(short, ["", *short], strict=False) if step != before]


ORDINARY = [
    "POST /v1.0/me/messages",
    "POST /attachments/createUploadSession",
    "PUT /up?key=k3y",
    "POST /send",
]
GIVEN_UP = "DELETE "


def test_the_draft_has_everything_but_the_large_file_which_goes_up_in_pieces():
    with StubDrafts() as server:
        result, notes = send(server)
    assert (result.outcome, result.phase, notes, result.note) == (Outcome.ACCEPTED, Phase.HANDED_OVER, 1, "")
    assert result.request_ids["request-id"] == "r-1"
    assert steps(server) == ORDINARY
    assert bytes(server.uploaded) == FILE
    made = message_from_bytes(base64.b64decode(server.drafts[0], validate=True), policy=policy.default)
    assert (made["Bcc"], made["To"]) == ("b@customer.example", "a@customer.example")
    assert [part.get_content() for part in made.iter_attachments()] == [SMALL.content]


def test_pieces_come_in_order_without_the_token_and_the_draft_keeps_its_id():
    with StubDrafts() as server:
        send(server)
    pieces = [
        headers for (method, _), headers in zip(server.calls, server.headers, strict=True) if method == "PUT"
    ]
    assert [headers["Content-Range"] for headers in pieces] == [
        f"bytes {first}-{min(first + PIECE_BYTES, len(FILE)) - 1}/{len(FILE)}"
        for first in range(0, len(FILE), PIECE_BYTES)
    ]
    assert not any("Authorization" in headers for headers in pieces)
    assert PIECE_BYTES % (320 * 1024) == 0
    assert PIECE_BYTES < 4_000_000
    assert server.headers[0]["Prefer"] == 'IdType="ImmutableId"'
    assert server.headers[-1]["Content-Length"] == "0"


def test_many_small_files_are_attached_one_by_one():
    files = [Attachment(f"{n}.bin", bytes([n]) * 1_000_000) for n in range(5)]
    with StubDrafts() as server:
        assert send(server, letter(*files))[0].outcome is Outcome.ACCEPTED
    assert steps(server) == [ORDINARY[0], "POST /attachments", "POST /send"]


def test_a_cut_piece_is_sent_again_from_where_the_server_says():
    with StubDrafts(replies={"PUT": [None, DROP, None, DROP]}) as server:
        assert send(server)[0].outcome is Outcome.ACCEPTED
    assert bytes(server.uploaded) == FILE
    assert [method for method, _ in server.calls].count("PUT") == 5
    assert [method for method, _ in server.calls].count("GET") == 2


@pytest.mark.parametrize("status", [409, 416, 500, 502, 504])
def test_a_piece_out_of_place_and_a_passing_fault_are_answered_by_asking(status):
    with StubDrafts(replies={"PUT": [(status, {}, b"")]}) as server:
        assert send(server)[0].outcome is Outcome.ACCEPTED
    assert bytes(server.uploaded) == FILE


def test_a_file_that_is_whole_after_a_cut_is_not_sent_again():
    whole = (200, {}, {"NextExpectedRanges": []})
    small = letter(Attachment("a.bin", bytes(3_200_000)))
    with StubDrafts(replies={"PUT": [DROP], "GET upload": [whole]}) as server:
        assert send(server, small)[0].outcome is Outcome.ACCEPTED
    assert [method for method, _ in server.calls].count("PUT") == 1


def test_a_connection_that_is_cut_again_and_again_is_given_up_and_tried_later():
    with StubDrafts(replies={"PUT": [DROP] * 99, "GET upload": [DROP] * 99}) as server:
        result, notes = send(server)
    assert (result.outcome, result.phase, result.stage, notes) == (
        Outcome.DEFERRED,
        Phase.CONTENT,
        "graph_other",
        0,
    )
    assert server.calls[-1] == ("DELETE", DRAFT)
    assert [method for method, _ in server.calls].count("PUT") == 5


def error(status: int, code: str, **headers: str) -> tuple:
    return (status, {name.replace("_", "-"): value for name, value in headers.items()}, NO % code.encode())


@pytest.mark.parametrize("call", ["POST messages", "POST attachments", "createUploadSession", "PUT"])
@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (error(400, "ErrorInvalidRequest"), Outcome.REFUSED),
        (error(413, "ErrorMessageSizeExceeded"), Outcome.REFUSED),
        (error(404, "ErrorItemNotFound"), Outcome.DEFERRED),
        (error(429, "ApplicationThrottled", Retry_After="77"), Outcome.DEFERRED),
        (error(503, "ServiceUnavailable"), Outcome.DEFERRED),
        ((202, {}, b"<html>a proxy</html>"), Outcome.DEFERRED),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), Outcome.FAILED),
    ],
)
def test_what_fails_before_the_sending_is_definite_and_leaves_no_draft(call, reply, outcome):
    with StubDrafts(replies={call: [reply]}) as server:
        result, notes = send(server, letter(*OF_BOTH_KINDS))
    assert (result.outcome, result.phase, notes) == (outcome, Phase.CONTENT, 0)
    assert {item.outcome for item in result.recipients} == {outcome}
    assert result.retry_after_s == (77 if reply[0] == 429 else None)
    assert not server.requests
    assert (server.calls[-1] == ("DELETE", DRAFT)) == (call != "POST messages")


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_draft_that_may_not_have_been_made_is_tried_again_later(status):
    with StubDrafts(replies={"POST messages": [(status, {}, b"")]}) as server:
        result, notes = send(server)
    assert (result.outcome, result.phase, notes) == (Outcome.DEFERRED, Phase.CONTENT, 0)


@pytest.mark.parametrize("status", [401, 403])
def test_an_upload_address_that_has_ended_says_nothing_about_the_sign_in(status):
    with StubDrafts(replies={"PUT": [(status, {}, b"")]}) as server:
        result, _notes = send(server)
    assert (result.outcome, result.phase) == (Outcome.DEFERRED, Phase.CONTENT)


def test_a_token_that_ended_early_is_replaced_once_on_the_way():
    forced = []

    def token(force):
        forced.append(force)
        return f"token-{force}"

    with StubDrafts(replies={"createUploadSession": [error(401, "InvalidAuthenticationToken")]}) as server:
        assert send(server, token=token)[0].outcome is Outcome.ACCEPTED
    assert forced.count(True) == 1


def test_without_a_new_token_the_draft_is_left_and_the_error_goes_on():
    def token(force):
        if force:
            raise TransportError(stage="token", reply="AADSTS50173")
        return TOKEN

    with StubDrafts(replies={"createUploadSession": [error(401, "x")] * 9}) as server:
        with pytest.raises(TransportError):
            send(server, token=token)
        assert not server.requests


@pytest.mark.parametrize(
    ("answer", "outcome", "deleted"),
    [
        (error(400, "ErrorInvalidRecipients"), Outcome.REFUSED, True),
        (error(403, "ErrorSendAsDenied"), Outcome.REFUSED, True),
        (error(429, "ApplicationThrottled"), Outcome.DEFERRED, True),
        (error(503, "ServiceUnavailable"), Outcome.DEFERRED, True),
        (error(504, "GatewayTimeout"), Outcome.UNKNOWN, False),
        (DROP, Outcome.UNKNOWN, False),
    ],
)
def test_the_answer_to_the_sending_decides_and_an_open_end_leaves_the_draft_alone(answer, outcome, deleted):
    still_there = (200, {}, {"isDraft": True})
    with StubDrafts([answer], {"GET draft": [still_there]}) as server:
        result, notes = send(server)
    assert (result.outcome, result.phase, result.stage, notes) == (
        outcome,
        Phase.HANDED_OVER,
        "graph_send",
        1,
    )
    assert (server.calls[-1] == ("DELETE", DRAFT)) == deleted


@pytest.mark.parametrize("answer", [DROP, error(504, "GatewayTimeout")])
def test_a_draft_that_is_none_any_more_proves_that_it_was_sent(answer):
    with StubDrafts([answer], {"GET draft": [(200, {}, {"isDraft": False})]}) as server:
        result, _notes = send(server)
    assert result.outcome is Outcome.ACCEPTED
    assert {item.outcome for item in result.recipients} == {Outcome.ACCEPTED}


@pytest.mark.parametrize("reply", [DROP, (404, {}, b""), (200, {}, b"?"), (500, {}, b"")])
def test_without_that_proof_it_stays_unknown(reply):
    with StubDrafts([DROP], {"GET draft": [reply]}) as server:
        assert send(server)[0].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "ranges", [{"nextExpectedRanges": ["soon"]}, {"nextExpectedRanges": [f"{10**9}-"]}, {}, [], b"?"]
)
def test_an_answer_that_cannot_be_read_ends_the_upload(ranges):
    with StubDrafts(replies={"PUT": [(200, {}, ranges)]}) as server:
        result, notes = send(server)
    assert (result.outcome, notes) == (Outcome.DEFERRED, 0)


def test_a_server_that_never_gets_on_is_given_up():
    with StubDrafts(replies={"PUT": [(200, {}, {"nextExpectedRanges": ["0-"]})] * 99}) as server:
        assert send(server)[0].outcome is Outcome.DEFERRED


def test_the_upload_address_is_a_key_and_never_quoted():
    leak = (400, {}, b'{"error":{"message":"no such upload: http://127.0.0.1:%d/up?key=k3y"}}')
    with StubDrafts() as server:
        server.replies["PUT"] = [(*leak[:2], leak[2] % server.port)]
        result, _notes = send(server)
    assert "k3y" not in result.reply + repr(result)
    assert "no such upload" in result.reply


@pytest.mark.parametrize("call", ["POST messages", "createUploadSession", "PUT"])
def test_a_yes_that_cannot_be_read_is_not_quoted(call):
    odd = (206, {}, {"body": {"content": "Dear Anna"}, "uploadUrl": "https://files.example/up?key=k3y"})
    with StubDrafts(replies={call: [odd]}) as server:
        result, _notes = send(server)
    assert result.reply == "HTTP 206, and not the answer that was expected"
    assert {item.reply for item in result.recipients} == {result.reply}


def test_a_file_is_not_sent_to_a_strange_address():
    strange = (201, {}, {"uploadUrl": "http://files.example/up"})
    with StubDrafts(replies={"createUploadSession": [strange]}) as server:
        result, notes = send(server)
    assert (result.outcome, notes) == (Outcome.DEFERRED, 0)
    assert result.reply == "Files may not be sent to that address."
    assert server.calls[-1][0] == "DELETE"


@pytest.mark.parametrize(
    ("url", "address", "allowed"),
    [
        ("https://outlook.office.com/api/up?authtoken=x", "52.97.1.1", True),
        ("https://outlook.office.com/api/up", "10.0.0.1", False),
        ("https://outlook.office.com/api/up", "127.0.0.1", False),
        ("http://outlook.office.com/api/up", "52.97.1.1", False),
        ("https://user@outlook.office.com/up", "52.97.1.1", False),
        ("https://outlook.office.com:port/up", "52.97.1.1", False),
        ("https:///up", "52.97.1.1", False),
        ("file:///etc/passwd", "52.97.1.1", False),
        ("https://graph.microsoft.com/up", "10.0.0.1", True),
    ],
)
def test_uploads_go_to_graph_itself_or_to_public_https_hosts(monkeypatch, settings, url, address, allowed):
    settings.OUTGOING_ALLOWED_NETWORKS = []
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    assert may_upload_to(url, "https://graph.microsoft.com") is allowed


class Noted:
    """Drafts as the outbox keeps them."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)

    def left(self) -> list[str]:
        return list(self.ids)

    def made(self, draft_id: str) -> None:
        self.ids.append(draft_id)

    def gone(self, draft_id: str) -> None:
        self.ids.remove(draft_id)


def send_noting(server, drafts: Noted):
    settings = GraphSettings(server.url, token=lambda _force: TOKEN, timeout_s=5, scopes={"Mail.ReadWrite"})
    with GraphTransport(settings) as transport:
        transport.drafts = drafts
        return transport.send(letter(), lambda: None)


def is_draft(answer: bool) -> tuple[int, dict, dict]:
    return (200, {}, {"isDraft": answer})


def test_what_a_dead_worker_left_is_deleted_before_the_next_draft_is_made():
    drafts = Noted("old/1=")
    with StubDrafts(replies={"GET draft": [is_draft(True)]}) as server:
        assert send_noting(server, drafts).outcome is Outcome.ACCEPTED
    old = "/v1.0/me/messages/old%2F1%3D"
    assert server.calls[:3] == [
        ("GET", f"{old}?$select=isDraft"),
        ("DELETE", old),
        ("POST", "/v1.0/me/messages"),
    ]
    assert drafts.ids == ["AAk/1="], "the new one is known by its id in Sent Items"


@pytest.mark.parametrize(
    ("looked", "deleted", "ids"),
    [
        (is_draft(False), (204, {}, b""), ["old", "AAk/1="]),  # it was sent: the copy in Sent Items stays
        ((404, {}, {"error": {"code": "ErrorItemNotFound"}}), (204, {}, b""), ["old", "AAk/1="]),
        (is_draft(True), (404, {}, {"error": {"code": "ErrorItemNotFound"}}), ["AAk/1="]),
        (is_draft(True), (503, {}, {"error": {"code": "Busy"}}), ["old", "AAk/1="]),
        (DROP, (204, {}, b""), ["old", "AAk/1="]),
    ],
)
def test_a_draft_that_cannot_be_cleared_away_does_not_hold_up_the_message(looked, deleted, ids):
    drafts = Noted("old")
    with StubDrafts(replies={"GET draft": [looked], "DELETE": [deleted]}) as server:
        assert send_noting(server, drafts).outcome is Outcome.ACCEPTED
    assert drafts.ids == ids
    deletions = [path for method, path in server.calls if method == "DELETE"]
    assert bool(deletions) == (looked == is_draft(True))


def test_a_draft_that_is_given_up_is_forgotten_when_it_is_deleted():
    drafts = Noted()
    with StubDrafts(replies={"PUT": [(500, {}, b"")] * 20}) as server:
        assert send_noting(server, drafts).outcome is Outcome.DEFERRED
    assert drafts.ids == []
