"""Names, addresses and servers' words with HTML in them are text on every page and in every output."""

import io
import json
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts import services
from accounts.audit import COMMAND_LINE, record
from accounts.models import Invitation
from oauth.models import Connection, ConnectionState
from sender.models import RecipientOutcome, SendingMailbox
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator
from tests.mailsettings import forms_data
from tests.oauth.stub_entra import CLIENT, TENANT
from tests.safety.addresses import fill_in, is_plain
from tests.sender.helpers import hand_over, refused
from tests.test_walk import patterns

MARK = "canarymark"
HOSTILE = f"\"'><script {MARK}>alert(1)</script><img src=x {MARK} onerror=alert(1)>"


class Marks(HTMLParser):
    """Notes every element that carries the mark, has a handler of its own, or is a script without a file."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        names = {name: value or "" for name, value in attributes}
        own = MARK in names or any(name.startswith("on") for name in names)
        inline = tag == "script" and not names.get("src") and names.get("type") != "application/json"
        leads_away = names.get("href", "").lower().startswith("javascript:")
        if own or inline or leads_away:
            self.found.append(self.get_starttag_text())


def marks(content: str) -> list[str]:
    parser = Marks()
    parser.feed(content)
    return parser.found


@pytest.fixture
def hostile(vault):
    """Every text that people or servers give holds markup, written past the forms' rules."""
    company, user = vault.company, vault.user
    company.name = HOSTILE
    company.save()
    for member in (vault.user, vault.admin, vault.support, vault.colleague):
        member.user.name = HOSTILE[:150]
        member.user.save()
    message = hand_over(user, to=("rita@recipient.example",), subject=HOSTILE, kind="test")
    reply = f"550 5.7.1 {HOSTILE}"
    refused(message, reply, "unrecognised")
    RecipientOutcome.objects.update(reply=reply, outcome="refused", address=f"<b {MARK}>@recipient.example")
    message.__class__.objects.update(
        cause="unrecognised",
        cause_raw=reply,
        route_reason=HOSTILE,
        state="failed",
        message_id=f"<{HOSTILE}@x>",
    )
    SendingMailbox.objects.update(cause="unrecognised", cause_raw=reply, health="needs_attention")
    Connection.objects.create(
        company=company, membership=user, state=ConnectionState.NEEDS_RECONNECTING, cause="unrecognised",
        cause_raw=reply, client_id=CLIENT, tenant_id=TENANT, object_id=TENANT, display_name=HOSTILE,
        address=f"{MARK}@people.example", connected_at=timezone.now(), refreshed_at=timezone.now(),
    )  # fmt: skip
    Invitation.objects.create(
        company=company, email=f"<i {MARK}>@x.example", token_hash="1" * 64, expires_at="2099-01-01T00:00Z"
    )
    company.smtp_server.__class__.objects.update(host=HOSTILE[:100], user_name=HOSTILE)
    record(COMMAND_LINE, "thing.changed", company=company, label=HOSTILE, name=["", HOSTILE], other=HOSTILE)
    vault.message = message
    return vault


def assert_text_only(path: str, content: str) -> None:
    assert marks(content) == [], path


@pytest.mark.parametrize("who", ["admin", "support", "user", "operator"])
def test_every_page_shows_markup_as_text(client, entra, hostile, who):
    sign_in(client, make_operator() if who == "operator" else getattr(hostile, who))
    shown = 0
    for path in filter(is_plain, [fill_in(route, hostile) for route, _name in patterns()]):
        if "logout" in path:
            continue
        answer = client.get(path, follow=True)
        assert answer.status_code < 500, path
        content = answer.getvalue().decode()
        if answer["Content-Type"].startswith("text/html"):
            assert_text_only(path, content)
        shown += MARK in content
    assert shown >= 3


@pytest.mark.parametrize("name", ["people", "outbox", "audit", "overview", "test-send"])
def test_what_is_searched_for_or_asked_for_is_shown_as_text(client, hostile, name):
    sign_in(client, hostile.admin)
    query = {"q": HOSTILE, "state": HOSTILE, "page": HOSTILE, "email": HOSTILE, "replace": HOSTILE}
    answer = client.get(reverse(name, args=["Alpha"]), query)
    assert answer.status_code == 200
    assert_text_only(name, answer.content.decode())


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("settings-smtp", {field: HOSTILE for field in forms_data.smtp()}),
        ("settings-office365", {field: HOSTILE for field in forms_data.office365()}),
        ("settings-policy", {field: HOSTILE for field in forms_data.policy()}),
        ("invite", {"email": HOSTILE, "role": HOSTILE}),
        ("test-send", {"to": HOSTILE}),
        ("profile-method", {"method": HOSTILE, "user_name": HOSTILE, "from_name": f"=?{HOSTILE}"}),
    ],
)
def test_a_form_drawn_again_shows_what_was_typed_as_text(client, vault, name, form):
    sign_in(client, vault.admin)
    answer = client.post(reverse(name, args=["Alpha"]), form)
    assert answer.status_code in (200, 422)
    assert "error" in answer.content.decode()
    assert_text_only(name, answer.content.decode())


def test_microsofts_words_in_the_callback_are_text(client, entra, vault):
    sign_in(client, vault.user)
    query = {"error": HOSTILE, "error_description": HOSTILE, "state": HOSTILE, "admin_consent": HOSTILE}
    for state in (HOSTILE, "approval"):
        answer = client.get(
            reverse("microsoft-callback", args=["Alpha"]), query | {"state": state}, follow=True
        )
        assert_text_only("callback", answer.content.decode())


def test_an_invitation_with_markup_in_its_company_is_text(client, hostile):
    _invitation, link = services.invite(hostile.company, "new@people.example", "user", COMMAND_LINE)
    assert_text_only("invite", client.get(link.removeprefix("http://testserver")).content.decode())


def test_printed_output_stays_one_record_a_line(hostile, capsys):
    who = ["--company", "Alpha", "--as", hostile.user.user.email, "--to", "rita@recipient.example"]
    call_command("send", *who, "--subject", HOSTILE, "--json")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["state"] == "waiting"


@pytest.mark.parametrize("name", [HOSTILE, "a\x1b[2Jb", "a\u202eb", 'two, "names"', "a\tb"])
@pytest.mark.parametrize("form", ["--json", "--no-color"])
def test_apply_prints_strange_names_as_harmless_lines(db, tmp_path, name, form):
    path, out = tmp_path / "company.toml", io.StringIO()
    path.write_text(f'[[company]]\ncode = "Beta"\nname = {json.dumps(name)}\n')
    call_command("apply", str(path), form, "--dry-run", stdout=out)
    assert "\x1b" not in out.getvalue()
    if form == "--json":
        assert json.loads(out.getvalue())["dry_run"] is True


@pytest.mark.parametrize(
    "leak", [f"<p>{HOSTILE}</p>", f'<a href="{HOSTILE}">x</a>', "<a href='javascript:x'>y</a>"]
)
def test_markup_that_is_not_escaped_would_be_noticed(leak):
    assert marks(leak)
    assert not marks(escape(leak))
