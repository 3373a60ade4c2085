"""Batches by REST: many messages as lines of JSON, each taken or refused, however the request ends."""

import json
import threading
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from api import keys
from api.scopes import Scope
from api.v1 import taking
from mailsettings.models import SmtpServer
from sender import batches
from sender.models import Batch, BatchLine, OutboxMessage
from sender.reading import content_of
from tests.api.test_messages import INJECTED, ORDER

NDJSON = "application/x-ndjson"


def order(number: int, **fields: object) -> dict[str, object]:
    return ORDER | {"to": [f"r{number}@recipient.example"], "subject": f"Order {number}"} | fields


def written(*lines: object) -> bytes:
    return b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)


def send(program, body: bytes, key: str = "monday", **options: object):
    """The answer, and its lines where it has some."""
    headers = {"Authorization": f"Bearer {program.secret}", "Idempotency-Key": key}
    answer = Client().generic("POST", "/api/v1/batches", body, NDJSON, headers=headers, **options)
    if answer["Content-Type"] != NDJSON:
        return answer, answer.json()
    return answer, [json.loads(line) for line in answer.getvalue().splitlines()]


def test_a_byte_order_mark_before_the_template_is_passed_over(world, program):
    body = written({"template": ORDER}, {"subject": "Order 1"})
    answer, said = send(program(), b"\xef\xbb\xbf" + body)
    assert (answer.status_code, [each["line"] for each in said]) == (202, [2])
    assert OutboxMessage.objects.get().subject == "Order 1"


def test_each_line_becomes_a_message_or_a_problem(world, program):
    erp = program()
    answer, said = send(erp, written(order(1), order(2, to=["nobody"]), order(3)))
    assert answer.status_code == 202
    assert [each["line"] for each in said] == [1, 2, 3]
    assert said[1] == {
        "line": 2,
        "cause": "",
        "problem": {"cause": "invalid", "field": "to", "detail": said[1]["problem"]["detail"]},
    }
    assert "nobody" in said[1]["problem"]["detail"]
    stored = {str(row.pk): row.subject for row in OutboxMessage.objects.all()}
    assert stored == {said[0]["id"]: "Order 1", said[2]["id"]: "Order 3"}
    batch = Batch.objects.get()
    assert (batch.lines, batch.accepted, batch.refused) == (3, 2, 1)
    assert batch.finished_at is not None
    assert answer["Location"] == f"/api/v1/batches/{batch.pk}"


def test_the_same_key_again_sends_nothing_twice_and_tries_what_was_refused(world, program):
    erp = program()
    _answer, first = send(erp, written(order(1), order(2, to=["nobody"])))
    _answer, again = send(erp, written(order(1), order(2), order(3)))
    assert again[0] == first[0]
    assert [bool(each.get("id")) for each in again] == [True, True, True]
    assert OutboxMessage.objects.count() == 3
    assert Batch.objects.values_list("lines", "accepted", "refused").get() == (3, 3, 0)


def test_a_repeated_part_costs_few_questions_however_many_its_lines(world, program):
    erp, body = program(), written(*(order(number) for number in range(30)))
    _answer, first = send(erp, body)
    with CaptureQueriesContext(connection) as queries:
        _answer, again = send(erp, body)
    assert again == first
    assert len(queries) < 16


def test_another_message_under_a_line_that_was_taken_is_refused(world, program):
    erp = program()
    send(erp, written(order(1)))
    _answer, said = send(erp, written(order(1, text="Two trucks.")))
    assert said[0]["problem"]["cause"] == "idempotency_clash"
    assert OutboxMessage.objects.get().idempotency_key == "monday:1"


def test_a_line_may_have_a_key_of_its_own(world, program):
    erp = program()
    own = order(1, idempotency_key="order-1")
    _answer, said = send(erp, written(own, own))
    assert said[0]["id"] == said[1]["id"]
    _answer, later = send(erp, written(own), key="tuesday")
    assert later[0]["id"] == said[0]["id"]


