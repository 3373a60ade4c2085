"""Settings of django-post-office: the same databases, set up the same way as the product's."""

import os

from bench.settings import DATABASES, SECRET_KEY, USE_TZ  # noqa: F401

INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "localhost", int(os.environ.get("BENCH_PORT", "0"))
EMAIL_USE_SSL = True
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = "peer@sender.example", "password"
POST_OFFICE = {
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    "THREADS_PER_PROCESS": int(os.environ.get("BENCH_THREADS", "1")),
    "BATCH_SIZE": 100_000,
    "LOG_LEVEL": 2,  # its own default: a row for every e-mail
    "CELERY_ENABLED": False,
    "MAX_RETRIES": 10,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates"},
    {"BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates", "NAME": "post_office"},
]
