"""Request fields as the contracts read them: lenient in, one clear error out.

A model's fields are declared in the order of the contract's list of errors: that is the order in
which they are reported, all missing fields before any invalid one.
"""

import json
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetPydanticSchema,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from shared import timestamps
from shared.errors import ApiError, Invalid, Malformed, Missing, ValidationFailed

LONGEST_TEXT = 200
MOST_ITEMS = 1_000
MOST_LEAVES = 100  # of an object that is one value
DEEPEST = 4
LARGEST_OBJECT = 10_000  # bytes of JSON
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK_OFFSET = re.compile(r"^(\d{4}.*T\S+) (\d{2}(?::?\d{2})?)$")
_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0*)?")
_NO_TIME = "must be an ISO-8601 timestamp"
_LARGEST = 1.7976931348623157e308  # beyond it JavaScript reads Infinity


class Fields(BaseModel):
    """The fields of one request; unknown ones are ignored."""

    # Built by the first request that needs it: a function has more models than its first request.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The model read from a JSON object. Raises ValueError."""
        return cls.model_validate_json(body)


M = TypeVar("M", bound=Fields)
Refusal = Callable[[ValidationError], ApiError]


def from_body(model: type[M], body: bytes, refusal: Refusal) -> M:
    """The model read from a JSON object, whatever the content type said. No body counts as `{}`."""
    try:
        return model.read(body.removeprefix(_BYTE_ORDER_MARK).strip() or b"{}")
    except ValidationError as error:
        raise refusal(error) from None
    except ValueError:
        raise Malformed from None


def from_query(model: type[M], query: dict[str, str], refusal: Refusal) -> M:
    """The model read from query parameters.

    In a URL written by hand the `+` of an offset (`…T10:15:30+07:00`) arrives as a blank.
    """
    query = {name: _BLANK_OFFSET.sub(r"\1+\2", value) for name, value in query.items()}
    try:
        return model.model_validate(query)
    except ValidationError as error:
        raise refusal(error) from None


def first_error(error: ValidationError) -> ApiError:
    """What to tell the caller: the first missing field, else the first invalid one."""
    details = error.errors(include_url=False, include_context=False)
    if not details[0]["loc"]:
        return Malformed()
    for detail in details:
        if detail["type"] in ("missing", "too_short") or _is_absent(detail["input"]):
            return Missing(_path(detail["loc"]))
    return Invalid(_path(details[0]["loc"]))


def all_errors(error: ValidationError) -> ApiError:
    """What to tell the caller of a contract that lists everything: a sentence for each field."""
    details = error.errors(include_url=False)
    if not details[0]["loc"]:
        return Malformed()
    told: dict[str, list[str]] = {}
    for detail in details:
        path = _path(detail["loc"])
        told.setdefault(path, []).append(_told(path, detail))
    return ValidationFailed(told)


def _told(path: str, detail: ErrorDetails) -> str:
    if detail["type"] in ("missing", "too_short") or _is_absent(detail["input"]):
        return f"The {path} field is required."
    match detail["type"]:
        case "number":
            return f"The {path} must be numeric"
        case "literal_error":
            return f"The selected {path} is invalid."
        case "too_long":
            return f"The {path} field must not have more than {detail['ctx']['max_length']} items."
        case "value_error":
            return f"The {path} field {detail['msg'].removeprefix('Value error, ')}."
    return f"The {path} field is invalid."


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


def _is_absent(value: object) -> bool:
    """Null and empty text count as missing."""
    return value is None or value == ""


def _text(value: object) -> str:
    """Text as it is, an integer as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
        raise ValueError(f"must be text of 1 to {LONGEST_TEXT} characters")
    return value


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(_NO_TIME)
    try:
        return timestamps.parse(value)
    except ValueError:
        raise ValueError(_NO_TIME) from None


def _millis(value: object) -> int | None:
    """A time in milliseconds, None where it is absent; batches have thousands of them."""
    try:
        return timestamps.usual_millis((value,))[0]  # type: ignore[arg-type]
    except (TypeError, KeyError, ValueError):
        return None if _is_absent(value) else timestamps.millis(_time(value))


def _whole(value: object) -> int:
    """A whole number of 1 or more, also as `2.0`, which is one in JSON, or text that is one."""
    if isinstance(value, str) and (found := _WHOLE.fullmatch(value.strip())):
        value = int(found[1])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number from 1 on")
    return value


@dataclass(frozen=True)
class Bounds:
    """For a number that lies between two others, or is absent; told in the API's document too."""

    low: float
    high: float
    refusal: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[..., Any]) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: Callable[..., Any]
    ) -> dict[str, Any]:
        high = {} if self.high == _LARGEST else {"maximum": self.high}
        return {**handler(core), "minimum": self.low, **high}

    def _check(self, value: float | None) -> float | None:
        if value is not None and not self.low <= value <= self.high:
            raise ValueError(self.refusal)
        return value


