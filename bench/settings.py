"""Settings of the measured processes: the product's own, with keys made for the bench."""

import os

os.environ.update(
    ENV_FILE="",
    DATABASE_URL=os.environ["BENCH_DATABASE_URL"],
    SECRET_KEY="bench-only-secret-key-that-is-long-enough-for-the-checks",
    ENCRYPTION_KEYS="bench:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    PUBLIC_URL="http://localhost",
    ALLOWED_HOSTS="localhost",
    OUTGOING_ALLOWED_NETWORKS="127.0.0.0/8,::1/128",
    EXTRA_CA_FILE=os.environ.get("BENCH_CA_FILE", ""),
    MICROSOFT_CLOUDS_FILE=os.environ.get("BENCH_CLOUDS_FILE", ""),
    EMAIL_URL="memorymail://",
)

from portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # making people is not what is measured
