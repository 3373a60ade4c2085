"""A Django project that has nothing of Postroom but the package `postroom` and two lines of settings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sender.models import OutboxMessage

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
import os
SECRET_KEY = "of the project"
USE_TZ = True
EMAIL_BACKEND = "postroom.backend.PostroomBackend"
POSTROOM = {"url": os.environ["PORTAL"], "key": os.environ["POSTROOM_KEY"]}
"""
PROGRAM = """
import sys
import django
django.setup()
from django.core.mail import EmailMultiAlternatives, send_mail
assert send_mail("Order 1", "One truck.", "bob@people.example", ["rita@recipient.example"]) == 1
message = EmailMultiAlternatives("Order 2", "Text", "bob@people.example", ["rita@recipient.example"])
message.attach_alternative("<p>HTML</p>", "text/html")
message.attach("order.pdf", b"%PDF", "application/pdf")
assert message.send() == 1
print(message.postroom_id)
own = {"sender", "core", "accounts", "portal", "api"}
assert not own & {name.partition(".")[0] for name in sys.modules}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "postroom", tmp_path / "postroom", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "shop_settings.py").write_text(SETTINGS)
    return tmp_path


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_two_lines_of_settings_are_enough(by_rest, project, live_server):
    own = {"PORTAL": live_server.url, "POSTROOM_KEY": by_rest, "DJANGO_SETTINGS_MODULE": "shop_settings"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(project)} | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = OutboxMessage.objects.order_by("id")
    assert [(row.subject, row.person) for row in rows] == [
        ("Order 1", "bob@people.example"),
        ("Order 2", "bob@people.example"),
    ]
    assert done.stdout.strip() == str(rows[1].pk)
    assert rows[0].submitted_by == "API key Shop"
