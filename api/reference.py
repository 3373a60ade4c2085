"""The OpenAPI document as rows to print: the documentation page says nothing that the document does not."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from api import ndjson


@dataclass(frozen=True, slots=True)
class FieldRow:
    name: str
    kind: str
    text: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class OperationRow:
    slug: str
    method: str
    path: str
    title: str
    text: str
    parameters: list[FieldRow]
    body: str  # name of its schema; "" without a body
    also_takes: list[str]  # media types besides JSON
    of_lines: str  # name of the schema of each line, where it takes lines of JSON
    answer: str
    status: str
    needs_key: bool


@dataclass(frozen=True, slots=True)
class SchemaRow:
    name: str
    text: str
    fields: list[FieldRow]


def operations(document: dict[str, Any]) -> list[OperationRow]:
    return [
        _operation(method, path, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def schemas(document: dict[str, Any]) -> list[SchemaRow]:
    """Those with fields, by name."""
    every = sorted(document["components"]["schemas"].items())
    return [
        SchemaRow(name, schema.get("description", ""), _fields(schema))
        for name, schema in every
        if schema.get("properties")
    ]


def _operation(method: str, path: str, told: dict[str, Any]) -> OperationRow:
    bodies = told.get("requestBody", {}).get("content", {})
    status = min(told["responses"])
    answer = told["responses"][status].get("content", {}).get("application/json", {})
    return OperationRow(
        slug=told["operationId"].replace("_", "-"),
        method=method.upper(),
        path=path,
        title=told["summary"],
        text=told.get("description", ""),
        parameters=[_parameter(each) for each in told.get("parameters", [])],
        body=_ref(bodies.get("application/json", {}).get("schema", {})),
        also_takes=[kind for kind in bodies if kind != "application/json"],
        of_lines=_ref({"$ref": bodies.get(ndjson.MEDIA_TYPE, {}).get("schema", {}).get("x-each-line", "")}),
        answer=_ref(answer.get("schema", {})),
        status=status,
        needs_key="security" in told,
    )


def _parameter(told: dict[str, Any]) -> FieldRow:
    text = told.get("description") or told["schema"].get("description", "")
    return FieldRow(told["name"], kind_of(told["schema"]), text, told.get("required", False))


def _fields(schema: dict[str, Any]) -> list[FieldRow]:
    required = schema.get("required", [])
    return [
        FieldRow(name, kind_of(told), told.get("description", ""), name in required)
        for name, told in schema["properties"].items()
    ]


def _ref(schema: dict[str, Any]) -> str:
    return schema.get("$ref", "").rpartition("/")[2]


def kind_of(schema: dict[str, Any]) -> str:
    """What a value is, in few words."""
    if options := schema.get("anyOf"):
        return _(" or ").join(kind_of(each) for each in options)
    if name := _ref(schema):
        return name
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        return ", ".join(str(value) or "“”" for value in values)
    if schema.get("type") == "array":
        return _("list: %(kind)s") % {"kind": kind_of(schema.get("items", {}))}
    return _limited(schema.get("format") or schema.get("type", ""), schema)


def _limited(kind: str, schema: dict[str, Any]) -> str:
    if most := schema.get("maxLength"):
        words = ngettext(
            "%(kind)s, at most %(most)s character", "%(kind)s, at most %(most)s characters", most
        )
        return words % {"kind": kind, "most": most}
    if "maximum" in schema:
        limits = {"least": schema.get("minimum", 0), "most": schema["maximum"]}
        return _("%(kind)s, from %(least)s to %(most)s") % {"kind": kind, **limits}
    return kind
