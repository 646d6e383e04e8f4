"""What an endpoint may refuse, printed by its group's own envelope as schemas."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from shared.base.errors import (
    ApiError,
    AppCheckRequired,
    Invalid,
    Malformed,
    Missing,
    RetryLater,
    TooLarge,
    Unavailable,
)
from shared.web.answers import Refusal
from tools.api.groups import Operation

Body = Mapping[str, Any]

FIELD = "NAME"  # stands for a field's name while an envelope prints an error
NAMES = ("error", "error_code", "message")  # what tells errors apart, the shortest first
KNOWN = (*NAMES, "code", "status")  # keys of which every value is known
RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds until the same request may succeed.",
        "schema": {"type": "integer", "minimum": 0},
    }
}


@dataclass(frozen=True)
class Refused:
    """All refusals of one status, as a response of OpenAPI, with a name to share it by."""

    name: str
    status: str
    response: dict[str, Any]


def refusals(operation: Operation) -> Iterator[Refused]:
    """The refusals of an endpoint, by status."""
    if operation.description.one_status:
        return
    printed = [(*operation.app.envelope.error(error), error) for error in _errors(operation)]
    ordered = sorted(printed, key=lambda one: one[1])
    for status, alike in groupby(ordered, key=lambda one: one[1]):
        refusals = [(body, error) for body, _, error in alike]
        classes = dict.fromkeys(type(error).__name__ for _, error in refusals)
        is_page = bool({"text/html", "*/*"} & set(operation.description.content))
        name = "_".join([operation.group, str(status), *classes, *(["page"] if is_page else [])])
        yield Refused(name, str(status), _response(refusals, is_page))


def _errors(operation: Operation) -> list[ApiError]:
    """Of its fields, of its callers, its own, and of storage."""
    refusals: list[Refusal] = [AppCheckRequired] if operation.app.attested else []
    if operation.body:
        refusals += [Malformed, TooLarge]
    for model in (operation.body, operation.query):
        if model:
            fields = getattr(model, "model_fields", {}).values()
            needed = any(field.is_required() for field in fields)
            refusals += [*([Missing(FIELD)] if needed else []), Invalid(FIELD)]
    for scheme in operation.description.schemes:
        refusals += scheme.refuses
    refusals += [*operation.description.refuses, Unavailable]
    return [error() if isinstance(error, type) else error for error in dict.fromkeys(refusals)]


def _response(refusals: list[tuple[Body, ApiError]], is_page: bool) -> dict[str, Any]:
    waits = any(isinstance(error, RetryLater) for _, error in refusals)
    return {
        "description": "\n".join(f"- {_line(body, error)}" for body, error in refusals),
        **({"headers": RETRY_AFTER} if waits else {}),
        "content": {"text/html": {"schema": {"type": "string"}}}
        if is_page
        else {"application/json": {"schema": _schema(body for body, _ in refusals)}},
    }


def _line(body: Body, error: ApiError) -> str:
    """`token_expired`: what it means."""
    name = next((body[name] for name in NAMES if name in body), "errors")
    return f"`{name}`: {(type(error).__doc__ or '').partition(chr(10))[0]}"


def _schema(bodies: Iterable[Body]) -> dict[str, Any]:
    """One schema for these bodies; those with the same keys share one."""
    by_keys: dict[tuple[str, ...], list[Body]] = {}
    for body in bodies:
        by_keys.setdefault(tuple(body), []).append(body)
    shapes = [
        {
            "type": "object",
            "properties": {key: _value(key, [body[key] for body in alike]) for key in keys},
            "required": list(keys),
        }
        for keys, alike in by_keys.items()
    ]
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}


def _value(key: str, values: list[Any]) -> dict[str, Any]:
    """The schema of what stands under a key in several errors."""
    match values[0]:
        case bool():
            return {"const": values[0]}
        case int():
            return {"type": "integer", "minimum": 0}
        case Mapping():
            messages = {"type": "array", "items": {"type": "string"}, "minItems": 1}
            return {"type": "object", "additionalProperties": messages, "minProperties": 1}
    if key not in KNOWN:
        return {"type": "string"}
    exact = [value for value in dict.fromkeys(values) if FIELD not in value]
    options: list[dict[str, Any]] = [{"type": "string", "enum": exact}] if exact else []
    options += [
        {"type": "string", "pattern": f"^{value.replace(FIELD, '.+')}$"}
        for value in dict.fromkeys(values)
        if FIELD in value
    ]
    return options[0] if len(options) == 1 else {"anyOf": options}
