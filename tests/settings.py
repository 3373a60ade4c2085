"""Settings of the test run: the product's own, with an environment made here."""

import os

os.environ.update(
    ENV_FILE="",
    SECRET_KEY="test-only-secret-key-that-is-long-enough-for-the-checks",
    ENCRYPTION_KEYS="test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    PUBLIC_URL="http://testserver",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    OUTGOING_ALLOWED_NETWORKS="127.0.0.0/8,::1/128",
    LOG_FORMAT="plain",
    EMAIL_URL="memorymail://",
)
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

from portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
