"""`manage.py apply`: from a file to rows, all or nothing, the same twice is nothing."""

import json
import re
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, Company, Membership, Role, User
from mailsettings import catalog, credentials
from mailsettings.apply import shape
from mailsettings.forms import (
    AppOnlyForm,
    CompanyForm,
    CompanyMailboxForm,
    GoogleAppForm,
    MicrosoftAppForm,
    PersonForm,
    PolicyForm,
    SmtpServerForm,
)
from mailsettings.models import (
    CompanyMailSettings,
    Credential,
    CredentialKind,
    MicrosoftApp,
    SmtpServer,
    UserMailSettings,
)
from sender.routing import NoRoute, route

EXAMPLE = re.search(r"```toml\n(.*?)```", (project.BASE_DIR / "docs/apply.md").read_text(), re.DOTALL)[1]
ENDS = (date.today() + timedelta(days=300)).isoformat()
EXAMPLE = EXAMPLE.replace("2028-05-12", ENDS)  # so that the docs' date may pass
ENVIRONMENT = {
    "OPERATOR_PASSWORD": "a long enough word",
    "NORDIC_CLIENT_SECRET": "abc8Q~VXgA3cwNAOqsxxAuDH0X5l21-Sw-oH303R",
    "NORDIC_GOOGLE_SECRET": "GOCSPX-C0py_of6WnRtKbV4xZcMqLy9hGs",
    "ANNA_PASSWORD": "another long word",
    "JANIS_EMAIL_PASSWORD": "mailbox secret",
    "JANIS_APP_PASSWORD": "abcd efgh ijkl mnop",
    "NORDIC_WEBHOOK_SECRET": "whsec_c2lnbnMgd2hhdCBpcyBwb3N0ZWQgdG8gdGhlIFRNUw==",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def secrets(monkeypatch, tmp_path):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/smtp-password").write_text("relay secret\n")


@pytest.fixture
def apply(tmp_path):
    """Runs the command over the text; returns (exit code, output)."""

    def run(text: str, *options: str) -> tuple[int, str]:
        path, out = tmp_path / "company.toml", StringIO()
        path.write_text(text)
        try:
            call_command("apply", str(path), *options, stdout=out)
        except SystemExit as ended:
            return ended.code, out.getvalue()
        return 0, out.getvalue()

    return run


def rows() -> dict[str, list]:
    models = (Company, User, Membership, MicrosoftApp, SmtpServer, UserMailSettings, Credential, AuditEvent)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_the_example_of_the_docs_makes_all_it_says(apply, secrets):
    code, said = apply(EXAMPLE)
    assert (code, said.splitlines()[-1]) == (0, "Done.")
    company = Company.objects.get()
    assert company.code == "NordicFreight"
    assert company.microsoft_app.tenant_id == "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40"
    assert company.smtp_server.host == "smtp.nordicfreight.example"
    assert company.mail_settings.company_address == "orders@nordicfreight.example"
    anna, janis = (
        Membership.objects.get(user__email=f"{name}@nordicfreight.example") for name in ("anna", "janis")
    )
    assert (anna.role, janis.role) == (Role.ADMIN, Role.USER)
    assert anna.user.check_password("another long word")
    assert not janis.user.has_usable_password()
    assert janis.mail_settings.method == "gmail_app_password"
    assert (
        credentials.stored(company, CredentialKind.CLIENT_SECRET).reveal()
        == ENVIRONMENT["NORDIC_CLIENT_SECRET"]
    )
    assert credentials.stored(company, CredentialKind.SMTP_PASSWORD).reveal() == "relay secret"
    assert (
        credentials.stored(company, CredentialKind.GMAIL_APP_PASSWORD, janis).reveal() == "abcdefghijklmnop"
    )
    assert User.objects.get(email="operator@portal.example").is_operator


def test_the_same_file_again_changes_nothing(apply, secrets):
    apply(EXAMPLE)
    before = rows()
    assert apply(EXAMPLE) == (0, "Nothing to do.\n")
    assert rows() == before


def test_no_secret_is_said_or_audited(apply, secrets):
    _code, said = apply(EXAMPLE)
    everything = said + str([event.details for event in AuditEvent.objects.all()])
    for secret in (*ENVIRONMENT.values(), "relay secret", "abcdefghijklmnop"):
        assert secret not in everything


def test_a_dry_run_says_what_the_real_run_does_and_changes_nothing(apply, secrets):
    before = rows()
    _code, dry = apply(EXAMPLE, "--dry-run")
    assert rows() == before
    _code, real = apply(EXAMPLE)
    assert dry.replace("Nothing was changed: this is a dry run.", "Done.") == real
    changed = EXAMPLE.replace("port = 587", "port = 2525").replace("Anna Ozola", "Anna Liepa")
    _code, diff = apply(changed, "--dry-run")
    assert diff.splitlines() == [
        "~ NordicFreight.smtp.port: 587 → 2525",
        '~ NordicFreight.anna@nordicfreight.example.name: "Anna Ozola" → "Anna Liepa"',
        "Nothing was changed: this is a dry run.",
    ]


def test_a_new_secret_replaces_the_old_one(apply, secrets, monkeypatch):
    apply(EXAMPLE)
    monkeypatch.setenv("JANIS_EMAIL_PASSWORD", "changed since")
    _code, said = apply(EXAMPLE)
    assert said.splitlines() == [
        '~ NordicFreight.janis@nordicfreight.example.email_password: "stored" → "replaced"',
        "Done.",
    ]


def test_what_the_file_leaves_out_is_left_alone(apply, secrets):
    apply(EXAMPLE)
    before = rows()
    short = '[[company]]\ncode = "NordicFreight"\n[company.smtp]\ntimeout_s = 30\n'
    assert apply(short) == (0, "Nothing to do.\n")
    assert rows() == before


def test_the_sign_in_password_counts_only_for_a_new_account(apply, secrets, monkeypatch):
    apply(EXAMPLE)
    monkeypatch.delenv("ANNA_PASSWORD")
    assert apply(EXAMPLE) == (0, "Nothing to do.\n")


def test_all_mistakes_are_listed_at_once_with_their_paths(apply, secrets, monkeypatch):
    monkeypatch.delenv("NORDIC_CLIENT_SECRET")
    wrong = (
        EXAMPLE.replace('tenant_id = "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40"', 'tenant_id = "common"')
        .replace("port = 587", 'port = "587"')
        .replace('security = "starttls"', 'security = "ssl"')
        .replace("retention_days", "retention_day")
        .replace('role = "admin"', 'role = "boss"')
        .replace('{ env = "JANIS_EMAIL_PASSWORD" }', '"in the open"')
        .replace(ENDS, f'"{ENDS}"')
    )
    before = rows()
    code, said = apply(wrong, "--json")
    result = json.loads(said)
    found = {error["path"]: error["message"] for error in result["errors"]}
    assert code == 1
    assert set(found) == {
        "company[0].retention_day",
        "company[0].office365.client_secret",
        "company[0].office365.secret_expires_on",
        "company[0].smtp.port",
        "company[0].smtp.security",
        "company[0].person[0].role",
        "company[0].person[1].email_password",
    }
    assert "Did you mean retention_days?" in found["company[0].retention_day"]
    assert "in the open" not in said
    assert result["changes"] == []
    assert rows() == before


def test_a_forms_sentence_stands_at_its_key(apply, secrets):
    wrong = EXAMPLE.replace('"8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40"', '"common"').replace(
        "port = 587", "port = 465"
    )
    code, said = apply(wrong)
    assert code == 1
    assert said.splitlines()[0].startswith("company[0].office365.tenant_id: “common” lets in")
    assert said.splitlines()[1].startswith("company[0].smtp.port: Port 465 speaks TLS")
    assert said.splitlines()[2] == "Nothing was changed."


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("x = 1\ny == 2", "company.toml", "line 2"),
        ("[[company]]\ncode = 7\nname = 'A'", "company[0].code", "must be text"),
        ("[company]\ncode = 'A1'", "company", "[[company]]"),
        ("[[company]]\ncode = 'api'\nname = 'A'", "company[0].code", "Choose another code"),
        ("[[company]]\ncode = 'A1'", "company[0].name", "required"),
        ("[[company]]\ncode = 'A1'\nname = 'A'\nsmtp = 3", "company[0].smtp", "[company.smtp]"),
        (
            "[[company]]\ncode = 'A1'\nname = 'A'\n[company.smtp]\nhost = 'x'",
            "company[0].smtp",
            "allowed_methods",
        ),
        ("[[company]]\ncode='A1'\nname='A'\n[[company]]\ncode='a1'\nname='A'", "company[1].code", "twice"),
        (
            "[[company]]\ncode='A1'\nname='A'\nallowed_methods=['pigeon']",
            "company[0].allowed_methods",
            "pigeon",
        ),
        (
            "[[company]]\ncode='A1'\nname='A'\nallowed_methods=[1]",
            "company[0].allowed_methods",
            "list of texts",
        ),
        (
            "[[company]]\ncode='A1'\nname='A'\n[company.policy]\nsave_to_sent=1",
            "company[0].policy.save_to_sent",
            "true",
        ),
        (
            "[[company]]\ncode='A1'\nname='A'\n[[company.person]]\nemail='nobody'",
            "company[0].person[0].email",
            "not an e-mail address",
        ),
        ("[[operator]]\nemail='o@x.example'\npassword={env='NOT_SET'}", "operator[0].password", "NOT_SET"),
        (
            "[[operator]]\nemail='o@x.example'\npassword={file='none'}",
            "operator[0].password",
            "cannot be read",
        ),
        ("[[operator]]\nemail='o@x.example'\npassword={env='A',file='b'}", "operator[0].password", "{ env"),
    ],
)
def test_a_mistake_is_named_with_its_place(apply, text, path, says):
    code, said = apply(text, "--json")
    errors = json.loads(said)["errors"]
    assert code == 1
    assert [error["path"] for error in errors] == [path]
    assert says in errors[0]["message"]


