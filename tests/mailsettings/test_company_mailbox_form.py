"""The company's connected mailbox: its form, the policy beside it, and the file."""

from io import StringIO

import pytest
from django.core.management import call_command

from mailsettings.forms import CompanyMailboxForm, PolicyForm
from mailsettings.models import CompanyMailSettings
from tests.mailsettings import forms_data

OFFICE = "office@firm.example"
NAME = "company_mailbox"


def form(world, **changes: object) -> CompanyMailboxForm:
    typed = {"use_fallback_mailbox": "on", "fallback_mailbox": OFFICE, "fallback_mailbox_name": "Firm"}
    return CompanyMailboxForm(typed | changes, company=world.company)


def on(world, **fields: object) -> CompanyMailSettings:
    chosen = {"use_fallback_mailbox": True, "fallback_mailbox": OFFICE} | fields
    return CompanyMailSettings.objects.create(company=world.company, **chosen)


def test_switched_on_it_needs_an_address(world):
    assert form(world).is_valid()
    assert form(world, fallback_mailbox="").errors == {
        "fallback_mailbox": ["Give the address of the mailbox."]
    }
    assert form(world, fallback_mailbox="", use_fallback_mailbox="").is_valid()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fallback_mailbox", "office"),
        ("fallback_mailbox", "=?utf-8?q?office?=@firm.example"),
        ("fallback_mailbox_name", "=?a?="),
    ],
)
def test_what_cannot_stand_in_from_is_refused(world, field, value):
    assert list(form(world, **{field: value}).errors) == [field]


def test_what_the_operator_does_not_allow_is_said_beside_the_switch(world):
    world.company.allowed_methods.remove(NAME)
    assert "operator" in form(world).errors["use_fallback_mailbox"][0]


def test_the_companys_one_method_stays_on(world):
    on(world, method=NAME)
    assert list(form(world, use_fallback_mailbox="").errors) == ["use_fallback_mailbox"]


def test_the_policy_takes_it_as_the_one_method_once_it_is_on(world):
    typed = forms_data.policy(method=NAME)
    lacking = PolicyForm(typed, company=world.company)
    assert "Switch Company's connected mailbox on first" in lacking.errors["method"][0]
    on(world)
    assert PolicyForm(typed, company=world.company).is_valid()


def test_all_other_ways_may_be_off_while_it_is_on(world):
    switches = ("use_connections", "use_connections_smtp", "use_passwords", "use_company_server")
    typed = {name: value for name, value in forms_data.policy().items() if name not in switches}
    assert "use_connections" in PolicyForm(typed, company=world.company).errors
    on(world)
    assert PolicyForm(typed, company=world.company).is_valid()


def apply(path, allowed: str, mailbox: str) -> str:
    """Exit code and what was said."""
    head = f'[[company]]\ncode = "Alpha"\nname = "Alpha"\nallowed_methods = ["{allowed}"]\n'
    path.write_text(f"{head}[company.company_mailbox]\n{mailbox}\n[company.policy]\nsave_to_sent = true\n")
    out, code = StringIO(), 0
    try:
        call_command("apply", str(path), stdout=out, stderr=out)
    except SystemExit as stopped:
        code = stopped.code
    return f"{code}\n{out.getvalue()}"


def test_a_file_sets_it_up_and_the_same_again_changes_nothing(world, tmp_path):
    path, mailbox = tmp_path / "a.toml", f'use_fallback_mailbox = true\nfallback_mailbox = "{OFFICE}"'
    told = apply(path, NAME, mailbox)
    assert told.startswith("0\n")
    assert OFFICE in told
    row = CompanyMailSettings.objects.get()
    assert (row.use_fallback_mailbox, row.fallback_mailbox, row.save_to_sent) == (True, OFFICE, True)
    assert OFFICE not in apply(path, NAME, mailbox)


def test_a_file_that_is_wrong_names_the_key(world, tmp_path):
    path = tmp_path / "a.toml"
    assert "company_mailbox.fallback_mailbox" in apply(path, NAME, "use_fallback_mailbox = true")
    assert "company_mailbox" in apply(path, "company_smtp", "use_fallback_mailbox = true")
    assert not CompanyMailSettings.objects.exists()
