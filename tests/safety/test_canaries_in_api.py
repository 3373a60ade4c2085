"""What programs hand over and ask by the API, rightly and wrongly: no answer, line or row shows key, text or secret."""

import base64
import json

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from api import keys
from api.scopes import Scope
from sender.models import OutboxMessage
from tests.safety import canaries
from tests.sender.helpers import open_relay

FILE = "gibbon canary of an attached file"
ORDER = {
    "as": "bob@people.example",
    "to": ["rita@recipient.example"],
    "text": canaries.BODY,
    "html": f"<p>{canaries.BODY}</p>",
    "attachments": [{"filename": "a.txt", "content": base64.b64encode(FILE.encode()).decode()}],
}


@pytest.fixture
def call(search, world):
    """Calls the API with a key that may do everything; returns the answer, which is searched."""
    open_relay(world.user)
    _key, secret = keys.make(world.company, "ERP", list(Scope), actor=COMMAND_LINE)
    program = search.client()

    def go(method: str, path: str, body: object = None, kind: str = "application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {secret}"}
        return program.generic(method, f"/api/v1{path}", data, kind, headers=headers)

    yield go
    search.assert_clean(secret, secret.removeprefix("pmk_"), FILE)


def test_a_message_and_all_that_is_asked_about_it(call):
    said = call("POST", "/messages", ORDER)
    assert said.status_code == 202
    assert call("GET", said["Location"].removeprefix("/api/v1")).status_code == 200
    assert call("GET", "/messages").status_code == 200
    raw = f"To: rita@recipient.example\r\n\r\n{canaries.BODY}\r\n".encode()
    assert call("POST", "/messages?as=bob@people.example", raw, "message/rfc822").status_code == 202


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": ["nobody at all"]},
        {"to": []},
        {"as": "nobody@people.example"},
        {"text": [canaries.BODY]},
        {"html": {"a": canaries.BODY}},
        {"attachments": [{"filename": "a", "content": f"!{canaries.BODY}"}]},
        {"attachments": canaries.BODY},
        {"priority": canaries.BODY},
        {"not_before": canaries.BODY},
    ],
)
def test_a_message_that_is_refused(call, wrong):
    assert call("POST", "/messages", ORDER | wrong).status_code in (403, 422)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("body", [f'{{"text": "{canaries.BODY}"', f'"{canaries.BODY}"', canaries.BODY])
def test_a_body_that_is_no_message(call, body):
    assert call("POST", "/messages", body.encode()).status_code in (400, 422)
    assert call("POST", "/messages", body.encode(), "text/plain").status_code == 415


@pytest.mark.parametrize("scheme", ["Basic", "Bearer", "Token", ""])
def test_a_header_that_is_not_understood(search, world, settings, scheme):
    settings.DEBUG = True
    header = {"Authorization": f"{scheme} {canaries.CLIENT_SECRET}"}
    assert search.client().get("/api/v1/messages", headers=header).status_code == 401
    search.assert_clean()


def test_an_error_of_the_portals_own(call, monkeypatch):
    def broken(*_args: object, **_options: object) -> None:
        secret = canaries.LOCAL_VARIABLE
        raise RuntimeError(f"password={secret}")

    monkeypatch.setattr("api.v1.messages.submit", broken)
    assert call("POST", "/messages", ORDER).status_code == 500


def test_secrets_among_the_settings(call):
    smtp = {"host": "smtp.beta.example", "port": 587, "security": "starttls", "authentication": "password"}
    smtp |= {"user_name": "orders@beta.example", "password": canaries.SMTP_PASSWORD}
    app = {"cloud": "global", "tenant_id": "beta.example", "client_secret": canaries.CLIENT_SECRET}
    for path in ("/settings?dry_run=true", "/settings"):
        assert call("PATCH", path, {"smtp": smtp}).status_code == 200
    for wrong in (
        {"office365": app},
        {"smtp": smtp | {"port": 0}},
        {"smtp": smtp | {"password": [smtp["password"]]}},
    ):
        assert call("PATCH", "/settings", wrong).status_code == 422
    assert call("GET", "/settings").status_code == 200
    assert AuditEvent.objects.filter(action="credential.set").exists()
