"""`manage.py route`: which way a person's mail goes now, and why not another one."""

import json
import sys

from django.core.management.base import CommandError, CommandParser

from accounts.models import Membership
from core.addresses import stored
from core.command_line import CheckedCommand
from sender.ladder import Rung, ladder_of

NO_ROUTE, NOBODY = 1, 2


class Command(CheckedCommand):
    help = (
        "Prints the ways of sending in their order, down to the one that a person's mail takes. "
        "Exit code 0: there is a way; 1: there is none; 2: there is no such person."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="CODE")
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        membership = _membership(options["company"], stored(options["user"]))
        rungs = ladder_of(membership)
        if options["json"]:
            facts = {"company": membership.company.code, "user": membership.user.email, "ladder": rungs}
            self.stdout.write(json.dumps(facts))
        else:
            for rung in rungs:
                self.stdout.write(_line(rung))
        if not any(rung["state"] == "chosen" for rung in rungs):
            sys.exit(NO_ROUTE)


def _membership(code: str, email: str) -> Membership:
    rows = Membership.objects.select_related("company", "user").filter(company__is_active=True)
    found = None
    if (code + email).isprintable():  # bytes that are no text come as surrogates, which no database takes
        found = rows.filter(company__code__iexact=code, user__email=email).first()
    if found is None:
        raise CommandError(f"{email} is not a person of company {code}.", returncode=NOBODY)
    return found


def _line(rung: Rung) -> str:
    if rung["state"] == "refused":
        return f"  {rung['method']}: {rung['reason']} ({rung['cause']})"
    named = {"From": rung["from"], "Sender": rung["sender"], "Reply-To": rung["reply_to"]}
    seen = ", ".join(f"{name}: {address}" for name, address in named.items() if address)
    return f"> {rung['method']}: {rung['reason']} {seen}"