def test_empty_lines_are_passed_over_and_counted(world, program):
    _answer, said = send(program(), b"\n\r\n" + written(order(1)) + b"\r\n\n" + written(order(2)) + b"\n")
    assert [each["line"] for each in said] == [3, 5]


@pytest.mark.parametrize(
    ("line", "cause", "field"),
    [
        (b"{", "json_invalid", None),
        (b"\xff\xfe", "json_invalid", None),
        (b"[" * 100_000, "json_invalid", None),
        (b"[]", "invalid", None),
        (order(1, bc=[]), "invalid", "bc"),
        (order(1, to=[f"rita@recipient.example{INJECTED}"]), "invalid", "to.0"),
        (order(1, subject=INJECTED), "invalid", "subject"),
        (order(1, subject="=?utf-8?q?x=0D=0ABcc:_eve@evil.example?="), "invalid", "subject"),
        (order(1, from_name="=?utf-8?q?x=0D=0ABcc:_eve@evil.example?="), "invalid", "from_name"),
        (order(1, headers={"Bcc": "eve@evil.example"}), "invalid", "headers"),
        (order(1, attachments=[{"filename": "a", "content": "a==="}]), "invalid", "attachments.0.content"),
        (order(1, idempotency_key="x\x7f"), "invalid", "idempotency_key"),
        (order(1, kind="x" * 40), "invalid", "kind"),
        (order(1, **{"as": "mallory@people.example"}), "person_not_allowed", "as"),
        (order(1, **{"as": ""}), "invalid", "as"),
        (order(1, data={"name": True}), "invalid", "data.name.str"),
    ],
)
def test_a_wrong_line_is_told_and_keeps_no_other_back(world, program, line, cause, field):
    answer, said = send(program(), written(order(0), line, order(2)))
    assert (answer.status_code, [each["line"] for each in said]) == (202, [1, 2, 3])
    problem = said[1]["problem"]
    assert (problem["cause"], problem["field"] or None) == (cause, field)
    assert problem["detail"]
    assert OutboxMessage.objects.count() == 2


def test_a_key_sends_only_as_its_people(world, program):
    erp = program(people=[world.user])
    open_to = [order(1), order(2, **{"as": "carol@people.example"})]
    _answer, said = send(erp, written(*open_to))
    assert said[1]["problem"]["cause"] == "person_not_allowed"
    assert OutboxMessage.objects.get().membership == world.user


def test_the_key_of_another_company_sends_nothing_here(world, program):
    _answer, said = send(program(company=world.stranger.company), written(order(1)))
    assert said[0]["problem"]["cause"] == "person_not_allowed"
    assert not OutboxMessage.objects.exists()


def test_without_a_way_each_line_says_why(world, program):
    erp = program()
    SmtpServer.objects.all().delete()
    _answer, said = send(erp, written(order(1), order(2)))
    assert [each["problem"]["field"] for each in said] == ["as", "as"]
    assert all(each["problem"]["cause"] and each["problem"]["detail"] for each in said)


def test_a_line_that_is_too_long_is_thrown_away_as_it_comes(world, program, settings):
    settings.API_MOST_BODY_MB = 1
    _answer, said = send(program(), written(order(1), b"x" * (3 << 20), order(3), b"y" * (2 << 20)))
    assert ["problem" in each for each in said] == [False, True, False, True]
    assert {each["problem"]["cause"] for each in said[1::2]} == {"too_large"}


def test_what_is_too_large_altogether_is_refused_unread(world, program, settings):
    settings.API_MOST_BODY_MB = 1
    answer, said = send(program(), b"{}", **{"CONTENT_LENGTH": str(11 << 20), "wsgi.input": BytesIO()})
    assert (answer.status_code, said["cause"]) == (413, "too_large")
    assert not Batch.objects.exists()


