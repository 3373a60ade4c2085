"""`manage.py demo`: fill an empty database with the demo's companies and people."""

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.models import Company
from portal.demo import DEMO_FILE


class Command(BaseCommand):
    help = "Fills an empty database with the demo's companies. Does nothing when there is a company already."

    def handle(self, *args: object, **options: object) -> None:
        if Company.objects.exists():
            self.stdout.write("There are companies already; nothing was changed.")
            return
        call_command("apply", str(DEMO_FILE), stdout=self.stdout)
