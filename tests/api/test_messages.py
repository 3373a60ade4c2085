"""Messages by REST: handed over as JSON or whole, listed, stopped, tried again, settled."""

import base64
import json

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from api.scopes import Scope
from mailsettings.models import SmtpServer
from sender.models import OutboxMessage
from sender.reading import content_of
from tests.sender.helpers import begun, ended, hand_over, left_without_an_answer, refused, sent_to_some

ORDER = {
    "as": "bob@people.example",
    "to": ["rita@recipient.example"],
    "subject": "Order 1",
    "text": "One truck.",
}
RAW = b"To: rita@recipient.example\r\nSubject: Order 2\r\n\r\nTwo trucks.\r\n"


def test_a_message_is_stored_and_answered_with_its_address(world, program):
    erp = program()
    given = erp.post("/messages", ORDER)
    assert erp.status == 202
    message = OutboxMessage.objects.get()
    assert (given["id"], given["state"], given["person"]) == (
        str(message.pk),
        "waiting",
        "bob@people.example",
    )
    assert erp.headers["Location"] == f"/api/v1/messages/{message.pk}"
    assert message.submitted_by == "API key ERP"
    assert erp.get(f"/messages/{message.pk}")["recipients"] == [
        {"address": "rita@recipient.example", "kind": "to", "outcome": "", "reply": ""}
    ]


def test_everything_a_message_may_have_arrives(world, program):
    given = ORDER | {
        "cc": ["Carl <carl@recipient.example>"],
        "bcc": ["b@recipient.example"],
        "reply_to": ["orders@alpha.example"],
        "html": "<p>One <b>truck</b>.</p>",
        "attachments": [{"filename": "order.pdf", "content": base64.encodebytes(b"%PDF" * 99).decode()}],
        "headers": {"X-Order": "1"},
        "kind": "order",
        "priority": "high",
        "not_before": "2099-01-01T08:00:00+02:00",
    }
    erp = program()
    erp.post("/messages", given)
    assert erp.status == 202
    message = OutboxMessage.objects.get()
    assert (message.kind, message.priority, message.due_at.year) == ("order", 0, 2099)
    content = content_of(message)
    assert [file.name for file in content.files] == ["order.pdf"]


def test_a_whole_message_is_taken_as_it_is(world, program):
    erp = program()
    given = erp.post("/messages?as=bob@people.example", RAW, content_type="message/rfc822")
    assert (erp.status, given["subject"]) == (202, "Order 2")


MARK = b"\xef\xbb\xbf"  # with which Windows begins a text in UTF-8


def test_a_byte_order_mark_before_a_message_is_passed_over(world, program):
    erp = program()
    erp.post("/messages", MARK + json.dumps(ORDER).encode())
    assert erp.status == 202
    assert OutboxMessage.objects.get().subject == "Order 1"


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_json_in_another_encoding_is_refused_by_that_name(world, program, encoding):
    erp = program()
    body = json.dumps(ORDER | {"subject": "Käse"}, ensure_ascii=False).encode(encoding)
    said = erp.post("/messages", body, content_type=f"application/json; charset={encoding}")
    assert (erp.status, said["cause"]) == (400, "json_invalid")
    assert "UTF-8" in said["detail"]


def test_what_a_field_may_not_hold_is_said_in_words(world, program):
    erp = program()
    said = erp.post("/messages", ORDER | {"subject": "Order\n1"})
    assert (said["field"], said["detail"].split(".")[0]) == (
        "subject",
        "subject: This text contains a line break or another control character",
    )
    said = erp.post("/messages", ORDER | {"attachments": [{"filename": "a", "content": "!"}]})
    assert said["detail"] == "attachments.0.content: This is no base64."
    said = erp.post("/messages", ORDER | {"not_before": "1999-01-01T00:00:00Z"})
    assert said["detail"] == "not_before: Give a time between the years 2000 and 2999."


def test_two_recipients_in_one_entry_are_refused_and_none_is_passed_over(world, program):
    erp = program()
    said = erp.post(
        "/messages", ORDER | {"to": ["Rita <rita@recipient.example>, Carl <carl@recipient.example>"]}
    )
    assert (erp.status, said["field"]) == (422, "to")
    assert not OutboxMessage.objects.exists()


def test_a_whole_message_names_nobody_in_from_whom_the_key_may_not_send_as(world, program):
    erp = program(people=[world.user])
    for author, status in [
        ("bob@people.example", 202),
        ("carol@people.example", 403),
        ("bob@people.example, carol@people.example", 403),
        ("Bob <bob@people.example>", 202),
        ("director@elsewhere.example", 403),
    ]:
        raw = f"From: {author}\r\n".encode() + RAW
        said = erp.post("/messages?as=bob@people.example", raw, content_type="message/rfc822")
        assert erp.status == status, author
        if status == 403:
            assert (said["field"], said["cause"]) == ("from", "person_not_allowed")
    assert OutboxMessage.objects.count() == 2


