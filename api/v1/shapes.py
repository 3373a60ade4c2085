"""What goes in and out about messages, as the OpenAPI document tells it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from diagnosis.explain import Explanation

MOST_RECIPIENTS = 1_000
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"  # no control character gets into a header or the database
BASE64 = r"^[A-Za-z0-9+/=\s]*$"


def _of_our_time(moment: datetime) -> datetime:
    """Keys of rows hold the times between (core/ids.py), and a time may be counted on from."""
    if not 2000 <= moment.year < 3000:
        raise ValueError(_("Give a time between the years 2000 and 2999."))
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Line = Annotated[str, StringConstraints(pattern=ONE_LINE)]
Recipient = Annotated[str, StringConstraints(min_length=3, max_length=1_000, pattern=ONE_LINE)]
State = Literal["waiting", "sending", "sent", "failed", "unknown", "cancelled"]
_ADDRESSES = "Each is `address` or `name <address>`."


class Strict(BaseModel):
    """What comes in: a field that nobody knows is a mistake, not to be passed over.

    Ninja's Schema would read it twice.
    """

    model_config = ConfigDict(extra="forbid")


class AttachmentIn(Strict):
    filename: Line = Field(max_length=255)
    content: str = Field(
        description="The file in base64.", pattern=BASE64,
        json_schema_extra={"contentEncoding": "base64"},
    )  # fmt: skip
    content_type: Line = Field("", max_length=255, description="Told from the filename when empty.")
    content_id: Line = Field("", max_length=200, description="An inline image, shown by `cid:…` in the HTML.")


class MessageIn(Strict):
    as_: Line = Field(
        alias="as", min_length=3, max_length=320, description="The address of the person who sends."
    )
    to: list[Recipient] = Field([], max_length=MOST_RECIPIENTS, description=_ADDRESSES)
    cc: list[Recipient] = Field([], max_length=MOST_RECIPIENTS, description=_ADDRESSES)
    bcc: list[Recipient] = Field([], max_length=MOST_RECIPIENTS, description=_ADDRESSES)
    reply_to: list[Recipient] = Field([], max_length=20, description=_ADDRESSES)
    from_name: Line = Field(
        "",
        max_length=200,
        description="The name that From shows; empty for the one in the person’s settings.",
    )
    subject: Line = Field("", max_length=998)
    text: str = Field("", description="The message as plain text.")
    html: str = Field("", description="The message as HTML; with `text`, readers choose.")
    attachments: list[AttachmentIn] = Field([], max_length=500)
    headers: dict[Line, Line] = Field(
        {}, max_length=100, description="Further header lines, such as In-Reply-To."
    )
    kind: Line = Field("", max_length=32, description="A word of yours, to find messages of this kind again.")
    agreement: Line = Field(
        "", max_length=32, description="The kind of the company’s agreement text to append."
    )
    language: Line = Field("", max_length=35, description="Of the agreement text (BCP 47), such as lv.")
    priority: Literal["high", "normal", "bulk"] = "normal"
    not_before: Moment | None = Field(None, description="Held back until then; with a time zone.")


class MessageOut(Schema):
    """A message in the outbox."""

    id: UUID
    state: State
    person: str = Field(description="Whom it was handed over as.")
    from_address: str
    subject: str
    message_id: str
    submitted_at: datetime
    finished_at: datetime | None
    size_bytes: int
    attempts_made: int
    cause: str = Field(description="Why it waits or failed, as a slug; empty when nothing is wrong.")


class MessageListed(MessageOut):
    refused_recipients: int = Field(
        description="How many recipients were refused so far, also of a message that was sent to the others."
    )


class MessageList(Schema):
    messages: list[MessageListed] = Field(description="The newest first.")
    before: UUID | None = Field(description="Ask with `before` for the next, older page; null at the end.")
    after: UUID | None = Field(description="Ask with `after` for newer ones; null where there are none.")
    looked_back_to: datetime | None = Field(description="Where a search has not looked at older ones yet.")


class RecipientOut(Schema):
    address: str
    kind: str = Field(description="to, cc or bcc")
    outcome: str = Field(description="Empty until a server said something about this address.")
    reply: str


class AttemptOut(Schema):
    number: int
    method: str
    started_at: datetime
    finished_at: datetime | None
    phase: str
    outcome: str = Field(description="accepted, deferred, refused, failed, unknown; empty while it runs.")
    cause: str
    reply: str = Field(description="The server’s own words, without secrets.")
    request_ids: dict[str, str] = Field(description="To quote to the provider.")


class ExplanationOut(Schema):
    """What went wrong, in plain words, and who mends it how."""

    cause: str
    title: str
    happened: str
    todo: str
    who: str = Field(description="Who mends it: user, company_admin, tenant_admin, operator, wait or sender.")
    retry: str
    commands: list[str]
    alternatives: list[str] = Field(description="Other causes that show the same words.")
    provider_ids: dict[str, str]
    raw: str = Field(description="The words that were explained, without secrets.")


class MessageDetail(MessageOut):
    """A message with everything that happened to it."""

    method: str
    route_reason: str
    kind: str
    due_at: datetime
    recipients: list[RecipientOut]
    attempts: list[AttemptOut]
    explanation: ExplanationOut | None


class Resolution(Strict):
    found: Literal["sent", "lost"] = Field(description="sent: it arrived; lost: it did not, send it again.")


def explained(found: Explanation | None) -> dict[str, object] | None:
    if found is None:
        return None
    texts = {name: str(getattr(found, name)) for name in ("cause", "title", "happened", "todo", "who", "raw")}
    return texts | {
        "retry": str(found.retry),
        "commands": list(found.commands),
        "alternatives": list(found.alternatives),
        "provider_ids": found.provider_ids,
    }