def test_beyond_the_most_lines_nothing_is_taken_and_the_rest_stays(world, program, monkeypatch):
    monkeypatch.setattr(taking, "MOST_LINES", 2)
    answer, said = send(program(), written(order(1), order(2), order(3)))
    assert (answer.status_code, said["cause"]) == (413, "too_many_lines")
    batch = Batch.objects.get()
    assert answer["Location"] == f"/api/v1/batches/{batch.pk}"
    assert (batch.accepted, batch.finished_at, batch.stopped_why) == (2, None, "too_many_lines")


def test_a_request_that_breaks_off_leaves_whole_parts_and_goes_on(world, program, monkeypatch):
    monkeypatch.setattr(taking, "AT_ONCE", 2)
    erp, whole = program(), written(*(order(number) for number in range(5)))
    cut = whole[: len(whole) - 20]
    answer, said = send(erp, cut, **{"CONTENT_LENGTH": str(len(whole)), "wsgi.input": BytesIO(cut)})
    assert (answer.status_code, said["cause"]) == (400, "cut_off")
    assert OutboxMessage.objects.count() == Batch.objects.get().lines == 4
    answer, _said = send(erp, whole)
    assert (answer.status_code, OutboxMessage.objects.count()) == (202, 5)
    assert (Batch.objects.get().lines, Batch.objects.get().stopped_why) == (5, "")


def test_a_part_is_stored_as_a_whole_or_not_at_all(world, program, monkeypatch):
    both = [order(1), order(2, **{"as": "carol@people.example"})]
    erp, submit_many = program(), batches.submit_many

    def dies_at_carol(person, *rest, **options):
        if person == world.colleague:
            raise KeyboardInterrupt
        return submit_many(person, *rest, **options)

    with monkeypatch.context() as dying:
        dying.setattr(batches, "submit_many", dies_at_carol)
        with pytest.raises(KeyboardInterrupt):
            send(erp, written(*both))
    assert not OutboxMessage.objects.exists()
    assert not BatchLine.objects.exists()
    send(erp, written(*both))
    assert OutboxMessage.objects.count() == 2


def test_a_key_that_is_revoked_meanwhile_stops_it(world, program, monkeypatch):
    monkeypatch.setattr(taking, "AT_ONCE", 1)
    erp, store = program(), batches.store

    def revoked_after(*arguments):
        stored = store(*arguments)
        keys.revoke(erp.key, keys.who(erp.key))
        return stored

    monkeypatch.setattr(batches, "store", revoked_after)
    answer, said = send(erp, written(order(1), order(2)))
    assert (answer.status_code, said["cause"]) == (401, "key_revoked")
    assert OutboxMessage.objects.count() == 1


def test_who_is_too_slow_is_stopped(world, program, monkeypatch):
    monkeypatch.setattr(taking, "WITHIN_S", -1)
    answer, said = send(program(), written(order(1)))
    assert (answer.status_code, said["cause"]) == (408, "too_slow")
    assert not OutboxMessage.objects.exists()


class FallsSilent(BytesIO):
    """The rest of the body does not come before the client hangs up."""

    def __init__(self, begins: bytes) -> None:
        super().__init__(begins)
        self.hangs_up = threading.Event()

    def read(self, most: int | None = -1) -> bytes:
        found = super().read(most)
        assert found or self.hangs_up.wait(20)
        return found


def test_who_falls_silent_is_answered_and_keeps_what_was_stored(world, program, monkeypatch):
    monkeypatch.setattr(taking, "AT_ONCE", 1)
    monkeypatch.setattr(taking, "SILENT_S", 1)
    erp, client = program(), FallsSilent(written(order(1)) + b"\n" + written(order(2))[:50])
    server = {"wsgi.input": client, "CONTENT_LENGTH": "100000"}
    before = set(threading.enumerate())
    answer, said = send(erp, b"{}", **server)
    assert (answer.status_code, said["cause"]) == (408, "too_slow")
    found = erp.get(answer["Location"].removeprefix("/api/v1"))
    assert (found["lines"], found["stopped_why"]) == (1, "too_slow")
    (reading,) = set(threading.enumerate()) - before
    client.hangs_up.set()
    reading.join(20)
    assert not reading.is_alive()


