"""What an operation is sent beside its body: in the path, the query and headers."""

from collections.abc import Mapping
from typing import Any

from tools.api.groups import Operation

Json = dict[str, Any]

SEGMENT = "^[^/\\n]+$"  # a line's end is refused by the server in front of our code


def parameters(operation: Operation) -> list[Json]:
    """All of them, as OpenAPI lists them."""
    return [*_in_path(operation), *_in_query(operation), *_in_headers(operation)]


def clean(schema: Any) -> Any:
    """Without titles that repeat a name, and without the null that an absent field is read as."""
    if isinstance(schema, list):
        return [clean(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "default" in schema and schema["default"] is None:
        schema = {name: value for name, value in _single(schema).items() if name != "default"}
    if len(by_name := schema.get("patternProperties", {})) == 1 and isinstance(by_name, dict):
        ((pattern, value),) = by_name.items()  # of which the standard lets other names pass
        rest = {name: part for name, part in schema.items() if name != "patternProperties"}
        schema = {**rest, "propertyNames": {"pattern": pattern}, "additionalProperties": value}
    return {
        name: clean(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }


def _in_path(operation: Operation) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": {"type": "string", "pattern": SEGMENT},
        }
        for name, description in operation.description.path.items()
        if f"{{{name}}}" in operation.path
    ]


def _in_query(operation: Operation) -> list[Json]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema_}
        for name, schema_ in clean(schema["properties"]).items()
    ]


def _single(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema without `null`."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    return {**kinds[0]} if len(kinds) == 1 else schema


def _in_headers(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
        for name, description in operation.description.headers.items()
    ]
