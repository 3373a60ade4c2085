"""What ninja's OpenAPI document does not say by itself: refusals, limits, the two bodies a message may come in."""

from collections.abc import Iterator
from typing import Any

from api import ndjson, problems
from api.v1.batch_shapes import LineIn, TemplateIn
from api.v1.shapes import MessageIn

_REFUSALS = {
    "400": "The request cannot be read.",
    "401": "There is no key, or it is unknown, revoked or ended.",
    "403": "The key may not do this.",
    "404": "There is no such thing, or not for this key.",
    "409": "It does not fit the state of things; `cause` says why.",
    "411": "The length of the body is missing.",
    "413": "The body is too large.",
    "415": "The body is of a kind that is not taken.",
    "422": "A value is not right; `field` says which.",
    "429": "Too many requests; `Retry-After` says for how many seconds.",
    "503": "The database does not work just now; `Retry-After` says when to repeat the request.",
}
_PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status", "detail", "cause"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "The kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people."},
        "cause": {"type": "string", "description": "The reason as a slug, for programs."},
        "field": {"type": "string", "description": "The field, parameter or header at fault."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_HEADERS = {
    "RateLimit-Limit": "Requests a minute that this key may make.",
    "RateLimit-Remaining": "How many are left.",
    "RateLimit-Reset": "In how many seconds they are all there again.",
}
_RAW = {"schema": {"type": "string", "description": "A whole message (RFC 5322)."}}
_REF = "#/components/schemas/{model}"
_JSON = "application/json"
_OF_LINES = {  # OpenAPI 3.1 has no words for lines; of any text each line gets an answer
    "description": "Lines of JSON: each is a LineIn; the first may be a TemplateIn.",
    "x-each-line": _REF.format(model="LineIn"),
}
# Of what ninja does not read or write itself; by the end of operationId.
_BODIES = {
    "messages_hand_over": {
        _JSON: {"schema": {"$ref": _REF.format(model="MessageIn")}},
        "message/rfc822": _RAW,
    },
    "batches_hand_over": {ndjson.MEDIA_TYPE: {"schema": _OF_LINES}},
}
_LINES_OUT = {
    "202": {
        "description": "All lines were read. For each a line of JSON with `line` and `id`, or `problem` (LineProblem).",
        "content": {ndjson.MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"].setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for model in (MessageIn, LineIn, TemplateIn):
        schema = model.model_json_schema(ref_template=_REF)
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for operation in _operations(document):
        if operation["operationId"].endswith("batches_hand_over"):
            operation["responses"] = {**_LINES_OUT}
        _complete(operation)
        for name, content in _BODIES.items():
            if operation["operationId"].endswith(name):
                operation["requestBody"] = {"required": True, "content": content}
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _complete(operation: dict[str, Any]) -> None:
    needs_key = "security" in operation
    operation["responses"] = {str(status): dict(each) for status, each in operation["responses"].items()}
    if needs_key:
        for answer in operation["responses"].values():
            answer["headers"] = {name: _header(text) for name, text in _HEADERS.items()}
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, text in _REFUSALS.items():
        if needs_key or status in ("400", "422", "503"):
            operation["responses"][status] = {"description": text, "content": content}
            if status in ("429", "503"):
                operation["responses"][status]["headers"] = {"Retry-After": _header("Seconds to wait.")}


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "integer"}}