@pytest.mark.parametrize("body", [b"\n\n", b'{"template": {"subject": "x"}}'])
def test_a_body_without_a_message_is_refused(world, program, body):
    answer, said = send(program(), body)
    assert answer.status_code == 422
    assert said["detail"]
    assert not Batch.objects.exists()


def test_what_is_no_batch_is_refused(world, program):
    erp = program()
    assert erp.post("/batches", [ORDER], headers={"Idempotency-Key": "x"})["field"] == "Content-Type"
    assert erp.post("/batches", [ORDER])["field"] == "Idempotency-Key"
    for key in ("x" * 191, "x\x7f"):
        answer, said = send(erp, written(order(1)), key=key)
        assert (answer.status_code, said["field"]) == (422, "Idempotency-Key")
    assert not Batch.objects.exists()


TEMPLATE = {
    "template": {
        "as": "bob@people.example",
        "subject": "Invoice {{ number }} for {{name}}",
        "text": "Dear {{ name }}, it is {{ sum }} euro.",
        "html": "<p>Dear {{ name }}, <style>@media print{p{color:red}}</style></p>",
        "headers": {"X-Invoice": "{{ number }}"},
        "kind": "invoice",
    }
}


def merged(**data: object) -> dict[str, object]:
    return {"to": ["rita@recipient.example"], "data": data}


def test_a_template_is_filled_for_each_line(world, program):
    rita = merged(number=7, name="Rita & <Co>", sum=1.5, unused="x")
    own = merged(number=8, name="{{ sum }}") | {"text": "Only {{ this }}.", "kind": "reminder"}
    _answer, said = send(program(), written(TEMPLATE, rita, own))
    assert [each["line"] for each in said] == [2, 3]
    first, second = (OutboxMessage.objects.get(pk=each["id"]) for each in said)
    assert (first.subject, first.kind) == ("Invoice 7 for Rita & <Co>", "invoice")
    mime = content_of(first)
    assert mime.text.strip() == "Dear Rita & <Co>, it is 1.5 euro."
    assert "Dear Rita &amp; &lt;Co&gt;," in mime.html
    assert b"X-Invoice: 7\r\n" in first.content.unseal()
    assert (second.subject, second.kind) == ("Invoice 8 for {{ sum }}", "reminder")
    assert content_of(second).text.strip() == "Only {{ this }}."


@pytest.mark.parametrize(
    ("data", "cause", "field"),
    [
        ({"number": 1, "name": "Rita"}, "invalid", "data.sum"),
        ({}, "invalid", "data.number"),
        ({"number": 1, "name": INJECTED, "sum": 1}, "invalid", "subject"),
        ({"number": INJECTED, "name": "Rita", "sum": 1}, "invalid", "subject"),
        ({"number": 1, "name": "=?utf-8?q?=0D=0ABcc:_e@evil.example?=", "sum": 1}, "invalid", "subject"),
        ({"number": 1, "name": "x" * 999, "sum": 1}, "invalid", "subject"),
    ],
)
def test_a_value_that_is_missing_or_harmful_refuses_its_line(world, program, data, cause, field):
    good = merged(number=1, name="Rita", sum=1)
    _answer, said = send(program(), written(TEMPLATE, good, merged(**data)))
    assert "problem" not in said[0]
    assert (said[1]["problem"]["cause"], said[1]["problem"]["field"]) == (cause, field)


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ({"subject": "Dear {{ first name }}"}, "template.subject"),
        ({"text": "{{ name }"}, "template.text"),
        ({"headers": {"X-A": "{{"}}, "template.headers"),
        ({"subject": "a\r\nb"}, "template.subject"),
        ({"data": {}}, "template.data"),
        ({"text": "x" * (1 << 20)}, "template"),
    ],
)
def test_a_broken_template_refuses_the_batch(world, program, template, field):
    answer, said = send(program(), written({"template": template}, ORDER))
    assert (answer.status_code, said["field"]) == (422, field)
    assert not Batch.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_what_messages_say_stands_in_no_row_log_or_answer(world, program, caplog, capsys):
    said = "canary of a text"
    template = {"template": {"as": "bob@people.example", "text": f"{said} {{{{ name }}}}"}}
    wrong = [merged(name=said) | {"to": [], "html": said}, merged(nobody=said), said.encode()]
    answer, _lines = send(program(), written(template, merged(name=said), *wrong))
    assert [Batch.objects.get().accepted, Batch.objects.get().refused] == [1, 3]
    assert said not in repr([*BatchLine.objects.values(), *OutboxMessage.objects.values()])
    assert said not in answer.getvalue().decode() + caplog.text + "".join(capsys.readouterr())
    answer, _said = send(program(), written({"template": {"text": f"{{{{ {said}"}}, ORDER), key="tuesday")
    assert answer.status_code == 422
    assert said not in answer.content.decode()


