import pytest

from sandbox.client import SandboxRefused
from tests.sandbox.people import ULLA, Visitor, letter


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        ("nowhere", {}),
        ("token", {"error": "boom"}),
        ("graph.send", {"action": "explode"}),
        ("graph.send", {"surprise": 1}),
    ],
)
def test_a_fault_that_is_none_is_refused_with_a_sentence(sandbox_client, where, fields):
    with pytest.raises(SandboxRefused, match=r"\."):
        sandbox_client.add_fault(where, **fields)
    assert sandbox_client.faults() == []


def test_faults_are_spent_oldest_first_and_slowness_adds_up(sandbox_client, visitor: Visitor):
    token = visitor.access_token()
    sandbox_client.add_fault("graph.send", delay_ms=1)
    sandbox_client.add_fault("graph.send", status=503, times=1)
    sandbox_client.add_fault("graph.send", status=500, times=1)
    assert [visitor.send(token, letter()).status_code for _ in range(3)] == [503, 500, 202]
    assert [fault["where"] for fault in sandbox_client.faults()] == ["graph.send"]
    sandbox_client.clear_faults()
    assert sandbox_client.faults() == []


def test_mail_is_found_by_recipient_subject_and_message_id(sandbox_client, visitor: Visitor):
    token = visitor.access_token()
    visitor.send(
        token, letter(to="a@example.com", subject="=?utf-8?q?R=C4=93=C4=B7ins?=", Message_ID="<a@x.example>")
    )
    visitor.send(token, letter(to="b@example.com", subject="Other", Message_ID="<b@x.example>"))
    assert [mail.subject for mail in sandbox_client.mail()] == ["Other", "Rēķins"]
    assert [mail.message_id for mail in sandbox_client.mail(to="A@EXAMPLE.COM")] == ["<a@x.example>"]
    assert [mail.message_id for mail in sandbox_client.mail(subject="rēķ")] == ["<a@x.example>"]
    assert [mail.subject for mail in sandbox_client.mail(message_id="<b@x.example>")] == ["Other"]
    assert sandbox_client.mail()[0].received_at.tzinfo is not None


def test_requests_are_counted_by_kind(sandbox_client, visitor: Visitor):
    token = visitor.access_token()
    visitor.send(token, letter())
    visitor.graph("GET", "/me", token)
    counted = sandbox_client.requests()
    assert (counted["token.authorization_code"], counted["graph.send"], counted["graph.me"]) == (1, 1, 1)
    sandbox_client.reset()
    assert sandbox_client.requests() == {}


def test_unknown_people_and_registrations_are_refused(sandbox_client):
    with pytest.raises(SandboxRefused, match="no such person"):
        sandbox_client.revoke("ghost@nordicfreight.example")
    with pytest.raises(SandboxRefused, match="no registration"):
        sandbox_client.add_redirect_uri("nothing", "https://a.example/cb")
    with pytest.raises(SandboxRefused):
        sandbox_client.sent_copy("nothing")


def test_a_reset_forgets_consent(sandbox_client, visitor: Visitor):
    visitor.tokens()
    sandbox_client.reset()
    page = visitor.press(visitor.authorize_url(prompt="select_account"), person=ULLA)
    assert "Permissions requested" in page.text
