"""What pydantic and the services refuse, as one kind of problem: each field by its place, each with a sentence.

Values are never repeated: they may be secrets.
"""

from collections.abc import Iterable, Mapping

from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from api.problems import Problem
from api.v1.shapes import BASE64, ONE_LINE
from core.errors import InputError
from sender.idempotency import IdempotencyClash
from sender.ways import NoRoute

MOST_TOLD, MOST_CHARACTERS = 20, 200
_PLACES = ("body", "query", "path", "header")
_SPOKEN = {"idempotency_key": "Idempotency-Key", "sender_name": "from_name"}


def problem(errors: Iterable[Mapping[str, object]]) -> Problem:
    """Of pydantic's errors. What is no JSON at all is 400, a wrong value 422."""
    found = [(_field(each["loc"]), _sentence(str(each["msg"]))) for each in errors][:MOST_TOLD]
    kinds = {str(each["type"]) for each in errors}
    if "json_invalid" in kinds:
        return Problem(400, _("The body is no JSON in UTF-8 (RFC 8259)."), slug="json_invalid")
    field, detail = found[0]
    return Problem(422, f"{field}: {detail}" if field else detail, field=field, errors=found)


def _sentence(text: str) -> str:
    """What pydantic says, or what a pattern means."""
    if text.endswith(f"'{ONE_LINE}'"):
        return _("This text contains a line break or another control character. Write it on one line.")
    if text.endswith(f"'{BASE64}'"):
        return _("This is no base64.")
    return text.removeprefix("Value error, ")


def of_body(error: ValidationError) -> Problem:
    """Of a body, or a line of one, that was read here and not by ninja."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return problem([each | {"loc": ("body", "", *each["loc"])} for each in found])


def check_type(request: HttpRequest, media_type: str) -> None:
    """Raises Problem 415."""
    if request.content_type != media_type:
        sentence = _("Send %(type)s (Content-Type).")
        raise Problem(415, sentence % {"type": media_type}, field="Content-Type")


def check_query(request: HttpRequest, known: type[BaseModel]) -> None:
    """A filter that nobody knows would be passed over, and too much be found. Raises Problem."""
    names = {field.alias or name for name, field in known.model_fields.items()}
    for name in request.GET:
        if name not in names:
            sentence = _("There is no such parameter. Known here: %(names)s.")
            field = name[:MOST_CHARACTERS]
            raise Problem(422, sentence % {"names": ", ".join(sorted(names))}, field=field)


def refused(error: InputError) -> Problem:
    slug = "idempotency_clash" if isinstance(error, IdempotencyClash) else ""
    return Problem(422, error.message, field=_SPOKEN.get(error.field, error.field), slug=slug)


def no_way(error: NoRoute) -> Problem:
    """Each way of sending with why it was passed over; the cause is that of the last, the way meant for him."""
    rungs = [(rung.method, str(rung.reason)) for rung in error.refused]
    slug = error.refused[-1].cause if error.refused else ""
    return Problem(
        409, str(error) or _("No way of sending is set up."), kind="no_way", slug=slug, errors=rungs
    )


def _field(place: Iterable[object]) -> str:
    """What a caller knows of the place: without where ninja read it, and without our name for a whole body."""
    parts = [str(part) for part in place]
    if parts and parts[0] in _PLACES:
        parts = parts[2:] if parts[0] == "body" else parts[1:]
    return ".".join(parts)[:MOST_CHARACTERS]
