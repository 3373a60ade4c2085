"""`manage.py send`: hand over one message as a person of a company, and see what becomes of it."""

import json
import mimetypes
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, connection

from accounts.models import Membership
from core.addresses import stored
from core.command_line import CheckedCommand
from core.errors import InputError
from core.sentences import said
from sender.mime import Attachment
from sender.models import OutboxMessage, State
from sender.routing import NoRoute
from sender.services import Draft, RawMessage, submit
from sender.story import passed_over

POLL_S = 0.2
NOT_SENT, REFUSED, NOT_KNOWN = 1, 2, 3


class Command(CheckedCommand):
    help = (
        "Hands over a message to be sent as a person of a company. Exit code 0: stored (with --wait: sent); "
        "1: with --wait, not sent; 2: refused, nothing was stored; 3: the database failed meanwhile, so that it may "
        "be stored: with the same --key it can be handed over again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, metavar="CODE")
        parser.add_argument(
            "--as", required=True, dest="person", metavar="EMAIL", help="the person who sends"
        )
        parser.add_argument(
            "--to", action="append", default=[], metavar="EMAIL", help="may be given several times"
        )
        parser.add_argument("--cc", action="append", default=[], metavar="EMAIL")
        parser.add_argument("--bcc", action="append", default=[], metavar="EMAIL")
        parser.add_argument("--subject", default="")
        parser.add_argument("--text", default="", help="the text; - reads it from standard input")
        parser.add_argument("--html", default="", help="an HTML version of the text")
        parser.add_argument("--attach", action="append", default=[], metavar="FILE")
        parser.add_argument(
            "--raw",
            metavar="FILE.eml",
            help="send this finished message (- reads standard input). Addresses given with --to, --cc and --bcc "
            "then are the only ones it goes to; without any, it goes to those in its own headers.",
        )
        parser.add_argument(
            "--agreement", default="", metavar="KIND", help="append the company's text of this kind"
        )
        parser.add_argument("--language", default="", metavar="TAG", help="of the agreement, such as lv")
        parser.add_argument("--key", default="", help="idempotency key: the same key never sends twice")
        parser.add_argument(
            "--wait", action="store_true", help="wait until it is sent, failed or needs somebody"
        )
        parser.add_argument("--timeout", type=int, default=120, metavar="S", help="with --wait (default 120)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        self.options = options
        try:
            message = self._hand_over(self._membership(), self._message())
        except NoRoute as error:
            self._refuse("no_route", str(error))
        except InputError as error:
            self._refuse("refused", error.message, error.field)
        if options["wait"]:
            message = self._wait_for(message)
        self._report(message)
        if options["wait"] and message.state != State.SENT:
            sys.exit(NOT_SENT)

    def _hand_over(self, membership: Membership, message: Draft | RawMessage) -> OutboxMessage:
        options = self.options
        try:
            return submit(
                membership,
                message,
                submitted_by="command line",
                idempotency_key=options["key"],
                agreement=options["agreement"],
                language=options["language"],
            )
        except OperationalError as error:
            sentence = f"The database failed, so that it is not known whether the message was stored: {error}"
            self._refuse("not_known", sentence, returncode=NOT_KNOWN)

    def _membership(self) -> Membership:
        company, person = self.options["company"], stored(self.options["person"])
        rows = Membership.objects.select_related("company", "user").filter(company__is_active=True)
        found = None
        if (
            company + person
        ).isprintable():  # bytes that are no text come as surrogates, which no database takes
            found = rows.filter(company__code__iexact=company, user__email=person).first()
        if found is None:
            raise InputError(f"{person} is not a person of company {company}.", "as")
        return found

    def _message(self) -> Draft | RawMessage:
        options = self.options
        if options["raw"]:
            addresses = [*options["to"], *options["cc"], *options["bcc"]]
            return RawMessage(_read(options["raw"], "raw"), addresses or None)
        text = _typed_text() if options["text"] == "-" else options["text"]
        return Draft(
            to=options["to"],
            cc=options["cc"],
            bcc=options["bcc"],
            subject=options["subject"],
            text=text,
            html=options["html"],
            attachments=[_attachment(path) for path in options["attach"]],
        )

    def _wait_for(self, message: OutboxMessage) -> OutboxMessage:
        until = time.monotonic() + self.options["timeout"]
        while time.monotonic() < until:
            try:
                message.mailbox.refresh_from_db()  # first: it is paused before the message is back
                message.refresh_from_db()
            except OperationalError:
                connection.close()
                time.sleep(POLL_S)
                continue
            is_held = message.mailbox.health != "ready" and message.state == State.WAITING
            if not message.is_open or is_held:
                break
            time.sleep(POLL_S)
        return message

    def _report(self, message: OutboxMessage) -> None:
        facts = {
            "id": str(message.pk),
            "message_id": message.message_id,
            "state": message.state,
            "method": message.mailbox.method,
            "reason": said(message.route_reason),
            "refused": [asdict(rung) for rung in passed_over(message)],
            "from": message.from_address,
            "sender": message.envelope_from if message.envelope_from != message.from_address else "",
            "cause": message.cause,
            "attempts": message.attempts_made,
            "agreement": message.agreement_kind,
            "agreement_language": message.agreement_language,
        }
        if self.options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(f"{message.pk} {message.get_state_display()}: {said(message.route_reason)}")
        on_behalf = f", on behalf, by {facts['sender']}" if facts["sender"] else ""
        self.stdout.write(f"From: {message.from_address}{on_behalf}")
        if message.cause:
            self.stdout.write(f"{message.cause}: {message.cause_raw}")

    def _refuse(self, code: str, sentence: str, field: str = "", returncode: int = REFUSED) -> NoReturn:
        if self.options["json"]:
            self.stdout.write(json.dumps({"error": code, "message": sentence, "field": field}))
            sys.exit(returncode)
        raise CommandError(sentence, returncode=returncode)


def _read(name: str, field: str) -> bytes:
    """A file, or standard input for `-`. Raises InputError."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.", field) from None


def _typed_text() -> str:
    try:
        return _read("-", "text").decode()
    except UnicodeDecodeError:
        raise InputError("The text on standard input must be UTF-8.", "text") from None


def _attachment(name: str) -> Attachment:
    path = Path(name)
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = _read(str(path.absolute()), "attach")
    return Attachment(filename=path.name, content=content, content_type=content_type)
