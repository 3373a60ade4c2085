"""Drafts and uploads at the sandbox, with plain requests."""

import base64
from email import message_from_bytes, policy

import pytest
import requests

from tests.sandbox.people import SAM, ULLA, Visitor, letter
from tests.sandbox.test_graph import json_message, refusal

WRITE = ("Mail.Send", "Mail.ReadWrite")
FILE = bytes(range(256)) * 16_000  # 4,096,000 bytes
STEP = 320 * 1024


@pytest.fixture
def token(visitor: Visitor) -> str:
    return visitor.access_token(ULLA, *WRITE)


def draft(visitor: Visitor, token: str, raw: bytes = b"", **headers: str) -> str:
    reply = visitor.send(token, raw or letter(Bcc="drei@example.com"), "/me/messages", **headers)
    assert (reply.status_code, reply.json()["isDraft"]) == (201, True)
    return f"/me/messages/{reply.json()['id']}"


def small_file(**changed: object) -> dict:
    content = base64.b64encode(b"\0\1").decode()
    kind = "#microsoft.graph.fileAttachment"
    return {"@odata.type": kind, "name": "a.bin", "contentBytes": content} | changed


def begin(visitor: Visitor, token: str, path: str, size: int = len(FILE)) -> requests.Response:
    item = {"attachmentType": "file", "name": "drawing.pdf", "size": size, "contentType": "application/pdf"}
    return visitor.graph(
        "POST", f"{path}/attachments/createUploadSession", token, json={"AttachmentItem": item}
    )


def put(visitor: Visitor, url: str, first: int, last: int, content: bytes = FILE, **headers: str):
    headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}", **headers}
    return visitor.web.put(url, data=content[first : last + 1], headers=headers)


def test_a_draft_is_sent_with_what_was_attached_and_is_a_draft_no_more(
    visitor: Visitor, token, sandbox_client
):
    path = draft(visitor, token)
    assert visitor.graph("GET", path, token).json()["internetMessageId"] == "<1@nordicfreight.example>"
    assert visitor.graph("POST", f"{path}/attachments", token, json=small_file()).status_code == 201
    assert len(sandbox_client.drafts(ULLA)) == 1
    reply = visitor.graph("POST", f"{path}/send", token)
    assert (reply.status_code, reply.content) == (202, b"")
    assert sandbox_client.drafts(ULLA) == []
    assert refusal(visitor.graph("GET", path, token)) == (404, "ErrorItemNotFound")
    (mail,) = sandbox_client.mail(to="drei@example.com")
    got = message_from_bytes(sandbox_client.raw(mail.id), policy=policy.default)
    assert got["Bcc"] is None
    assert [part.get_content() for part in got.iter_attachments()] == [b"\0\1"]
    assert b"drei@example.com" in sandbox_client.sent_copy(mail.id)


def test_an_immutable_id_outlives_the_sending(visitor: Visitor, token):
    path = draft(visitor, token, Prefer='IdType="ImmutableId"')
    visitor.graph("POST", f"{path}/send", token)
    assert visitor.graph("GET", path, token).json()["isDraft"] is False
    assert refusal(visitor.graph("POST", f"{path}/send", token))[0] == 400


def test_a_draft_may_be_made_of_json_and_deleted(visitor: Visitor, token, sandbox_client):
    reply = visitor.graph("POST", "/me/messages", token, json=json_message()["message"])
    assert reply.json()["subject"] == "Fraktsedel Ā"
    assert visitor.graph("DELETE", f"/me/messages/{reply.json()['id']}", token).status_code == 204
    assert sandbox_client.drafts(ULLA) == []


def test_drafts_need_mail_readwrite(visitor: Visitor, token):
    sends_only = visitor.access_token(SAM)
    assert refusal(visitor.send(sends_only, letter(), "/me/messages")) == (403, "ErrorAccessDenied")
    path = draft(visitor, token)
    for method, end in [("GET", ""), ("DELETE", ""), ("POST", "/attachments")]:
        assert refusal(visitor.graph(method, path + end, sends_only, json={}))[0] == 403


def test_a_from_that_is_not_allowed_is_refused_when_it_is_sent_and_stays_a_draft(
    visitor: Visitor, token, sandbox_client
):
    path = draft(visitor, token, letter("boss@nordicfreight.example"))
    assert refusal(visitor.graph("POST", f"{path}/send", token)) == (403, "ErrorSendAsDenied")
    assert len(sandbox_client.drafts(ULLA)) == 1


def test_a_file_goes_up_in_pieces_and_arrives(visitor: Visitor, token, sandbox_client):
    path = draft(visitor, token)
    begun = begin(visitor, token, path).json()
    url = begun["uploadUrl"]
    assert begun["nextExpectedRanges"] == ["0"]
    reply = put(visitor, url, 0, 4 * STEP - 1)
    assert (reply.status_code, reply.json()["nextExpectedRanges"]) == (200, [str(4 * STEP)])
    assert visitor.web.get(url).json()["nextExpectedRanges"] == [str(4 * STEP)]
    reply = put(visitor, url, 4 * STEP, len(FILE) - 1)
    assert (reply.status_code, reply.content) == (201, b"")
    assert reply.headers["Location"]
    assert visitor.web.get(url).status_code == 404
    assert sandbox_client.requests()["graph.upload.bytes"] == len(FILE)
    visitor.graph("POST", f"{path}/send", token)
    got = message_from_bytes(sandbox_client.raw(sandbox_client.mail()[0].id), policy=policy.default)
    (part,) = got.iter_attachments()
    assert (part.get_content() == FILE, part.get_filename()) == (True, "drawing.pdf")