def test_the_same_idempotency_key_stores_once_and_is_refused_for_another_message(world, program):
    erp = program()
    named = {"Idempotency-Key": "order-1"}
    first = erp.post("/messages", ORDER, headers=named)
    assert erp.post("/messages", ORDER, headers=named) == first
    clash = erp.post("/messages", ORDER | {"text": "Two."}, headers=named)
    assert (erp.status, clash["cause"], clash["field"]) == (422, "idempotency_clash", "Idempotency-Key")
    assert OutboxMessage.objects.count() == 1


def test_one_bad_address_among_many_and_nothing_is_stored(world, program):
    erp = program()
    said = erp.post("/messages", ORDER | {"to": ["a@recipient.example", "no address", "c@recipient.example"]})
    assert (erp.status, said["field"]) == (422, "to")
    assert "no address" in said["detail"]
    assert not OutboxMessage.objects.exists()


def test_ten_thousand_recipients_are_refused(world, program):
    erp = program()
    many = [f"r{number}@recipient.example" for number in range(10_000)]
    assert erp.post("/messages", ORDER | {"to": many})["field"] == "to"
    assert erp.status == 422
    raw = b"To: " + ",\r\n ".join(many).encode() + b"\r\n\r\nHello\r\n"
    said = erp.post("/messages?as=bob@people.example", raw, content_type="message/rfc822")
    assert (erp.status, said["field"]) == (422, "to")
    assert "1000" in said["detail"]
    assert not OutboxMessage.objects.exists()


INJECTED = "x\r\nBcc: eve@evil.example"


@pytest.mark.parametrize(
    "wrong",
    [
        {"as": f"bob@people.example{INJECTED}"},
        *({name: [f"rita@recipient.example{INJECTED}"]} for name in ("to", "cc", "bcc", "reply_to")),
        *({name: INJECTED} for name in ("from_name", "subject", "kind", "agreement", "language")),
        {"headers": {"X-Order": INJECTED}},
        {"headers": {INJECTED: "1"}},
        {"headers": {"Bcc": "eve@evil.example"}},
        {"headers": {"X-ü": "1"}},
        *(
            {"attachments": [{"filename": "a.txt", "content": "YQ=="} | {name: INJECTED}]}
            for name in ("filename", "content_type", "content_id", "content")
        ),
        *({name: "=?utf-8?q?x=0D=0ABcc:_eve@evil.example?="} for name in ("from_name", "subject")),
    ],
)
def test_no_field_brings_in_a_header_line(world, program, wrong):
    erp = program()
    said = erp.post("/messages", ORDER | wrong)
    assert erp.status == 422, said
    assert said["field"].split(".")[0] == next(iter(wrong))
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("key", ["x\x7f", "x" * 201])
def test_what_is_no_idempotency_key_is_refused(world, program, key):
    erp = program()
    assert erp.post("/messages", ORDER, headers={"Idempotency-Key": key})["field"] == "Idempotency-Key"
    assert erp.status == 422


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'"text"', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"as=bob", "application/x-www-form-urlencoded", 415),
        (b"", "message/rfc822", 422),
        (b"\x00\x01", "message/rfc822", 422),
        (b"no header at all", "message/rfc822", 422),
        (b"Subject: nobody gets it\r\n\r\n", "message/rfc822", 422),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(world, program, body, content_type, status):
    erp = program()
    path = "/messages?as=bob@people.example" if content_type == "message/rfc822" else "/messages"
    erp.post(path, body, content_type=content_type)
    assert erp.status == status
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("content", ["abc", "a===", "YQ", "====", "é"])
def test_broken_base64_is_told_by_its_field(world, program, content):
    erp = program()
    files = [{"filename": "a", "content": "YQ=="}, {"filename": "b", "content": content}]
    assert erp.post("/messages", ORDER | {"attachments": files})["field"] == "attachments.1.content"
    assert erp.status == 422


def test_a_field_nobody_knows_is_a_mistake(world, program):
    erp = program()
    assert erp.post("/messages", ORDER | {"bc": ["x@recipient.example"]})["field"] == "bc"


def test_a_key_sends_only_as_the_people_it_is_for(world, program):
    erp = program(people=[world.colleague])
    said = erp.post("/messages", ORDER)
    assert (erp.status, said["cause"], said["field"]) == (403, "person_not_allowed", "as")
    stranger = ORDER | {"as": "mallory@people.example"}
    assert program().post("/messages", stranger)["cause"] == "person_not_allowed"


def test_without_a_way_the_problem_names_each_way_and_why(world, program):
    erp = program()
    SmtpServer.objects.all().delete()
    said = erp.post("/messages", ORDER)
    assert (erp.status, said["type"].rpartition("-")[2]) == (409, "no_way")
    assert said["cause"]
    assert "company_smtp" in [each["field"] for each in said["errors"]]


