"""Files as other programs leave them: with a byte order mark, with what is no text, with what no longer holds."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Company, User
from mailsettings.models import Credential, UserMailSettings
from tests.mailsettings import forms_data as typed

MARK = b"\xef\xbb\xbf"
COMPANY = b"""[[company]]
code = "Nordic"
name = "Nordic"
allowed_methods = ["smtp_password", "company_smtp"]
"""
SMTP = b"""[company.smtp]
host = "smtp.firm.example"
user_name = "orders@firm.example"
password = %b
"""

pytestmark = pytest.mark.django_db


@pytest.fixture
def apply_bytes(tmp_path):
    def run(content: bytes) -> tuple[int, str]:
        path, out = tmp_path / "company.toml", StringIO()
        path.write_bytes(content)
        try:
            call_command("apply", str(path), stdout=out)
        except SystemExit as ended:
            return ended.code, out.getvalue()
        return 0, out.getvalue()

    return run


def test_a_byte_order_mark_before_the_file_is_none_of_it(apply_bytes):
    code, said = apply_bytes(MARK + COMPANY)
    assert code == 0, said
    assert Company.objects.get().code == "Nordic"


def test_a_byte_order_mark_before_a_secret_is_none_of_it(apply_bytes, tmp_path):
    (tmp_path / "mailbox").write_bytes(MARK + b"long and secret\r\n")
    (tmp_path / "sign-in").write_bytes(MARK + b"a long enough word\r\n")
    person = b'[[company.person]]\nemail = "anna@firm.example"\npassword = {file = "sign-in"}\n'
    code, said = apply_bytes(COMPANY + SMTP % b'{file = "mailbox"}' + person)
    assert code == 0, said
    assert Credential.objects.get().reveal() == typed.smtp()["password"]
    assert User.objects.get().check_password("a long enough word")


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        (b'{env = "ODD_SECRET"}', "not text in UTF-8: the environment variable ODD_SECRET."),
        (b'{file = "a\\u0000b"}', "this is no path."),
    ],
)
def test_a_secret_that_cannot_be_read_is_a_mistake_with_its_place(apply_bytes, monkeypatch, secret, says):
    monkeypatch.setenv("ODD_SECRET", "heron\udcffcanary")
    code, said = apply_bytes(COMPANY + SMTP % secret)
    assert code == 1
    assert said.startswith("company[0].smtp.password: ")
    assert says in said
    assert "heron" not in said


def test_a_file_nested_too_deeply_is_no_file_for_this(apply_bytes):
    code, said = apply_bytes(b"a = " + b"[" * 5000)
    assert (code, said.startswith("company.toml: This is not TOML: ")) == (1, True)


def test_a_way_can_be_withdrawn_though_somebody_chose_it(apply_bytes, world):
    world.company.allowed_methods = ["smtp_password", "company_smtp"]
    world.company.save()
    own = UserMailSettings.objects.create(
        membership=world.user, company=world.company, method="smtp_password"
    )
    person = b'[[company.person]]\nemail = "bob@people.example"\nrole = "user"\n'
    code, said = apply_bytes(b'[[company]]\ncode = "Alpha"\nallowed_methods = ["company_smtp"]\n' + person)
    assert code == 0, said
    own.refresh_from_db()
    assert own.method == "smtp_password", "what the file does not mention is left alone"


def test_what_has_no_name_is_not_called_a_double(apply_bytes):
    said = apply_bytes(b"[[company]]\n[[company]]\n" + b'[[company.person]]\nname = "A"\n' * 2)[1]
    assert "company[1].code: This field is required." in said
    assert "company[1].person[1].email: This field is required." in said
    assert "twice" not in said
