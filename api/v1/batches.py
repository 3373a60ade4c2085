"""Batches: many messages in one request, as lines of JSON; what became of each line; stopping what waits."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Header, Query, Router
from pydantic import Field

from api import ndjson
from api.models import ApiKey
from api.problems import Problem
from api.scopes import Scope
from api.v1 import mistakes
from api.v1.auth import Key, actor
from api.v1.batch_shapes import BatchDetail, BatchList, BatchOut, LineList, LineOut, LineProblem
from api.v1.messages import seen_by
from api.v1.shapes import Strict
from api.v1.taking import Taking
from core.keyset import stretch
from sender import batches
from sender.batches import MOST_OF_A_KEY
from sender.models import Batch, BatchLine

router = Router(tags=["batches"])

MOST_LISTED = 1_000
_AT_ONCE = 500  # lines of an answer written at a time


class Page(Strict):
    before: UUID | None = Field(None, description="The id to go on with to older ones.")
    limit: int = Field(50, ge=1, le=100)


class Lines(Strict):
    after: int = Field(0, ge=0, le=10**9, description="The number of the line to go on behind.")
    limit: int = Field(100, ge=1, le=MOST_LISTED)


def visible_to(key: ApiKey) -> QuerySet[Batch]:
    """Those that came by this key; a key for all people sees the others of the company, too."""
    rows = Batch.objects.filter(company=key.company_id)
    return rows if key.is_for_all else rows.filter(api_key=key.prefix)


def batch_of(key: ApiKey, batch_id: UUID) -> Batch:
    """Raises Problem 404, also for another company's."""
    found = visible_to(key).select_related("company").filter(pk=batch_id).first()
    if found is None:
        raise Problem(404, _("There is no such batch, or not for this key."))
    return found


@router.post("/batches", auth=Key(Scope.SEND, reads_body=False), summary="Hand over many messages")
def hand_over(
    request: HttpRequest,
    idempotency_key: str = Header(
        ...,
        alias="Idempotency-Key",
        min_length=1,
        max_length=MOST_OF_A_KEY,
        description="The name of the batch. The same one goes on where a request broke off, and sends nothing twice.",
    ),
) -> HttpResponseBase:
    """Each line is a message as JSON, at most 10,000 of them. Answers when all of them are read.

    The answer has a line for each: its number, and the message or the problem. 500 lines at a time are stored or,
    when the request breaks off, not. If the rest cannot be read, the answer is a problem, and what was stored is at
    the address in `Location`.
    """
    mistakes.check_type(request, ndjson.MEDIA_TYPE)
    taking = Taking(request, idempotency_key)
    batch = taking.take()
    answer = StreamingHttpResponse(_written(taking.results), content_type=ndjson.MEDIA_TYPE, status=202)
    answer["Location"] = reverse("api-v1:batch", args=[batch.pk])
    return answer


@router.get("/batches", response=BatchList, auth=Key(Scope.READ), summary="List batches")
def listed(request: HttpRequest, wanted: Query[Page]) -> dict[str, object]:
    """The newest first."""
    mistakes.check_query(request, Page)
    found = stretch(visible_to(request.auth), {"before": str(wanted.before or "")}, wanted.limit)
    return {"batches": found.rows, "before": found.older}


@router.get(
    "/batches/{uuid:batch_id}", response=BatchDetail, auth=Key(Scope.READ), url_name="batch",
    summary="Look at a batch",
)  # fmt: skip
def batch(request: HttpRequest, batch_id: UUID) -> dict[str, object]:
    """How far it is, and how many of its messages are in which state."""
    return _detail(request, batch_of(request.auth, batch_id))


@router.get(
    "/batches/{uuid:batch_id}/lines", response=LineList, auth=Key(Scope.READ), summary="List a batch’s lines"
)  # fmt: skip
def lines(request: HttpRequest, batch_id: UUID, wanted: Query[Lines]) -> dict[str, object]:
    """What became of each, in their order."""
    mistakes.check_query(request, Lines)
    found = batch_of(request.auth, batch_id)
    rows = BatchLine.objects.filter(batch=found, line__gt=wanted.after).select_related("message")
    rows = list(rows[: wanted.limit + 1])
    shown = rows[: wanted.limit]
    after = shown[-1].line if len(rows) > wanted.limit else None
    return {"lines": [_line(each) for each in shown], "after": after}


@router.post(
    "/batches/{uuid:batch_id}/cancel", response=BatchDetail, auth=Key(Scope.ACT), summary="Stop a batch"
)  # fmt: skip
def cancel(request: HttpRequest, batch_id: UUID) -> dict[str, object]:
    """Those of its messages that still wait are not sent, and no more lines are taken."""
    found = batch_of(request.auth, batch_id)
    batches.cancel(found, actor(request), seen_by(request.auth))
    return _detail(request, found)


def _detail(request: HttpRequest, found: Batch) -> dict[str, object]:
    plain = {name: getattr(found, name) for name in BatchOut.model_fields}
    return plain | {"states": batches.states_of(found, seen_by(request.auth))}


def _line(row: BatchLine) -> LineOut:
    message = row.message
    problem = None if message else LineProblem(cause=row.cause, field=row.field, detail=row.detail)
    return LineOut(
        line=row.line,
        id=message and message.pk,
        state=message and message.state,
        cause=message.cause if message else "",
        problem=problem,
    )


def _written(rows: list[BatchLine]) -> Iterator[bytes]:
    """As lines of JSON, some at a time."""
    for start in range(0, len(rows), _AT_ONCE):
        yield b"".join(
            _line(row).model_dump_json(exclude_none=True).encode() + b"\n"
            for row in rows[start : start + _AT_ONCE]
        )
