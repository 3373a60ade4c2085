"""`manage.py newkey`: a fresh entry for ENCRYPTION_KEYS."""

import secrets

from django.core.management.base import BaseCommand

from core import clock, crypto


class Command(BaseCommand):
    help = "Print a new encryption key. Put it first in ENCRYPTION_KEYS and keep the older ones behind it."
    requires_system_checks = ()  # a new installation has no key yet, which is an error

    def handle(self, **_options: object) -> None:
        name = f"k{clock.now():%Y%m%d}-{secrets.token_hex(2)}"
        self.stdout.write(f"{name}:{crypto.new_key()}")
