"""The policy's e-mail method and size limit: what may be chosen together."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.audit import COMMAND_LINE
from mailsettings import services
from mailsettings.forms import AppOnlyForm, PersonForm, PolicyForm
from mailsettings.models import AppOnlySettings, CompanyMailSettings
from tests.mailsettings import forms_data as typed


def test_the_method_is_the_first_field_and_offers_what_the_operator_allowed(world):
    world.company.allowed_methods = ["microsoft_graph", "company_smtp"]
    form = PolicyForm(company=world.company)
    assert next(iter(form.fields)) == "method"
    assert [value for value, _label in form.fields["method"].choices] == [
        "", "microsoft_graph", "company_smtp",
    ]  # fmt: skip
    form = PolicyForm(typed.policy(method="graph_app"), company=world.company)
    assert form.errors["method"] == ["The operator of this portal has not allowed this way here."]


@pytest.mark.parametrize(
    ("method", "switch"),
    [
        ("microsoft_graph", "use_connections"),
        ("smtp_password", "use_passwords"),
        ("gmail_app_password", "use_passwords"),
        ("company_smtp", "use_company_server"),
    ],
)
def test_the_chosen_way_cannot_be_switched_off(world, method, switch):
    assert PolicyForm(typed.policy(method=method), company=world.company).is_valid()
    form = PolicyForm(typed.policy(method=method, **{switch: ""}), company=world.company)
    (sentence,) = form.errors[switch]
    assert sentence.startswith("The company sends by")
    assert sentence.endswith("leave this on.")


def test_sending_as_the_app_is_switched_on_before_it_is_chosen_and_stays_on(world):
    form = PolicyForm(typed.policy(method="graph_app"), company=world.company)
    assert "Switch Office 365, app-only on first" in form.errors["method"][0]
    AppOnlySettings.objects.create(company=world.company, use_graph=True)
    form = PolicyForm(typed.policy(method="graph_app"), company=world.company)
    assert form.is_valid()
    services.save_policy(world.company, form.values, actor=COMMAND_LINE)
    form = AppOnlyForm({"as_person": "on", "mailbox_from": "mailbox"}, company=world.company)
    assert "choose another e-mail method in the policy first" in form.errors["use_graph"][0]


@pytest.mark.parametrize(("given", "kept"), [("", None), ("0", None), ("10", 10)])
def test_the_size_limit_may_be_empty(world, given, kept):
    form = PolicyForm(typed.policy(max_files_mb=given), company=world.company)
    assert form.is_valid()
    assert form.values["max_files_mb"] == kept


@pytest.mark.parametrize("given", ["-1", "151", "ten"])
def test_a_size_limit_that_makes_no_sense_is_refused(world, given):
    assert "max_files_mb" in PolicyForm(typed.policy(max_files_mb=given), company=world.company).errors


def test_the_person_is_told_when_the_company_has_chosen(world):
    assert not PersonForm(membership=world.user).fields["method"].help_text
    CompanyMailSettings.objects.create(company=world.company, method="company_smtp")
    assert "sends by Company mail server" in PersonForm(membership=world.user).fields["method"].help_text


def test_apply_sets_the_method_and_takes_the_limit_away(db, tmp_path):
    path = tmp_path / "company.toml"
    company = "[[company]]\ncode='Alpha'\nname='Alpha'\nallowed_methods=['company_smtp']\n"
    for limit, kept in ((10, 10), (0, None)):
        path.write_text(f"{company}[company.policy]\nmethod='company_smtp'\nmax_files_mb={limit}\n")
        call_command("apply", str(path), stdout=StringIO())
        policy = CompanyMailSettings.objects.get()
        assert (policy.method, policy.max_files_mb) == ("company_smtp", kept)
