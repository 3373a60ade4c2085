"""`manage.py removefactors`: for somebody who lost phone, passkeys and recovery codes."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit import COMMAND_LINE
from accounts.models import User
from accounts.second_step import factors
from core.addresses import stored
from core.errors import InputError


class Command(BaseCommand):
    help = (
        "Removes a person's authenticator app, passkeys and recovery codes, so that the password alone opens the "
        "account again. Make sure first that it is really this person who asks. Exit code 1: there is no such "
        "person, or no second step."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *, email: str, **_options: object) -> None:
        user = User.objects.filter(email=stored(email)).first()
        if user is None:
            raise CommandError(f"Nobody has the address {email}.")
        try:
            factors.remove_all(user, COMMAND_LINE)
        except InputError as error:
            raise CommandError(error.message) from None
        self.stdout.write(
            f"Removed. The password alone opens the account of {user.email}; it is in the audit log."
        )