def test_the_list_is_paged_and_filtered(world, program):
    sent = [hand_over(world.user, subject=f"Order {number}") for number in range(5)]
    refused(sent[0], "550 no such user")
    erp = program()
    page = erp.get("/messages?limit=2")
    assert [each["subject"] for each in page["messages"]] == ["Order 4", "Order 3"]
    page = erp.get(f"/messages?limit=2&before={page['before']}")
    assert [each["subject"] for each in page["messages"]] == ["Order 2", "Order 1"]
    for query in ("state=failed", "cause=recipient_invalid", "q=Order+0"):
        assert [each["id"] for each in erp.get(f"/messages?{query}")["messages"]] == [str(sent[0].pk)]
    assert len(erp.get("/messages?as=bob@people.example")["messages"]) == 5
    assert erp.get("/messages?as=carol@people.example")["messages"] == []
    assert erp.get("/messages?until=2020-01-01T00:00:00Z")["messages"] == []


def test_newer_ones_are_told_to_who_asks_again_and_nothing_is_told_twice(world, program):
    first, *others = [hand_over(world.user, subject=f"Order {number}") for number in range(5)]
    erp = program()
    page = erp.get(f"/messages?limit=3&after={first.pk}")
    assert [each["subject"] for each in page["messages"]] == ["Order 3", "Order 2", "Order 1"]
    page = erp.get(f"/messages?limit=3&after={page['after']}")
    assert ([each["subject"] for each in page["messages"]], page["after"]) == (["Order 4"], None)
    for query in ("", "&q=Order", "&state=waiting", "&method=company_smtp", f"&before={others[-1].pk}"):
        assert erp.get(f"/messages?after={others[-1].pk}{query}")["messages"] == [], query
        page = erp.get(f"/messages?after={others[1].pk}{query}")
        wanted = ["Order 3"] if "before" in query else ["Order 4", "Order 3"]
        assert [each["subject"] for each in page["messages"]] == wanted, query


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "state=lost",
        "before=1",
        "since=yesterday",
        "since=0519-07-24T11:41:55Z",
        "q=%00",
        "as=%00",
        "stat=sent",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(world, program, query):
    erp = program()
    assert erp.get(f"/messages?{query}")["field"] == query.partition("=")[0]
    assert erp.status == 422


def test_a_list_costs_the_same_for_one_message_and_for_fifty(world, program, django_assert_max_num_queries):
    for _ in range(50):
        hand_over(world.user)
    erp = program()
    erp.get("/messages")
    with django_assert_max_num_queries(3):
        erp.get("/messages")


def test_the_list_counts_who_was_refused(world, program):
    message = hand_over(world.user, to=("rita@recipient.example", "gone@recipient.example"))
    sent_to_some(message, "gone@recipient.example")
    ended(begun(hand_over(world.user)))
    listed = program().get("/messages")["messages"]
    assert [(each["state"], each["refused_recipients"]) for each in listed] == [("sent", 0), ("sent", 1)]


def test_what_failed_is_explained(world, program):
    message = hand_over(world.user)
    refused(message, "550 5.1.1 no such user")
    said = program().get(f"/messages/{message.pk}")
    assert said["explanation"]["cause"] == "recipient_invalid"
    assert said["attempts"][0]["reply"] == "550 5.1.1 no such user"


def test_a_message_is_stopped_once_and_tried_again(world, program):
    message = hand_over(world.user)
    erp = program()
    assert erp.post(f"/messages/{message.pk}/cancel")["state"] == "cancelled"
    assert erp.post(f"/messages/{message.pk}/cancel")["cause"] == "wrong_state"
    assert erp.status == 409
    assert erp.post(f"/messages/{message.pk}/retry")["state"] == "waiting"
    events = AuditEvent.objects.filter(actor_label="API key ERP").values_list("action", flat=True)
    assert sorted(events) == ["message.cancelled", "message.retried"]


@pytest.mark.parametrize(("found", "state"), [("sent", "sent"), ("lost", "waiting")])
def test_a_message_of_unknown_outcome_is_settled(world, program, found, state):
    message = hand_over(world.user)
    left_without_an_answer(message)
    assert program().post(f"/messages/{message.pk}/resolve", {"found": found})["state"] == state


def test_a_key_sees_only_the_messages_of_its_people(world, program):
    message = hand_over(world.user)
    for erp in (program(people=[world.colleague]), program(company=world.stranger.company)):
        assert erp.get("/messages")["messages"] == []
        for path in ("", "/cancel", "/retry", "/resolve"):
            said = erp.call("POST" if path else "GET", f"/messages/{message.pk}{path}", {"found": "sent"})
            assert (erp.status, said["cause"]) == (404, "not_found")
    assert OutboxMessage.objects.get().state == "waiting"


def test_the_text_never_comes_back(world, program):
    message = hand_over(world.user, text="canary of the text")
    erp = program(Scope.READ)
    assert "canary" not in str(erp.get("/messages")) + str(erp.get(f"/messages/{message.pk}"))
    assert message.submitted_at <= timezone.now()
