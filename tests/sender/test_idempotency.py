"""A key is looked up by its index, and tells the same message from another one."""

from django.db import connection

from sender import idempotency
from sender.mime import Attachment
from sender.services import Draft, RawMessage
from tests.sender.helpers import hand_over


def test_keys_are_found_by_their_index_however_many_messages_there_are(world):
    hand_over(world.user, idempotency_key="order-1")
    sql = idempotency._USED + idempotency._AMONG[connection.vendor]
    keys = ["order-1"] if connection.vendor == "postgresql" else '["order-1"]'
    company = world.company.pk if connection.vendor == "postgresql" else world.company.pk.hex
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(explain + sql, {"company": company, "keys": keys})
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "idempotency_key_once" in plan


def test_only_the_keys_of_the_company_count(world):
    message = hand_over(world.user, idempotency_key="order-1")
    hand_over(world.stranger, idempotency_key="order-2")
    found = idempotency.used(world.company.pk, ["order-1", "order-2", "order-3"])
    assert [str(each).replace("-", "") for each in found] == [message.pk.hex]
    assert idempotency.used(world.company.pk, []) == []


def test_the_hash_tells_messages_apart_and_not_how_they_are_given():
    def hashed(message: object, agreement: str = "", language: str = "") -> str:
        return idempotency.content_hash(message, agreement, language)

    draft = Draft(to=["a@x.example"], headers={"X-A": "1", "X-B": "2"}, attachments=[Attachment("a", b"1")])
    same = Draft(to=("a@x.example",), headers={"X-B": "2", "X-A": "1"}, attachments=(Attachment("a", b"1"),))
    others = [
        Draft(to=["a@x.example"], headers={"X-A": "1", "X-B": "2"}, attachments=[Attachment("a", b"2")]),
        Draft(
            cc=["a@x.example"], to=[], headers={"X-A": "1", "X-B": "2"}, attachments=[Attachment("a", b"1")]
        ),
        RawMessage(b"Subject: x\r\n\r\n"),
        RawMessage(b"Subject: x\r\n\r\n", ["a@x.example"]),
        RawMessage(b"Subject: x\r\n\r\n", []),
    ]
    assert hashed(draft) == hashed(same)
    hashes = {hashed(each) for each in [draft, *others]} | {hashed(draft, "order"), hashed(draft, "", "de")}
    assert len(hashes) == len(others) + 3


def test_a_message_without_a_key_keeps_no_hash_of_its_content(world):
    assert hand_over(world.user).content_hash == ""
