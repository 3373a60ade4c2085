"""docs/deployment.md and the moving and restoring of docs/operation.md, done as they are written."""

import json
import re
import shlex
from configparser import ConfigParser

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.audit import COMMAND_LINE
from accounts.models import User
from api.v1.taking import MOST_LARGE_LINES
from mailsettings import credentials
from mailsettings.models import Credential
from sender.models import OutboxMessage
from tests.sender.helpers import begun, hand_over

DEPLOYMENT = (settings.BASE_DIR / "docs" / "deployment.md").read_text("utf-8")
OPERATION = (settings.BASE_DIR / "docs" / "operation.md").read_text("utf-8")


def units() -> dict[str, ConfigParser]:
    found = {}
    for name, text in re.findall(r"postroom-(\w+)\.service`.*?```ini\n(.*?)```", DEPLOYMENT, re.DOTALL):
        found[name] = ConfigParser(interpolation=None)
        found[name].optionxform = str
        found[name].read_string(text)
    return found


def test_the_portal_is_served_as_the_configuration_says():
    configuration = (settings.BASE_DIR / "docs" / "configuration.md").read_text("utf-8")
    said = re.search(r"```sh\n(granian .*?)```", configuration, re.DOTALL)[1].replace("\\\n", "")
    started = shlex.split(units()["portal"]["Service"]["ExecStart"])
    assert started[1:] == shlex.split(said)[1:]


def test_the_proxy_takes_forms_whole_and_passes_on_batches_as_they_come():
    """A form that stalls would hold one of the portal's few threads; a batch has ten times the largest message."""
    server = re.search(r"```nginx\n(.*?)```", DEPLOYMENT, re.DOTALL)[1]
    of_api = re.search(r"location /api/ \{(.*?)\}", server, re.DOTALL)[1]
    assert "proxy_request_buffering off;" in of_api
    assert "proxy_request_buffering off;" not in server.replace(of_api, "")
    assert f"client_max_body_size {MOST_LARGE_LINES * settings.API_MOST_BODY_MB}m;" in of_api


@pytest.mark.parametrize(("name", "command"), [("worker", "worker"), ("gateway", "smtpgateway")])
def test_a_process_is_started_again_but_not_with_wrong_settings(name, command):
    service = units()[name]["Service"]
    assert service["ExecStart"].endswith(f" manage.py {command}")
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("always", "2")
    assert set(service["SuccessExitStatus"].split()) == {"130", "143"}


@pytest.mark.django_db
def test_the_file_makes_the_first_operator(tmp_path, monkeypatch):
    file = tmp_path / "operator.toml"
    file.write_text(re.search(r"```toml\n(.*?)```", DEPLOYMENT, re.DOTALL)[1])
    monkeypatch.setenv("OPERATOR_PASSWORD", "bright-morning-mail")
    call_command("apply", file)
    operator = User.objects.get(email="olga@firm.example")
    assert operator.is_staff
    assert operator.check_password("bright-morning-mail")


@pytest.mark.django_db(transaction=True)
def test_everything_can_be_moved_to_another_database(world, tmp_path, monkeypatch):
    message = hand_over(world.user)
    stored = credentials.store(world.user.company, "smtp_password", "a secret", actor=COMMAND_LINE)
    dump, load = re.findall(r"manage\.py ((?:dumpdata|loaddata) .*)", OPERATION)
    monkeypatch.chdir(tmp_path)
    call_command(*shlex.split(dump))
    assert all(json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines())
    call_command("flush", interactive=False)
    assert not User.objects.exists()
    call_command(*shlex.split(load), verbosity=0)
    assert Credential.objects.get(pk=stored.pk).reveal() == "a secret"
    assert begun(OutboxMessage.objects.get(pk=message.pk)).pk == message.pk