def at_most(most: int) -> Bounds:
    """For a whole number that may be absent."""
    return Bounds(1, most, f"must not be greater than {most}")


def _unless_absent(read: Callable[[object], Any]) -> BeforeValidator:
    """The reader for a field that may be absent, which is None."""
    return BeforeValidator(lambda value: None if _is_absent(value) else read(value))


# How the API's document tells them: what a client should send, not all that is put up with.
_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
_TIME = {"type": "string", "format": "date-time"}

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_TEXT)]
Time = Annotated[datetime, BeforeValidator(_time), WithJsonSchema(_TIME)]
OptionalText = Annotated[str | None, _unless_absent(_text), WithJsonSchema(_TEXT)]
OptionalTime = Annotated[datetime | None, _unless_absent(_time), WithJsonSchema(_TIME)]
OptionalMillis = Annotated[int | None, PlainValidator(_millis), WithJsonSchema(_TIME)]
OptionalWhole = Annotated[int | None, _unless_absent(_whole), WithJsonSchema({"type": "integer"})]
OptionalLimit = Annotated[OptionalWhole, at_most(MOST_ITEMS)]

# An integer stays one, text that is a number counts as it, a boolean is none. Described for the
# validator's core, which reads thousands of them without a call back into Python.
_INTEGER = core_schema.int_schema(strict=True, ge=-int(_LARGEST), le=int(_LARGEST))
_FLOAT = core_schema.float_schema(strict=True, allow_inf_nan=False)
_FROM_TEXT = core_schema.chain_schema(
    [
        core_schema.str_schema(strict=True, max_length=LONGEST_TEXT),
        core_schema.union_schema(
            [
                core_schema.int_schema(ge=-int(_LARGEST), le=int(_LARGEST)),
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
    """Whether all are what a `Number` is, and none of them a text. Rather says no than is wrong."""
    try:
        kinds = set(map(type, values))
        if int in kinds and not -_LARGEST <= min(values) <= max(values) <= _LARGEST:
            return False
        return kinds <= {int, float} and math.isfinite(sum(values))  # of NaN the sum is NaN
    except (OverflowError, TypeError):
        return False


def within(low: float, high: float = _LARGEST) -> Bounds:
    """For a number from `low` to `high`."""
    return Bounds(low, high, "out of range")


# 0 where it is absent.
ZeroIfAbsent = BeforeValidator(lambda value: 0 if _is_absent(value) else value)


def _number_or_object(value: object, depth: int = 0) -> object:
    """A number, or an object whose leaves are numbers."""
    if not isinstance(value, dict):
        return _NUMBER.validate_python(value)
    if not value or len(value) > MOST_LEAVES or depth > DEEPEST:
        raise ValueError
    return {str(key): _number_or_object(item, depth + 1) for key, item in value.items()}


def _reading_value(value: object) -> object:
    try:
        return _number_or_object(value)
    except ValueError:
        raise PydanticCustomError("number", "not a number") from None


_NUMBER: TypeAdapter[float] = TypeAdapter(Number)

# What a sensor may send as one value. Plain numbers, nearly all of them, never get to Python.
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


def _small(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:
        raise ValueError("must hold only what JSON has") from None
    if size > LARGEST_OBJECT:
        raise ValueError(f"must not be larger than {LARGEST_OBJECT} bytes")
    return value


# Anything that somebody wants to keep with a thing of theirs; an empty one where it is absent.
SmallObject = Annotated[
    dict[str, Any], AfterValidator(_small), BeforeValidator(lambda v: {} if _is_absent(v) else v)
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

# The same, kept field by field: what it holds is what a listener reads.
StoredObject = Annotated[
    dict[str, Any],
    AfterValidator(_storable),
    AfterValidator(_small),
    BeforeValidator(lambda v: {} if _is_absent(v) else v),
]
