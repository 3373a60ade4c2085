"""`manage.py checkmail`: walk the way a person's mail takes, or the company's own ways, and say what is wrong."""

import json
import sys
from datetime import timedelta

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.models import Company, Membership
from core.addresses import stored
from core.command_line import CheckedCommand
from core.errors import InputError
from core.sentences import said
from sender.doctor import runs
from sender.doctor.steps import Step
from sender.doctor.subject import Subject, own_ways
from sender.mime.address import checked_address
from sender.models import CheckResult, CheckRun, CheckState

FAILED, COULD_NOT = 1, 2
_MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL", "skip": "-   "}


class Command(CheckedCommand):
    help = (
        "Checks a person's way of sending step by step (--user), or the ways the company's settings have for "
        "everybody. Looks only, unless --send-to asks for a real message. "
        "Exit code 0: works; 1: something failed; 2: could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="CODE")
        parser.add_argument("--user", default="", metavar="EMAIL")
        parser.add_argument("--send-to", default="", metavar="ADDRESS", help="needs --user, and a worker")
        parser.add_argument(
            "--outside", default="", metavar="ADDRESS", help="a mailbox the app must not reach"
        )
        parser.add_argument("--timeout", type=float, default=90, metavar="SECONDS", help="for the message")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        if options["send_to"] and not options["user"]:
            raise CommandError("--send-to needs --user: whose mail it is.", returncode=COULD_NOT)
        for name in ("send_to", "outside"):
            options[name] = _address(options[name])
        company = _company(options["company"])
        done = [
            runs.perform(_begun(person, options), way=way, wait_s=options["timeout"])
            for person, way in _asked_for(company, options["user"])
        ]
        self._report(company, done, as_json=options["json"])
        results = {run.result for run in done}
        if CheckResult.FAILED in results:
            sys.exit(FAILED)
        if CheckResult.NOT_RUN in results:
            sys.exit(COULD_NOT)

    def _report(self, company: Company, done: list[CheckRun], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"company": company.code, "checks": [_facts(run) for run in done]}))
            return
        for run in done:
            self.stdout.write(f"{run.person}, {run.method or 'no way'}: {run.get_result_display()}")
            for step in runs.steps_of(run):
                for line in _lines(step):
                    self.stdout.write(line)
            if run.note:
                self.stdout.write(f"  {said(run.note)}")


def _asked_for(company: Company, user: str) -> list[tuple[Membership, Subject | None]]:
    if user:
        return [(_person(company, stored(user)), None)]
    ways = [(way.person, way) for way in own_ways(company)]
    if not ways:
        sentence = "The company has no way of its own for everybody. Name a person with --user."
        raise CommandError(sentence, returncode=COULD_NOT)
    return ways


def _begun(person: Membership, options: dict[str, object]) -> CheckRun:
    """Taken by this command from the start: no worker may take it too."""
    now = timezone.now()
    wanted = {"send_to": options["send_to"], "outside": options["outside"]}
    far = now + timedelta(days=1)
    run = runs.ask(person, asked_by="command line", due_at=far, **wanted)
    CheckRun.objects.filter(pk=run.pk).update(
        state=CheckState.RUNNING, started_at=now, until=now + runs.HEARD_OF, due_at=now
    )
    run.refresh_from_db()
    return run


def _company(code: str) -> Company:
    found = Company.objects.filter(code__iexact=code, is_active=True).first() if code.isprintable() else None
    if found is None:
        raise CommandError(f"There is no company {code}.", returncode=COULD_NOT)
    return found


def _person(company: Company, email: str) -> Membership:
    rows = company.memberships.select_related("company", "user")
    found = rows.filter(user__email=email).first() if email.isprintable() else None
    if found is None:
        raise CommandError(f"{email} is not a person of company {company.code}.", returncode=COULD_NOT)
    return found


def _address(typed: str) -> str:
    try:
        return checked_address(typed, "to") if typed else ""
    except InputError as error:
        raise CommandError(error.message, returncode=COULD_NOT) from None


def _facts(run: CheckRun) -> dict[str, object]:
    return {
        "id": str(run.pk),
        "user": run.person,
        "method": run.method,
        "result": run.result,
        "cause": run.cause,
        **runs.told(run),
    }


def _lines(step: Step) -> list[str]:
    lines = [f"  {_MARKS[step.state]} {step.label}: {step.message} ({step.milliseconds} ms)"]
    lines += [f"       {step.hint}"] if step.hint else []
    return lines + ([f"       {step.cause}: {step.raw}"] if step.state == "fail" else [])
