"""The company's e-mail method and its size limit from a file: what the ladder says, what leaves, what is refused."""

import json
from email.message import EmailMessage
from io import StringIO

import pytest
from django.core.management import call_command

from sender.mime import MessageRefused
from sender.models import OutboxMessage
from sender.services import Draft, RawMessage

UWE, SAM = (f"{name}@nordicfreight.example" for name in ("uwe.user", "sam.support"))
RITA = "rita@customer.example"
FILE = f"""
[[company]]
code = "OwnPassword"
name = "Everybody with his own password, STARTTLS"
allowed_methods = ["smtp_password", "company_smtp"]

[company.smtp]
user_name = "{SAM}"
password = {{ env = "SAM_PASSWORD" }}

[company.policy]
method = "company_smtp"
max_files_mb = 1
company_server_from = "mailbox"
company_address = "{SAM}"
"""


@pytest.fixture
def uwe(office, tmp_path):
    """Somebody with a password of his own, in a company that has chosen its own server for everybody."""
    path = tmp_path / "method.toml"
    path.write_text(FILE)
    call_command("apply", str(path), stdout=StringIO())
    return office.person(UWE, "OwnPassword")


def test_the_ladder_names_the_companys_choice_at_each_other_rung(uwe):
    out = StringIO()
    call_command("route", company="OwnPassword", user=UWE, json=True, stdout=out)
    ladder = {rung["method"]: rung for rung in json.loads(out.getvalue())["ladder"]}
    assert ladder["company_smtp"]["state"] == "chosen"
    own = ladder["smtp_password"]
    assert (own["state"], own["cause"]) == ("refused", "method_not_allowed")
    assert own["reason"] == "The company sends by Company mail server."


def test_mail_leaves_by_the_companys_choice_although_the_person_has_a_way(office, uwe):
    message = office.send(uwe, Draft(to=[RITA], subject="Order 1", text="One truck, please."))
    assert (message.state, message.mailbox.method) == ("sent", "company_smtp")
    (mail,) = office.arrived(message)
    assert mail.mailbox == SAM


def test_a_finished_message_with_a_file_over_the_limit_is_refused(office, uwe):
    finished = EmailMessage()
    finished["From"], finished["To"] = SAM, RITA
    finished.set_content("Here it is.")
    finished.add_attachment(b"\0" * (1024 * 1024 + 1), "application", "pdf", filename="scan.pdf")
    with pytest.raises(MessageRefused, match="your company allows 1 MB"):
        office.submit(uwe, RawMessage(finished.as_bytes()))
    assert not OutboxMessage.objects.exists()
