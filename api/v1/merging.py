"""A line of a batch as a message: read, put over the template, its places filled."""

import json
from typing import TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from api import bodies
from api.problems import Problem
from api.v1 import mistakes
from api.v1.batch_shapes import LineIn, PartsIn, TemplateIn
from api.v1.shapes import MessageIn
from sender import merge

MOST_TEMPLATE_BYTES = bodies.MB  # it goes into every message
M = TypeVar("M", bound=BaseModel)
_FILLED = ("subject", "text", "html", "from_name")
_OF_THE_LINE = {"data", "idempotency_key"}


def is_template(text: bytes) -> bool:
    """Whether a first line begins as one; a message has no such field."""
    return text.lstrip(b" \t{")[:10] == b'"template"'


def is_json(text: bytes | None) -> bool:
    """Whether a line is whole: an object that lacks its end is none."""
    try:
        json.loads(text or b"")
    except (ValueError, RecursionError):
        return False
    return True


def read_template(text: bytes) -> PartsIn:
    """Raises Problem and InputError."""
    if len(text) > MOST_TEMPLATE_BYTES:
        raise Problem(422, _("A template has at most one MB, as each message holds it."), field="template")
    template = _read(TemplateIn, text).template
    for name, value in _texts(template):
        merge.check(value, f"template.{name}")
    return template


def read_line(text: bytes, template: PartsIn | None) -> tuple[MessageIn, str]:
    """The message, and the line's own idempotency key. Raises Problem and InputError."""
    line = _read(LineIn, text)
    given: MessageIn = line if template is None else _merged(template, line)
    if not given.as_:
        raise Problem(422, _("Say whom to send as."), field="as")
    return given, line.idempotency_key


def _merged(template: PartsIn, line: LineIn) -> MessageIn:
    values = template.model_dump(by_alias=True, exclude_unset=True)
    own = line.model_dump(by_alias=True, exclude_unset=True, exclude=_OF_THE_LINE)
    for name in _FILLED:
        if name in values and name not in own:
            values[name] = merge.fill(values[name], line.data, is_html=name == "html")
    if "headers" in values and "headers" not in own:
        values["headers"] = {key: merge.fill(each, line.data) for key, each in values["headers"].items()}
    try:
        return PartsIn.model_validate(values | own)
    except ValidationError as error:
        raise _mistake(error) from None


def _texts(template: PartsIn) -> list[tuple[str, str]]:
    texts = [(name, getattr(template, name)) for name in _FILLED]
    return texts + [("headers", value) for value in template.headers.values()]


def _read(shape: type[M], text: bytes) -> M:
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        raise _mistake(error) from None


def _mistake(error: ValidationError) -> Problem:
    problem = mistakes.of_body(error)
    if problem.slug == "json_invalid":
        return Problem(400, _("The line is no JSON in UTF-8 (RFC 8259)."), slug=problem.slug)
    return problem
