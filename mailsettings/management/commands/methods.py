"""`manage.py methods`: the page docs/methods.md, from the catalogue."""

from django.core.management.base import BaseCommand

from mailsettings.methods_table import methods_page


class Command(BaseCommand):
    help = "Prints docs/methods.md: each way of sending, what it needs and what it can."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(methods_page(), ending="")
