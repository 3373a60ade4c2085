"""The audit log: sentences for everything, the filter, the file; never a secret."""

import ast
import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from accounts.audit import COMMAND_LINE, Actor, record
from accounts.models import AuditEvent
from core.ids import first_of
from portal import audit_log
from portal.audit_facts import actor_of
from portal.audit_words import KINDS, SENTENCES, detail, sentence
from tests.accounts.sign_in import sign_in

ROOT = Path(__file__).resolve().parents[2]
APPS = [entry.name for entry in ROOT.iterdir() if (entry / "apps.py").exists() and entry.name != "sandbox"]
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
LOG = "/Alpha/audit/"


def modules() -> list[tuple[Path, ast.Module]]:
    """Those that write the audit log, or give its actions to a helper that does."""
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts]
    texts = [(file, file.read_text(encoding="utf-8")) for file in files]
    return [(file, ast.parse(text)) for file, text in texts if "Actor" in text or "accounts.audit" in text]


def is_path(text: str) -> bool:
    """A module, a file's name or a field is no action."""
    first, last = text.split(".")
    return (ROOT / first / f"{last}.py").exists() or last in ("csv", "ics", "html", "txt", "objects")


def constants() -> dict[str, str]:
    """Every text of an action's shape -> where it stands."""
    return {
        node.value: f"{file.relative_to(ROOT)}:{node.lineno}"
        for file, tree in modules()
        if file.name not in ("audit_words.py", "audit_log.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACTION.fullmatch(node.value)
        if not is_path(node.value)
    }


def saved_things() -> set[str]:
    """What `mailsettings.services._save` names; it adds “added” and “changed” itself."""
    tree = ast.parse((ROOT / "mailsettings/services.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    saves = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_save"]
    return {call.args[3].value for call in saves}


def test_every_action_in_the_code_has_its_sentence():
    assert len(saved_things()) > 5
    made = {
        f"{thing}.{what}": "mailsettings/services.py"
        for thing in saved_things()
        for what in ("added", "changed")
    }
    missing = {action: at for action, at in (constants() | made).items() if action not in SENTENCES}
    assert missing == {}, "add a sentence to portal/audit_words.py"


def test_actions_are_put_together_only_where_this_test_knows_of_it():
    makers = set()
    for file, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                makers |= {str(file.relative_to(ROOT)) for arg in node.args if isinstance(arg, ast.JoinedStr)}
    assert makers == {"mailsettings/services.py"}


def test_no_sentence_is_left_from_something_that_is_gone():
    made = {f"{thing}.{what}" for thing in saved_things() for what in ("added", "changed")}
    assert set(SENTENCES) - set(constants()) - made == set()


def test_every_kind_has_its_name_and_every_sentence_takes_its_object():
    assert {action.partition(".")[0] for action in SENTENCES} == set(KINDS)
    for words in SENTENCES.values():
        assert str(words) % {"on": "Alpha Ltd"}


def test_an_action_of_an_older_release_is_spelled_out():
    assert sentence("thing.was_done", "Alpha") == "Thing: was done Alpha"


def test_what_is_kept_of_a_text_reads_in_the_language_of_the_reader():
    with translation.override("de"):
        assert detail("html", ["22 bytes, fingerprint a1b65c21", None]) == (
            "Text: 22 Bytes, Fingerabdruck a1b65c21 → –"
        )
        assert detail("locale", ["en", "lv"]) == "Sprache: English → Latviešu"
        assert detail("events", ["alarm.opened"]) == "Ereignisse: alarm.opened"
        assert actor_of("API key ERP") == "API-Schlüssel ERP"
        assert actor_of("bob@people.example") == "bob@people.example"


def test_details_read_as_before_and_after():
    assert detail("port", [25, 587]) == "Port: 25 → 587"
    assert detail("use_graph", [None, True]) == "By Microsoft Graph: – → yes"
    assert detail("fields", ["name", "role"]) == "Fields: name, role"
    assert detail("html", ["", "x" * 500]).endswith("x…")


@pytest.fixture
def admin(world) -> Client:
    return sign_in(Client(), world.admin)


@pytest.fixture
def events(world) -> None:
    alice, sid = Actor(world.admin.user), Actor(world.support.user)
    record(
        alice,
        "member.role_changed",
        company=world.company,
        label="bob@people.example",
        old="user",
        new="admin",
    )
    record(alice, "smtp_server.changed", company=world.company, label="Alpha Ltd", port=[25, 587])
    record(sid, "message.retried", company=world.company, label="<one@alpha.example>")
    record(COMMAND_LINE, "company.changed", company=world.stranger.company, label="Omega Ltd")


def actions(client: Client, query: str = "") -> list[str]:
    return [event.action for event, *_ in client.get(LOG + query).context["events"]]


def test_events_read_as_sentences_with_what_changed(admin, events):
    html = admin.get(LOG).content.decode()
    assert "Changed the role of bob@people.example." in html
    assert "Port: 25 → 587" in html
    assert "Tried the message &lt;one@alpha.example&gt; again." in html
    assert "Omega" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?person=sid@people.example", ["message.retried"]),
        ("?person=ali", ["smtp_server.changed", "member.role_changed"]),
        ("?about=message", ["message.retried"]),
        ("?on=bob@people.example", ["member.role_changed"]),
        ("?on=one@alpha", ["message.retried"]),
        ("?since=2020-01-01&person=alice@people.example&about=smtp_server", ["smtp_server.changed"]),
    ],
)
def test_the_filter_finds_by_person_kind_object_and_day(admin, events, query, found):
    assert actions(admin, query) == found


