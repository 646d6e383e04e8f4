"""Objects in requests: any JSON that a client stores with a device or a machine, within bounds."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from shared.web.bounds import LONGEST_TEXT, is_absent

LARGEST_OBJECT = 10_000  # bytes of JSON
DEEPEST = 4  # levels


def _small(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:
        raise ValueError("must hold only what JSON has") from None
    if size > LARGEST_OBJECT:
        raise ValueError(f"must not be larger than {LARGEST_OBJECT} bytes")
    return value


# Any JSON object that a client stores with its device; an empty one where it is absent.
SmallObject = Annotated[
    dict[str, Any], AfterValidator(_small), BeforeValidator(lambda v: {} if is_absent(v) else v)
]


def _storable_name(name: str) -> str:
    """A name that Firestore takes as that of a field."""
    if not 0 < len(name) <= LONGEST_TEXT or (name.startswith("__") and name.endswith("__")):
        raise ValueError(f"must be named by 1 to {LONGEST_TEXT} characters, and not as __this__")
    return name


def _storable(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ValueError("must not be nested so deeply")
    if isinstance(value, dict):
        for name, item in value.items():
            _storable(item, depth + 1)
            _storable_name(name)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, list):
                raise ValueError("must not hold lists of lists")
            _storable(item, depth + 1)
    elif isinstance(value, int) and not -(2**63) < value < 2**63:
        raise ValueError("must hold only integers of 64 bits")
    return value


_NAME = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,99}$"}
FieldName = Annotated[str, AfterValidator(_storable_name), WithJsonSchema(_NAME)]

# The same, stored field by field, as a listener reads it.
StoredObject = Annotated[
    dict[str, Any],
    AfterValidator(_storable),
    AfterValidator(_small),
    BeforeValidator(lambda v: {} if is_absent(v) else v),
]
