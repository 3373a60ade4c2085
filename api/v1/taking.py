"""A batch as it comes in: its lines are read, made to messages, and stored some at a time.

The answer is made when the body has been read: most clients write all of it before they read a word, and both sides
would wait for each other if the portal began to answer before.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from api import bodies, keys, ndjson, problems
from api.models import ApiKey
from api.ndjson import TextLine
from api.problems import Problem
from api.silence import Heard, Silent
from api.v1 import intake, merging
from api.v1.auth import check_alive
from api.v1.batch_shapes import PartsIn
from core.errors import InputError
from sender import batches
from sender.batches import MOST_LINES, Cancelled, Line, Refusal, Refused
from sender.models import Batch, BatchLine
from sender.services import AT_ONCE
from sender.statements import TROUBLE

AT_ONCE_BYTES = 8 * bodies.MB  # lines held at a time; one line may be larger
MOST_LARGE_LINES = 10  # so many of the largest messages make the largest batch
WITHIN_S = 600  # for a whole batch: a client that writes slowly keeps a thread of the portal
SILENT_S = 60  # without as much as one piece
PIECE_BYTES = 8 * 1024  # small: who writes slowly is not silent

log = structlog.get_logger()


class Taking:
    """One request. `results` grow while it is read; `stopped` says why not all of it was."""

    def __init__(self, request: HttpRequest, idempotency_key: str) -> None:
        self.request, self.key = request, request.auth
        self.idempotency_key = idempotency_key
        self.batch: Batch | None = None
        self.template: PartsIn | None = None
        self.results: list[BatchLine] = []

    def take(self) -> Batch:
        """Read and store all of it. Raises Problem, with the batch's address where lines of it were stored."""
        most_bytes = _most_of_a_line()
        pieces = bodies.pieces(self.request, MOST_LARGE_LINES * most_bytes, PIECE_BYTES)
        found = ndjson.lines(_in_time(pieces), most_bytes)
        try:
            for part in self._parts(found):
                self._store(part)
            if self.batch is None:
                raise Problem(422, _("The body holds no message."))
            batches.finish(self.batch)
        except Problem as problem:
            raise self._told(problem) from None
        except Cancelled:
            raise self._told(_cancelled()) from None
        except TROUBLE:
            log.warning("a batch could not be stored", key=self.key.prefix, exc_info=True)
            raise self._told(problems.database_trouble()) from None
        return self.batch

    def _parts(self, found: Iterable[TextLine]) -> Iterator[list[TextLine]]:
        """The lines of messages, as many as are stored at once."""
        part, size, count = [], 0, 0
        for line in found:
            if line.is_open and not bodies.has_length(self.request) and not merging.is_json(line.text):
                raise bodies.cut_off()
            if not part and not count and line.text and merging.is_template(line.text) and not self.template:
                self.template = merging.read_template(line.text)
                continue
            count += 1
            if count > MOST_LINES:
                yield part
                raise _too_many()
            part.append(line)
            size += len(line.text or b"")
            if len(part) == AT_ONCE or size >= AT_ONCE_BYTES:
                yield part
                part, size = [], 0
        yield part

    def _store(self, part: list[TextLine]) -> None:
        if not part:
            return
        key = ApiKey.objects.select_related("company").get(pk=self.key.pk)  # it may have been revoked since
        check_alive(key)
        if self.batch is None:
            who = str(keys.who(key))
            self.batch = batches.begin(
                key.company, self.idempotency_key, submitted_by=who, api_key=key.prefix
            )
        people = _People(key)
        with timezone.override(key.company.zone):
            self.results += batches.store(self.batch, [self._made(line, people) for line in part])

    def _made(self, line: TextLine, people: "_People") -> Line | Refused:
        person = None
        try:
            if line.text is None:
                raise _too_long()
            given, own_key = merging.read_line(line.text, self.template)
            person = people.find(given.as_)
            wanted = intake.submission(given, own_key or f"{self.idempotency_key}:{line.number}")
        except Problem as problem:
            return Refused(line.number, Refusal(problem.slug, problem.field, str(problem)), person)
        except InputError as error:
            return Refused(line.number, Refusal("invalid", error.field, error.message), person)
        return Line(line.number, person, wanted)

    def _told(self, problem: Problem) -> Problem:
        """The refusal of the rest; the lines before stay what they are."""
        if self.batch is None:
            return problem
        with suppress(*TROUBLE):  # then it looks as if more of it still came in
            batches.stop(self.batch, problem.slug)
        problem.headers["Location"] = reverse("api-v1:batch", args=[self.batch.pk])
        return problem


class _People:
    """Those of one part of the batch, each looked up once."""

    def __init__(self, key: ApiKey) -> None:
        self._key = key
        self._found: dict[str, Membership | Problem] = {}

    def find(self, address: str) -> Membership:
        """Raises Problem."""
        if address not in self._found:
            try:
                self._found[address] = intake.person(self._key, address)
            except Problem as problem:
                self._found[address] = problem
        if isinstance(found := self._found[address], Problem):
            raise found
        return found


def _in_time(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Raises Problem 408 when they come too slowly, or not at all."""
    ends_at, heard = time.monotonic() + WITHIN_S, Heard(pieces)
    try:
        while (piece := heard.next(min(SILENT_S, ends_at - time.monotonic()))) is not None:
            if time.monotonic() > ends_at:
                raise Silent
            yield piece
    except Silent:
        raise _too_slow() from None
    finally:
        heard.close()


def _too_slow() -> Problem:
    sentence = _("A batch must be here within %(minutes)s minutes, without a pause of %(seconds)s seconds.")
    return Problem(408, sentence % {"minutes": WITHIN_S // 60, "seconds": SILENT_S}, slug="too_slow")


def _most_of_a_line() -> int:
    return settings.API_MOST_BODY_MB * bodies.MB


def _too_long() -> Problem:
    sentence = _("The line has more than %(limit)s MB, which is the most that a message may have.")
    return Problem(413, sentence % {"limit": settings.API_MOST_BODY_MB})


def _too_many() -> Problem:
    sentence = _("A batch has at most %(limit)s lines. Those up to there were taken.")
    return Problem(413, sentence % {"limit": MOST_LINES}, slug="too_many_lines")


def _cancelled() -> Problem:
    return Problem(409, _("This batch was stopped. Nothing more of it is taken."), slug="batch_cancelled")