def test_a_template_in_the_middle_is_no_message(world, program):
    _answer, said = send(program(), written(ORDER, TEMPLATE))
    assert said[1]["problem"]["field"] == "template"


def test_a_batch_is_looked_at_page_by_page(world, program):
    erp = program()
    send(erp, written(*(order(n) for n in range(3)), order(4, to=["nobody"])))
    batch = erp.get("/batches")["batches"][0]["id"]
    told = erp.get(f"/batches/{batch}")
    assert (told["states"], told["accepted"], told["refused"]) == ({"waiting": 3}, 3, 1)
    first = erp.get(f"/batches/{batch}/lines?limit=3")
    assert ([each["state"] for each in first["lines"]], first["after"]) == (["waiting"] * 3, 3)
    rest = erp.get(f"/batches/{batch}/lines?limit=3&after=3")
    assert (rest["lines"][0]["problem"]["field"], rest["after"]) == ("to", None)


def test_a_batch_is_closed_to_other_keys_but_those_for_everybody(world, program):
    erp, other = program(people=[world.user]), program(people=[world.user])
    send(erp, written(order(1)))
    batch = Batch.objects.get().pk
    for stranger in (other, program(company=world.stranger.company)):
        assert stranger.get("/batches")["batches"] == []
        for path in (f"/batches/{batch}", f"/batches/{batch}/lines"):
            assert stranger.get(path)["status"] == 404
        assert stranger.post(f"/batches/{batch}/cancel")["status"] == 404
    assert program().get(f"/batches/{batch}")["states"] == {"waiting": 1}
    assert OutboxMessage.objects.get().state == "waiting"


def test_stopping_a_batch_stops_what_waits_and_takes_no_more(world, program):
    erp = program()
    send(erp, written(order(1), order(2)))
    OutboxMessage.objects.filter(subject="Order 1").update(state="sending")
    batch = erp.get("/batches")["batches"][0]["id"]
    told = erp.post(f"/batches/{batch}/cancel")
    assert told["states"] == {"sending": 1, "cancelled": 1}
    assert told["cancelled_at"]
    event = AuditEvent.objects.get(action="batch.cancelled")
    assert (event.actor_label, event.object_label, event.details) == (
        "API key ERP",
        "monday",
        {"messages": 1},
    )
    answer, said = send(erp, written(order(1), order(2), order(3)))
    assert (answer.status_code, said["cause"]) == (409, "batch_cancelled")
    assert OutboxMessage.objects.count() == 2
    erp.post(f"/batches/{batch}/cancel")
    assert AuditEvent.objects.filter(action="batch.cancelled").count() == 1


def test_a_batch_needs_the_permission_to_send(world, program):
    answer, said = send(program(Scope.READ), written(order(1)))
    assert (answer.status_code, said["cause"]) == (403, "permission_missing")
