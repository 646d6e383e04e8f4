"""Numbers in requests: lenient in (text that is a number counts as it), finite always."""

import math
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import BeforeValidator, GetPydanticSchema, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from shared.web.bounds import LARGEST_NUMBER, LONGEST_TEXT, is_absent

MOST_LEAVES = 100  # of an object that is one value
DEEPEST = 4  # levels of such an object

# An integer stays one, text that is a number counts as it, a boolean is none. Described for the
# validator's core, which reads thousands of them without a call back into Python.
_INTEGER = core_schema.int_schema(strict=True, ge=-int(LARGEST_NUMBER), le=int(LARGEST_NUMBER))
_FLOAT = core_schema.float_schema(strict=True, allow_inf_nan=False)
_FROM_TEXT = core_schema.chain_schema(
    [
        core_schema.str_schema(strict=True, max_length=LONGEST_TEXT),
        core_schema.union_schema(
            [
                core_schema.int_schema(ge=-int(LARGEST_NUMBER), le=int(LARGEST_NUMBER)),
                core_schema.float_schema(allow_inf_nan=False),
            ],
            mode="left_to_right",
        ),
    ]
)
Number = Annotated[
    float,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.union_schema(
            [_INTEGER, _FLOAT, _FROM_TEXT],
            mode="left_to_right",
            custom_error_type="number",
            custom_error_message="not a number",
        )
    ),
    WithJsonSchema({"type": "number"}),
]


def are_numbers(values: Collection[Any]) -> bool:
    """Whether every value is a `Number` and none of them a text.

    May be False for a valid list; never True for an invalid one.
    """
    try:
        kinds = set(map(type, values))
        if int in kinds and not -LARGEST_NUMBER <= min(values) <= max(values) <= LARGEST_NUMBER:
            return False
        return kinds <= {int, float} and math.isfinite(sum(values))  # of NaN the sum is NaN
    except (OverflowError, TypeError):
        return False


# 0 where it is absent.
ZeroIfAbsent = BeforeValidator(lambda value: 0 if is_absent(value) else value)


def _number_or_object(value: object, depth: int = 0) -> object:
    """A number, or an object whose leaves are numbers."""
    if not isinstance(value, dict):
        return _NUMBER.validate_python(value)
    if not value or depth > DEEPEST:
        raise ValueError
    return {str(key): _number_or_object(item, depth + 1) for key, item in value.items()}


def _leaves(value: object) -> int:
    return sum(map(_leaves, value.values())) if isinstance(value, dict) else 1


def _reading_value(value: object) -> object:
    try:
        read = _number_or_object(value)
        if _leaves(read) > MOST_LEAVES:
            raise ValueError
        return read
    except ValueError:
        raise PydanticCustomError("number", "not a number") from None


_NUMBER: TypeAdapter[float] = TypeAdapter(Number)

# What a sensor may send as one value. The validator's core reads plain numbers without Python.
ReadingValue = Annotated[
    Any,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.union_schema(
            [_INTEGER, _FLOAT, core_schema.no_info_plain_validator_function(_reading_value)],
            mode="left_to_right",
            custom_error_type="number",
            custom_error_message="not a number",
        )
    ),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number"},
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": MOST_LEAVES,
                    "additionalProperties": {"type": "number"},
                },
            ],
        }
    ),
]
