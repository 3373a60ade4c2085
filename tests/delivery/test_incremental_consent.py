"""A setting asks people for one permission more: after they connected once more, mail leaves by what it allows."""

import json
from email import message_from_bytes, policy

import pytest

from mailsettings.models import CompanyMailSettings
from oauth.registration import lacking
from sender.management.commands.send import REFUSED, Command
from sender.mime import Attachment
from sender.services import Draft
from tests.delivery.conftest import Office

ULLA = "ulla.user@nordicfreight.example"


def test_a_large_file_leaves_by_a_connection_that_was_asked_once_more(office: Office):
    before = office.connect(ULLA)
    CompanyMailSettings.objects.update_or_create(company=before.company, defaults={"large_messages": True})
    assert lacking(before) == ["Mail.ReadWrite"]
    connection = office.connect(ULLA)
    assert lacking(connection) == []
    file = Attachment("plans.bin", bytes(range(256)) * 80 * 1024, "application/octet-stream")
    letter = Draft(to=["janis@customer.example"], subject="Plans", text="Plans", attachments=[file])
    message = office.send(connection.membership, letter)
    assert message.state == "sent"
    (mail,) = office.arrived(message)
    assert file.content in message_content(office, mail.id)


def message_content(office: Office, mail_id: str) -> bytes:
    parts = message_from_bytes(office.world.raw(mail_id), policy=policy.default)
    return b"".join(part.get_content() for part in parts.iter_attachments())


def test_before_that_the_command_is_refused_and_says_what_to_do(office: Office, tmp_path, capsys):
    connection = office.connect(ULLA)
    CompanyMailSettings.objects.update_or_create(
        company=connection.company, defaults={"large_messages": True}
    )
    path = tmp_path / "plans.bin"
    path.write_bytes(bytes(5_000_000))
    options = ("--company", "NordicFreight", "--as", ULLA, "--to", "janis@customer.example")
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "send", *options, "--attach", str(path), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert (ended.value.code, said["error"], said["field"]) == (REFUSED, "refused", "attachments")
    assert "permission Mail.ReadWrite" in said["message"]
    assert "connect to Microsoft once more" in said["message"]