def test_what_is_not_found_not_there_and_not_understood_read_differently(world, admin):
    assert "Nothing has been changed in this company yet." in admin.get(LOG).content.decode()
    record(COMMAND_LINE, "company.changed", company=world.company, label="Alpha Ltd")
    assert "No event fits this filter" in admin.get(LOG + "?until=2020-01-01").content.decode()
    broken = admin.get(LOG + "?until=soon").content.decode()
    assert "the filter has an error" in broken
    assert "Give a day such as" in broken


def test_a_search_says_how_far_back_it_looked(admin, events, monkeypatch):
    monkeypatch.setattr(audit_log, "LOOKED_THROUGH", 1)
    first = admin.get(LOG + "?on=bob@")
    assert "Nothing fits among the events back to" in first.content.decode()
    assert actions(admin, f"?on=smtp&before={first.context['found'].older}") == []


def test_pages_go_by_key(admin, events, monkeypatch):
    monkeypatch.setattr(audit_log.AuditFilter.found, "__defaults__", (2,))
    first = admin.get(LOG)
    assert [event.action for event, *_ in first.context["events"]] == [
        "message.retried",
        "smtp_server.changed",
    ]
    assert actions(admin, f"?before={first.context['found'].older}") == ["member.role_changed"]


def test_the_list_asks_the_database_the_same_few_times_for_any_number(
    world, admin, django_assert_max_num_queries
):
    for number in range(40):
        record(Actor(world.admin.user), "member.added", company=world.company, label=f"person{number}")
    with django_assert_max_num_queries(8):
        admin.get(LOG)
    with django_assert_max_num_queries(12):
        admin.get(LOG + "?person=ali&on=person&about=member")


def test_the_log_is_downloaded_as_it_is_filtered(world, admin, events, monkeypatch):
    monkeypatch.setattr("portal.audit.AT_ONCE", 1)
    record(COMMAND_LINE, "member.added", company=world.company, label="=cmd()")
    response = admin.get(LOG + "export/?about=member")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["On"] for row in rows] == ["'=cmd()", "bob@people.example"]
    assert rows[1]["What"] == "Changed the role of bob@people.example."
    assert rows[1]["Details"] == "user → admin"
    assert AuditEvent.objects.filter(action="audit.exported", company=world.company).count() == 1


def test_days_of_the_file_begin_where_those_of_the_page_do(world, admin, events):
    world.company.time_zone = "Pacific/Kiritimati"
    world.company.save()
    moment = datetime(2026, 3, 4, 11, tzinfo=UTC)  # there it is the fifth
    facts = {"company": world.company, "actor_label": "worker", "action": "member.added"}
    AuditEvent.objects.create(pk=first_of(moment), object_label="early@people.example", **facts)
    query = "?since=2026-03-05&until=2026-03-05"
    assert actions(admin, query) == ["member.added"]
    text = b"".join(admin.get(LOG + "export/" + query).streaming_content).decode()
    assert "early@people.example" in text


@pytest.mark.parametrize(
    "query", ["?about=nonsense", "?before=x", "?person=%00", "?since=x&until=y", "?on=%25_"]
)
def test_addresses_typed_by_hand_do_not_break_the_log(admin, events, query):
    assert admin.get(LOG + query).status_code == 200
    assert admin.get(LOG + "export/" + query).status_code in (200, 302)


@pytest.mark.parametrize(("who", "status"), [("support", 403), ("user", 403), ("stranger", 404)])
def test_the_log_is_for_admins(world, who, status):
    client = sign_in(Client(), getattr(world, who))
    assert client.get(LOG).status_code == status
    assert client.get(LOG + "export/").status_code == status
