"""Settings of the test run: the product's own, with an environment made here.

`TEST_DATABASE=postgresql` runs on a real PostgreSQL server, started from a package for this run only.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "TEST_ROOT" not in os.environ:
    os.environ["TEST_ROOT"] = tempfile.mkdtemp(prefix="postroom-tests-")
    atexit.register(shutil.rmtree, os.environ["TEST_ROOT"], ignore_errors=True)
TEST_ROOT = Path(os.environ["TEST_ROOT"])
# Set once for the whole run: other test processes, and processes started by a test, find it set.
if "TEST_DATABASE_URL" not in os.environ:
    if os.environ.get("TEST_DATABASE") == "postgresql":
        from tests.postgresql import server_url

        os.environ["TEST_DATABASE_URL"] = server_url(TEST_ROOT)
    else:
        os.environ["TEST_DATABASE_URL"] = f"sqlite:///{TEST_ROOT}/postroom.sqlite3"

os.environ.update(
    ENV_FILE="",
    DATABASE_URL=os.environ["TEST_DATABASE_URL"],
    SECRET_KEY="test-only-secret-key-that-is-long-enough-for-the-checks",
    ENCRYPTION_KEYS="test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    PUBLIC_URL=os.environ.get("TEST_PUBLIC_URL", "http://testserver"),
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    OUTGOING_ALLOWED_NETWORKS="127.0.0.0/8,::1/128",
    DNS_RESOLVER="off",
    LOG_FORMAT="plain",
    EMAIL_URL="memorymail://",
)

from portal.settings import *  # noqa: F403

JOURNAL_FOLDER = str(TEST_ROOT / "journals")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True  # static files from their sources, nothing collected
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, not memory: threads and other processes must see the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_ROOT / "test.sqlite3")}  # noqa: F405
    at_start = DATABASES["default"]["OPTIONS"]["init_command"]  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = at_start.replace("=FULL", "=OFF")  # noqa: F405
