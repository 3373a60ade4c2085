"""One message after another by the Gmail API, and what each answer makes of it."""

import base64
import json

import pytest

from diagnosis.explain import explain
from sender.mime import Attachment, compose
from sender.transports.base import Outcome, Phase
from sender.transports.gmail import MOST_BYTES, GmailSettings, GmailTransport
from tests.sender.messages import DATE, SENDER
from tests.sender.stub_servers import StubGraph

TOKEN = "ya29.header.body.signature"
ACCEPTED = (200, {}, b'{"id": "18c0ffee", "threadId": "18c0ffe0", "labelIds": ["SENT"]}')


def letter(size_bytes=0):
    files = (Attachment("drawing.bin", bytes(size_bytes)),) if size_bytes else ()
    return compose(
        sender=SENDER,
        to=["a@customer.example"],
        bcc=["b@customer.example"],
        text="Hello",
        attachments=files,
        date=DATE,
    )


def send(server, frozen=None, token=lambda force: TOKEN):
    """(result, how often the handover was noted)."""
    notes = []
    with GmailTransport(GmailSettings(server.url, token=token, timeout_s=5)) as transport:
        return transport.send(frozen or letter(), lambda: notes.append(1)), len(notes)


def error_json(status, reason, message="No."):
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return status, {}, json.dumps({"error": error}).encode()


def test_the_message_goes_as_base64url_in_json_and_gmails_ids_are_kept():
    with StubGraph([ACCEPTED]) as server:
        result, notes = send(server)
        ((path, headers, body),) = server.requests
    assert path == "/gmail/v1/users/me/messages/send"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Content-Type"] == "application/json"
    raw = base64.urlsafe_b64decode(json.loads(body)["raw"])
    assert raw.startswith(b"Bcc: b@customer.example\r\nFrom: ")
    assert (result.outcome, result.http_status, notes) == (Outcome.ACCEPTED, 200, 1)
    assert result.request_ids["gmail-message-id"] == "18c0ffee"
    assert result.request_ids["gmail-thread-id"] == "18c0ffe0"


def test_a_message_over_five_megabytes_is_uploaded_as_it_is():
    with StubGraph([ACCEPTED]) as server:
        result, _notes = send(server, letter(4_000_000))
        ((path, headers, body),) = server.requests
    assert result.outcome is Outcome.ACCEPTED
    assert path == "/upload/gmail/v1/users/me/messages/send?uploadType=media"
    assert headers["Content-Type"] == "message/rfc822"
    assert body.startswith(b"Bcc: b@customer.example\r\nFrom: ")


def test_a_message_gmail_cannot_take_is_refused_without_asking():
    with StubGraph([ACCEPTED]) as server:
        result, notes = send(server, letter(MOST_BYTES * 3 // 4))
        assert server.requests == []
    assert (result.outcome, notes) == (Outcome.REFUSED, 0)
    assert "35 MB" in result.note
    assert explain(result.reply, stage="graph_send", provider="google").cause == "message_too_large"


@pytest.mark.parametrize(
    ("answer", "outcome", "cause"),
    [
        (error_json(400, "invalidArgument", "Recipient address required"), Outcome.REFUSED, "recipient_invalid"),
        (error_json(400, "invalidArgument", "Invalid To header"), Outcome.REFUSED, "recipient_invalid"),
        (
            error_json(400, "failedPrecondition", "Mail service not enabled"),
            Outcome.FAILED,
            "mailbox_missing_or_unlicensed",
        ),
        (
            error_json(403, "insufficientPermissions", "Request had insufficient authentication scopes."),
            Outcome.FAILED,
            "graph_permission_missing",
        ),
        (
            error_json(403, "accessNotConfigured", "Gmail API has not been used in project 1 before."),
            Outcome.FAILED,
            "graph_permission_missing",
        ),
        (
            error_json(403, "delegationDenied", "Delegation denied for a@b.example"),
            Outcome.FAILED,
            "mailbox_access_not_granted",
        ),
        (error_json(403, "rateLimitExceeded", "Rate Limit Exceeded"), Outcome.DEFERRED, "provider_throttled"),
        (
            error_json(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
            Outcome.DEFERRED,
            "provider_throttled",
        ),
        (
            error_json(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
            Outcome.DEFERRED,
            "sending_limit_reached",
        ),
        (
            error_json(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-21T10:00:00.000Z"),
            Outcome.DEFERRED,
            "provider_throttled",
        ),
        (
            error_json(429, "rateLimitExceeded", "User-rate limit exceeded. (Mail sending)"),
            Outcome.DEFERRED,
            "sending_limit_reached",
        ),
        (error_json(413, "uploadTooLarge", "Request payload size exceeds"), Outcome.REFUSED, "message_too_large"),
        (error_json(500, "backendError", "Backend Error"), Outcome.UNKNOWN, "provider_temporarily_unavailable"),
        (error_json(503, "backendError", "Backend Error"), Outcome.DEFERRED, "provider_temporarily_unavailable"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), Outcome.FAILED, None),
        ((202, {}, b""), Outcome.UNKNOWN, None),
        ((200, {}, b"<html>a proxy's page</html>"), Outcome.UNKNOWN, None),
    ],
)  # fmt: skip
def test_every_answer_has_its_meaning_and_cause(answer, outcome, cause):
    with StubGraph([answer]) as server:
        result, notes = send(server)
        assert len(server.requests) == 1
    assert (result.outcome, result.phase, notes) == (outcome, Phase.HANDED_OVER, 1)
    if cause:
        why = explain(
            result.reply,
            stage=result.stage,
            provider="google",
            flow="delegated",
            http_status=result.http_status,
        )
        assert why.cause == cause


def test_a_refused_token_is_replaced_once():
    forced = []

    def token(force):
        forced.append(force)
        return TOKEN

    with StubGraph([error_json(401, "authError"), ACCEPTED]) as server:
        result, notes = send(server, token=token)
    assert (result.outcome, notes) == (Outcome.ACCEPTED, 1)
    assert True in forced


def test_a_token_refused_twice_fails_and_is_in_no_reply():
    with StubGraph([error_json(401, "authError", f"Bad token {TOKEN}")]) as server:
        result, _notes = send(server)
        assert len(server.requests) == 2
    assert (result.outcome, result.phase) == (Outcome.FAILED, Phase.SIGN_IN)
    assert TOKEN not in result.reply
    why = explain(result.reply, stage=result.stage, provider="google", flow="delegated", http_status=401)
    assert why.cause == "access_token_invalid"
