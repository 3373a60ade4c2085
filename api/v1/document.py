"""What ninja's OpenAPI document does not say by itself: refusals, limits, the two bodies a message may come in."""

from collections.abc import Iterator
from typing import Any

from api import problems
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


def completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"].setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    message = MessageIn.model_json_schema(ref_template=_REF)
    schemas |= message.pop("$defs", {})
    schemas["MessageIn"] = message
    for path, operation in _operations(document):
        _complete(operation)
        if (
            path.endswith("/messages")
            and "requestBody" not in operation
            and operation["operationId"].endswith("hand_over")
        ):
            json_body = {"schema": {"$ref": "#/components/schemas/MessageIn"}}
            content = {"application/json": json_body, "message/rfc822": _RAW}
            operation["requestBody"] = {"required": True, "content": content}
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _complete(operation: dict[str, Any]) -> None:
    needs_key = "security" in operation
    operation["responses"] = {str(status): each for status, each in operation["responses"].items()}
    if needs_key:
        for answer in operation["responses"].values():
            answer["headers"] = {name: _header(text) for name, text in _HEADERS.items()}
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, text in _REFUSALS.items():
        if needs_key or status in ("400", "422"):
            operation["responses"][status] = {"description": text, "content": content}
    if needs_key:
        operation["responses"]["429"]["headers"] = {"Retry-After": _header("Seconds to wait.")}


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "integer"}}