def test_the_code_is_written_in_its_own_case(apply, secrets):
    apply(EXAMPLE)
    _code, said = apply('[[company]]\ncode = "nordicfreight"\n')
    assert "The company's code is NordicFreight" in said


def test_a_weak_sign_in_password_is_refused(apply, monkeypatch):
    monkeypatch.setenv("WEAK", "password")
    code, said = apply("[[operator]]\nemail = 'o@x.example'\npassword = { env = 'WEAK' }")
    assert code == 1
    assert "operator[0].password: This password is too common." in said
    assert not User.objects.exists()


def test_the_last_admin_cannot_be_demoted_but_the_role_can_pass_on(apply, secrets):
    apply(EXAMPLE)
    demoted = EXAMPLE.replace('role = "admin"', 'role = "user"')
    code, said = apply(demoted)
    assert code == 1
    assert said.startswith("company[0].person[0].role: This is the company's last admin.")
    passed_on = demoted.replace('name = "Jānis Kalns"\nrole = "user"', 'name = "Jānis Kalns"\nrole = "admin"')
    assert apply(passed_on)[0] == 0
    assert Membership.objects.get(role=Role.ADMIN).user.email == "janis@nordicfreight.example"


def test_a_file_that_is_not_there_cannot_be_applied(tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("apply", str(tmp_path / "none.toml"))
    assert refused.value.returncode == 2


def test_without_an_encryption_key_nothing_is_applied(apply, secrets, settings):
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS is empty") as refused:
        apply(EXAMPLE)
    assert refused.value.returncode == 2
    assert not Company.objects.exists()


def test_the_docs_name_every_key():
    text = Path(project.BASE_DIR / "docs/apply.md").read_text()
    shapes = (
        shape.OPERATOR,
        shape.COMPANY,
        shape.OFFICE365,
        shape.GOOGLE,
        shape.APP_ONLY,
        shape.SMTP,
        shape.COMPANY_MAILBOX,
        shape.POLICY,
        shape.PERSON,
        shape.AGREEMENT,
        shape.WEBHOOK,
    )
    missing = [key for one in shapes for key in one.keys if not re.search(rf"\b{key}\b", text)]
    assert missing == []


@pytest.mark.parametrize(
    ("form", "table"),
    [
        (CompanyForm, shape.COMPANY),
        (MicrosoftAppForm, shape.OFFICE365),
        (GoogleAppForm, shape.GOOGLE),
        (AppOnlyForm, shape.APP_ONLY),
        (SmtpServerForm, shape.SMTP),
        (CompanyMailboxForm, shape.COMPANY_MAILBOX),
        (PolicyForm, shape.POLICY),
        (PersonForm, shape.PERSON),
    ],
)
def test_a_file_can_say_whatever_a_page_can(form, table):
    fields = {*form._meta.fields, *form.declared_fields}
    assert fields <= {*table.values, *table.secrets}


def test_the_docs_name_every_way_that_can_be_allowed():
    text = (project.BASE_DIR / "docs/apply.md").read_text()
    (row,) = re.findall(r"`allowed_methods` \|(.*) \(", text)
    assert re.findall(r"`(\w+)`", row) == list(catalog.METHODS)


SWITCHED = """
[[company]]
code = "Switched"
name = "Switched Ltd"
allowed_methods = ["google_api", "google_smtp", "company_mailbox", "graph_app", "company_smtp"]
[company.google]
client_id = "417294650183-nf0r7h2c9d5k8m3p6q1s4t7v0w2x5y8z.apps.googleusercontent.com"
client_secret = { env = "NORDIC_GOOGLE_SECRET" }
send_by = "gmail_api"
[company.app_only]
use_graph = true
[company.company_mailbox]
use_fallback_mailbox = true
fallback_mailbox = "office@switched.example"
[company.policy]
method = "google_api"
"""


@pytest.mark.parametrize(
    ("first", "then", "switched_off"),
    [
        ("google_api", "google_smtp", ('send_by = "gmail_api"', 'send_by = "smtp"')),
        ("company_mailbox", "", ("use_fallback_mailbox = true", "use_fallback_mailbox = false")),
        ("graph_app", "company_smtp", ("use_graph = true", "use_graph = false")),
    ],
)
def test_one_file_changes_the_companys_method_and_what_it_needs(apply, secrets, first, then, switched_off):
    before = SWITCHED.replace('method = "google_api"', f'method = "{first}"')
    assert apply(before)[0] == 0
    after = before.replace(f'method = "{first}"', f'method = "{then}"').replace(*switched_off)
    code, said = apply(after)
    assert code == 0, said
    assert f'~ Switched.policy.method: "{first}" → ""' in said
    assert CompanyMailSettings.objects.get().method == then
    assert apply(after) == (0, "Nothing to do.\n")


def test_a_password_for_microsoft_is_not_for_a_mail_server_set_up_later(apply, secrets):
    company = '[[company]]\ncode = "ByPassword"\nname = "By Password"\n'
    company += 'allowed_methods = ["graph_password", "smtp_password"]\n'
    person = '[[company.person]]\nemail = "bob@people.example"\n'
    person += 'email_password = { env = "JANIS_EMAIL_PASSWORD" }\n'
    assert apply(company + person)[0] == 0
    assert UserMailSettings.objects.get().method == "graph_password"
    server = '[company.smtp]\nhost = "smtp.people.example"\nport = 587\n'
    assert apply(company + server + person)[0] == 0
    with pytest.raises(NoRoute, match="E-mail password: Another way was chosen"):
        route(Membership.objects.get())


def test_the_way_that_the_file_names_is_kept_whatever_the_password_is_for(apply, secrets):
    text = '[[company]]\ncode = "ByPassword"\nname = "By Password"\n'
    text += 'allowed_methods = ["graph_password", "smtp_password"]\n'
    text += '[[company.person]]\nemail = "bob@people.example"\nmethod = ""\n'
    text += 'email_password = { env = "JANIS_EMAIL_PASSWORD" }\n'
    assert apply(text)[0] == 0
    assert apply(text) == (0, "Nothing to do.\n")
    assert UserMailSettings.objects.filter(method="graph_password").count() == 0