@pytest.mark.parametrize(
    ("first", "last", "headers", "status"),
    [
        (STEP, 2 * STEP - 1, {}, 416),
        (0, 9, {"Authorization": "Bearer x"}, 401),
        (0, 9, {"Content-Range": "bytes 0-9/10"}, 400),
        (0, 9, {"Content-Range": f"bytes 0-8/{len(FILE)}"}, 400),
        (0, 9, {"Content-Range": "0-9"}, 400),
    ],
)
def test_pieces_are_checked(visitor: Visitor, token, first, last, headers, status):
    url = begin(visitor, token, draft(visitor, token)).json()["uploadUrl"]
    assert put(visitor, url, first, last, **headers).status_code == status
    assert visitor.web.get(url).json()["nextExpectedRanges"] == ["0"]


def test_a_piece_that_was_there_already_is_a_conflict(visitor: Visitor, token):
    url = begin(visitor, token, draft(visitor, token)).json()["uploadUrl"]
    assert [put(visitor, url, 0, STEP - 1).status_code for _ in range(2)] == [200, 409]


def test_a_piece_must_be_under_four_megabytes(visitor: Visitor, token):
    size = 5 * 1024 * 1024
    url = begin(visitor, token, draft(visitor, token), size).json()["uploadUrl"]
    assert put(visitor, url, 0, 4 * 1024 * 1024 - 1, bytes(size)).status_code == 413


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (2_000_000, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"),
        (151 * 1024 * 1024, "ErrorAttachmentSizeLimitExceeded"),
        ("big", "RequestBodyRead"),
    ],
)
def test_an_upload_is_for_files_of_3_to_150_megabytes(visitor: Visitor, token, size, code):
    assert refusal(begin(visitor, token, draft(visitor, token), size)) == (400, code)


@pytest.mark.parametrize("data", [{}, [], {"@odata.type": 7}, small_file(contentBytes="*")])
def test_an_attachment_that_is_none_is_refused(visitor: Visitor, token, data):
    path = draft(visitor, token)
    assert refusal(visitor.graph("POST", f"{path}/attachments", token, json=data)) == (400, "RequestBodyRead")


def test_an_upload_can_be_cancelled_and_its_time_can_end(visitor: Visitor, token, sandbox_client):
    path = draft(visitor, token)
    url = begin(visitor, token, path).json()["uploadUrl"]
    assert visitor.web.delete(url).status_code == 204
    assert put(visitor, url, 0, STEP - 1).status_code == 404
    sandbox_client.add_fault("graph.upload.lifetime", seconds=-1, times=1)
    url = begin(visitor, token, path).json()["uploadUrl"]
    assert put(visitor, url, 0, STEP - 1).status_code == 404


def test_a_deleted_draft_takes_its_uploads_along(visitor: Visitor, token):
    path = draft(visitor, token)
    url = begin(visitor, token, path).json()["uploadUrl"]
    visitor.graph("DELETE", path, token)
    assert put(visitor, url, 0, STEP - 1).status_code == 404


@pytest.mark.parametrize(("action", "kept"), [("drop_before", 0), ("drop_after", STEP)])
def test_a_cut_piece_was_kept_or_not(visitor: Visitor, token, sandbox_client, action, kept):
    url = begin(visitor, token, draft(visitor, token)).json()["uploadUrl"]
    sandbox_client.add_fault("graph.upload", action=action, times=1)
    with pytest.raises(requests.ConnectionError):
        put(visitor, url, 0, STEP - 1)
    assert visitor.web.get(url).json()["nextExpectedRanges"] == [str(kept)]


def test_drafts_and_uploads_fail_on_demand(visitor: Visitor, token, sandbox_client):
    path = draft(visitor, token)
    sandbox_client.add_fault("graph.draft", status=503, times=3)
    sandbox_client.add_fault("graph.upload", status=429, retry_after="3", times=1)
    assert visitor.send(token, letter(), "/me/messages").status_code == 503
    assert visitor.graph("POST", f"{path}/attachments", token, json=small_file()).status_code == 503
    assert begin(visitor, token, path).status_code == 503
    url = begin(visitor, token, path).json()["uploadUrl"]
    assert put(visitor, url, 0, STEP - 1).headers["Retry-After"] == "3"


@pytest.mark.parametrize(("action", "waiting"), [("drop_before", 1), ("drop_after", 0)])
def test_a_cut_at_the_sending_leaves_a_draft_only_if_it_did_not_go(
    visitor: Visitor, token, sandbox_client, action, waiting
):
    path = draft(visitor, token)
    sandbox_client.add_fault("graph.send", action=action, times=1)
    with pytest.raises(requests.ConnectionError):
        visitor.graph("POST", f"{path}/send", token)
    assert len(sandbox_client.drafts(ULLA)) == waiting
    assert len(sandbox_client.mail()) == 1 - waiting
