"""`manage.py outbox`: look at messages, and decide about them, from the command line."""

import json
import sys
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from accounts.audit import COMMAND_LINE, record
from accounts.models import Company
from core.command_line import CheckedCommand
from core.sentences import said
from sender import actions
from sender.models import OutboxMessage, State
from sender.routing import NoRoute

OTHER_STATE, MISUSED = 1, 2


class Command(CheckedCommand):
    help = (
        "Looks at the outbox, and does what a person may do on a message's page. Exit code 0: done; 1: the message "
        "is in a state that does not allow it, or there is no way to send it; 2: no such message or company."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")
        actions_ = parser.add_subparsers(dest="action", required=True)
        listing = actions_.add_parser("list", help="the newest messages")
        listing.add_argument("--company", metavar="CODE")
        listing.add_argument("--state", choices=State.values)
        listing.add_argument("--limit", type=int, default=50, metavar="N", help="default 50")
        for name, help_text in (
            ("show", "one message with its recipients and attempts"),
            ("retry", "try again now, by the way that holds today"),
            ("cancel", "do not send it"),
            ("resolve", "say what became of a message that was handed over without an answer"),
        ):
            command = actions_.add_parser(name, help=help_text)
            command.add_argument("message", metavar="ID")
        command.add_argument("--as", dest="found", required=True, choices=("sent", "not-sent"), help=(
            "sent: it arrived; not-sent: it did not, send it again"
        ))  # fmt: skip
        for command in actions_.choices.values():
            command.add_argument("--json", action="store_true", default=False)

    def handle(self, *args: object, **options: object) -> None:
        self.as_json = options["json"]
        if options["action"] == "list":
            return self._list(options)
        message = self._message(options["message"])
        if options["action"] == "show":
            return self._show(message)
        return self._act(message, options["action"], options.get("found"))

    def _message(self, given: str) -> OutboxMessage:
        try:
            return OutboxMessage.objects.select_related("mailbox", "company").get(pk=UUID(given))
        except (ValueError, OutboxMessage.DoesNotExist):
            raise CommandError(f"There is no message {given}.", returncode=MISUSED) from None

    def _list(self, options: dict) -> None:
        rows = OutboxMessage.objects.select_related("mailbox", "company").order_by("-id")
        if code := options["company"]:
            rows = rows.filter(company=_company(code))
        if options["state"]:
            rows = rows.filter(state=options["state"])
        found = [_facts(message) for message in rows[: max(options["limit"], 0)]]
        if self.as_json:
            self.stdout.write(json.dumps(found))
            return
        for facts in found:
            self.stdout.write("{id} {company} {state} {person}: {subject}".format(**facts))

    def _show(self, message: OutboxMessage) -> None:
        facts = _facts(message) | {
            "recipients": list(message.recipients.values("address", "kind", "outcome", "reply")),
            "attempts": [
                {
                    "number": attempt.number,
                    "at": attempt.started_at.isoformat(),
                    "method": attempt.method,
                    "phase": attempt.phase,
                    "outcome": attempt.outcome,
                    "cause": attempt.cause,
                    "reply": attempt.reply,
                }
                for attempt in message.attempts.all()
            ],
        }
        if self.as_json:
            self.stdout.write(json.dumps(facts))
            return
        for name, value in facts.items():
            lines = value if isinstance(value, list) else [value]
            for line in lines:
                text = ", ".join(f"{k} {v}" for k, v in line.items() if v) if isinstance(line, dict) else line
                self.stdout.write(f"{name}: {text}")

    def _act(self, message: OutboxMessage, action: str, found: str | None) -> None:
        act, event = {
            ("retry", None): (actions.retry, "message.retried"),
            ("cancel", None): (actions.cancel, "message.cancelled"),
            ("resolve", "sent"): (actions.mark_sent, "message.resolved_as_sent"),
            ("resolve", "not-sent"): (actions.send_again, "message.resolved_as_lost"),
        }[action, found]
        try:
            done = act(message)
        except NoRoute as error:
            raise CommandError(f"There is no way to send it: {error}", returncode=OTHER_STATE) from None
        message.refresh_from_db()
        if done:
            record(COMMAND_LINE, event, company=message.company, label=message.message_id)
        if self.as_json:
            self.stdout.write(json.dumps({"done": done, "state": message.state}))
        else:
            self.stdout.write("Done." if done else f"Nothing was changed: the message is {message.state}.")
        if not done:
            sys.exit(OTHER_STATE)


def _company(code: str) -> Company:
    try:
        return Company.objects.get(code__iexact=code)
    except Company.DoesNotExist:
        raise CommandError(f"There is no company {code}.", returncode=MISUSED) from None


def _facts(message: OutboxMessage) -> dict[str, object]:
    return {
        "id": str(message.pk),
        "company": message.company.code,
        "state": message.state,
        "priority": message.get_priority_display(),
        "person": message.person,
        "subject": message.subject,
        "message_id": message.message_id,
        "method": message.mailbox.method,
        "reason": said(message.route_reason),
        "cause": message.cause,
        "attempts_made": message.attempts_made,
        "submitted_at": message.submitted_at.isoformat(),
        "due_at": message.due_at.isoformat(),
        "finished_at": message.finished_at.isoformat() if message.finished_at else None,
    }
