"""Settings of the measured pages: those of the bench, with the bare views beside the portal's."""

from bench.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
