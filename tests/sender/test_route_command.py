"""`manage.py route`: the ladder of one person, for people and for programs."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mailsettings.models import CompanyMailSettings, ConnectionFrom, FromPolicy
from tests.sender.test_routing import set_up_microsoft, set_up_server

BOB = "bob@people.example"


def run(*options: str) -> tuple[str, int]:
    out, code = StringIO(), 0
    try:
        call_command("route", "--company", "alpha", "--user", BOB.upper(), *options, stdout=out)
    except SystemExit as stopped:
        code = stopped.code
    return out.getvalue(), code


def test_each_rung_passed_over_says_why_and_the_chosen_one_how_mail_looks(world):
    set_up_server(world)
    CompanyMailSettings.objects.create(
        company=world.company, company_server_from=FromPolicy.MAILBOX, company_address="office@alpha.example"
    )
    text, code = run("--json")
    told = json.loads(text)
    assert (code, told["company"], told["user"]) == (0, "Alpha", BOB)
    *refused, chosen = told["ladder"]
    assert {rung["state"] for rung in refused} == {"refused"}
    assert all(rung["cause"] and rung["reason"] and rung["label"] for rung in refused)
    assert "company_mailbox" in {rung["method"] for rung in refused}
    assert chosen == {
        "method": "company_smtp",
        "label": "Company mail server",
        "state": "chosen",
        "reason": "Through the company's mail server mail.alpha.example.",
        "from": "office@alpha.example",
        "from_name": "Alpha Ltd",
        "sender": "",
        "reply_to": BOB,
        "signs_in_as": "",
    }


def test_the_same_in_lines_names_who_sends_on_behalf(world):
    connection = set_up_microsoft(world)
    connection.scopes = ["Mail.Send", "Mail.Send.Shared"]
    connection.save()
    CompanyMailSettings.objects.create(
        company=world.company,
        connections_from=ConnectionFrom.ON_BEHALF,
        shared_mailbox="orders@alpha.example",
    )
    text, code = run()
    assert code == 0
    assert text.splitlines()[-1].endswith("From: orders@alpha.example, Sender: bob@alpha.example")
    assert text.startswith("> microsoft_graph: Connected to Microsoft as bob@alpha.example.")


def test_no_way_at_all_is_exit_code_1(world):
    text, code = run()
    assert code == 1
    assert "  company_smtp: The company's mail server is not filled in. (settings_incomplete)" in text


def test_somebody_unknown_is_named(world):
    with pytest.raises(CommandError, match=r"ann@x.example is not a person of company Alpha\.") as refused:
        call_command("route", "--company", "Alpha", "--user", "ann@x.example")
    assert refused.value.returncode == 2
