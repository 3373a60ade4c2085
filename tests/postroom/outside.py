"""A Django project that has nothing of Postroom but the package `postroom-django` and two lines of settings."""

import atexit
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

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
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@cache
def wheel() -> Path:
    """The package, built once by a copy of its folder alone, without a network."""
    folder = Path(mkdtemp(prefix="postroom-wheel-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    source = shutil.copytree(ROOT / "postroom", folder / "source", ignore=ignored)
    build = [*PIP, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source]
    subprocess.run(build, check=True, timeout=120, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


def run_in_a_project(folder: Path, url: str, secret: str, program: str) -> str:
    """What the program prints, run by a process of its own, in which every warning is an error."""
    install = [*PIP, "install", "--no-index", "--no-deps", "--target", folder / "packages", wheel()]
    subprocess.run(install, check=True, timeout=120)
    (folder / "shop_settings.py").write_text(SETTINGS)
    own = {"PORTAL": url, "POSTROOM_KEY": secret, "DJANGO_SETTINGS_MODULE": "shop_settings"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGINNING + program + NOTHING_OF_OURS],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder / 'packages'}{os.pathsep}{folder}"} | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
