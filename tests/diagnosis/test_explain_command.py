"""`manage.py explain` for people and for scripts."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

SECRET_ENDED = "AADSTS7000222: The provided client secret keys are expired."


@pytest.fixture
def run(monkeypatch):
    def command(text: str | bytes, *arguments: str) -> str:
        data = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))
        out = io.StringIO()
        call_command("explain", *arguments, stdout=out)
        return out.getvalue()

    return command


def test_a_person_reads_what_happened_and_what_to_do(run):
    answer = run(SECRET_ENDED, "--stage", "token", "--flow", "client_credentials")
    assert answer.startswith("The client secret has ended")
    assert "cause: client_secret_expired   who mends it: company_admin   retry: pause_mailbox" in answer


def test_a_person_sees_commands_and_alternatives(run):
    answer = run("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant", "--stage", "smtp_auth")
    assert "Set-CASMailbox" in answer
    assert "may also be: smtp_auth_disabled_mailbox" in answer


def test_a_script_gets_one_json_object(run):
    answer = json.loads(run(SECRET_ENDED, "--json", "--provider", "microsoft"))
    assert answer["cause"] == "client_secret_expired"
    assert answer["tell"] == "company_admin"
    assert answer["raw"] == SECRET_ENDED


def test_many_cases_get_one_line_each(run):
    cases = [
        {"id": "one", "raw": SECRET_ENDED, "flow": "ropc", "stage": None},
        {"raw": "x", "http_status": 503, "stage": "graph_send", "cause": "ignored"},
        {},
    ]
    lines = run("\n\n".join(json.dumps(case) for case in cases), "--jsonl").splitlines()
    answers = [json.loads(line) for line in lines]
    assert answers[0] == {
        "id": "one",
        "cause": "client_secret_expired",
        "who": "company_admin",
        "alternatives": [],
        "retry": "pause_mailbox",
    }
    assert [answer["cause"] for answer in answers[1:]] == ["provider_temporarily_unavailable", "unrecognised"]


def test_values_of_the_wrong_kind_do_no_harm(run):
    line = json.dumps({"id": 7, "raw": 535, "stage": ["a"], "provider": {"b": 1}, "smtp_code": "x"})
    assert json.loads(run(line, "--jsonl"))["id"] == 7


def test_the_context_of_the_command_line_holds_where_a_line_says_nothing(run):
    line = json.dumps({"raw": "535 5.7.3 no"})
    answer = json.loads(run(line, "--jsonl", "--stage", "smtp_auth", "--flow", "xoauth2"))
    assert answer["cause"] == "xoauth2_token_rejected"


def test_bytes_that_are_not_utf8_are_read_all_the_same(run):
    assert "recipient_invalid" in run(
        "550 5.1.1 unbekannter Empfänger".encode("latin-1"), "--stage", "smtp_mail"
    )


@pytest.mark.parametrize("line", ["{", "[1]"])
def test_a_line_that_is_no_object_is_named(run, line):
    with pytest.raises(CommandError, match="Line 2"):
        run(f"{{}}\n{line}", "--jsonl")
