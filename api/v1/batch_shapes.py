"""What goes in and out about batches, as the OpenAPI document tells it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictFloat, StrictInt, StringConstraints

from api.v1.shapes import Line, MessageIn, State, Strict
from sender.batches import MOST_OF_A_KEY

MOST_VALUES = 500
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]


class PartsIn(MessageIn):
    """A message’s fields, none of them needed."""

    as_: Line = Field("", alias="as", max_length=320, description="The address of the person who sends.")


class TemplateIn(Strict):
    """The first line, if the messages of a batch have much in common: what they all have."""

    template: PartsIn = Field(
        description="`{{ name }}` in subject, text, html, from_name and values of headers is filled from a line’s data."
    )


class LineIn(PartsIn):
    """A message; what it has itself stands in place of the template’s."""

    idempotency_key: Line = Field(
        "", max_length=200, description="Else the key of the batch, a colon and the line’s number."
    )
    data: dict[Name, str | StrictInt | StrictFloat] = Field(
        {}, max_length=MOST_VALUES, description="What the places of the template are filled with."
    )


class LineProblem(Schema):
    """Why a line was refused."""

    cause: str = Field(description="The reason as a slug, for programs.")
    field: str
    detail: str = Field(description="A sentence for people.")


class LineOut(Schema):
    """What became of a line: a message, or a problem."""

    line: int
    id: UUID | None = Field(description="The message; null where the line was refused.")
    state: State | None = Field(description="Of the message.")
    cause: str = Field(description="Why the message waits or failed; empty when nothing is wrong.")
    problem: LineProblem | None


class LineList(Schema):
    lines: list[LineOut] = Field(description="In their order.")
    after: int | None = Field(description="Ask with `after` for the next page; null at the end.")


class BatchOut(Schema):
    """A list of messages handed over at once."""

    id: UUID
    key: str = Field(description="Its Idempotency-Key.", json_schema_extra={"maxLength": MOST_OF_A_KEY})
    submitted_by: str
    made_at: datetime
    taken_at: datetime | None = Field(description="When lines of it were stored last.")
    finished_at: datetime | None = Field(description="When all its lines had been read; null: not all were.")
    cancelled_at: datetime | None
    stopped_why: str = Field(description="Why the rest was not read, as a slug; the same request goes on.")
    lines: int
    accepted: int
    refused: int


class BatchDetail(BatchOut):
    states: dict[State, int] = Field(description="How many of its messages are in which state.")


class BatchList(Schema):
    batches: list[BatchOut] = Field(description="The newest first.")
    before: UUID | None = Field(description="Ask with `before` for the next page; null at the end.")
