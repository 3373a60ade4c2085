"""A Django project that has nothing of Postroom but the package `postroom` and two lines of settings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
import os
SECRET_KEY = "of the project"
USE_TZ = True
EMAIL_BACKEND = "postroom.backend.PostroomBackend"
POSTROOM = {"url": os.environ["PORTAL"], "key": os.environ["POSTROOM_KEY"]}
"""
BEGINNING = """
import sys
import django
django.setup()
from django.core.mail import EmailMultiAlternatives, send_mail
"""
NOTHING_OF_OURS = """
own = {"accounts", "api", "core", "portal", "sender"}
assert not own & {name.partition(".")[0] for name in sys.modules}
"""


def run_in_a_project(folder: Path, url: str, secret: str, program: str) -> str:
    """What the program prints, run by a process of its own, in which every warning is an error."""
    shutil.copytree(ROOT / "postroom", folder / "postroom", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "shop_settings.py").write_text(SETTINGS)
    own = {"PORTAL": url, "POSTROOM_KEY": secret, "DJANGO_SETTINGS_MODULE": "shop_settings"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGINNING + program + NOTHING_OF_OURS],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)} | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
