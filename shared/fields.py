"""Request fields as the contracts read them: lenient in, one clear error out.

A model's fields are declared in the order of the contract's list of errors: that is the order in
which they are reported, all missing fields before any invalid one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetPydanticSchema,
    ValidationError,
)
from pydantic_core import core_schema

from shared import timestamps
from shared.errors import ApiError, Invalid, Malformed, Missing

LONGEST_TEXT = 200
MOST_ITEMS = 1_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LARGEST = 1.7976931348623157e308  # beyond it JavaScript reads Infinity


class Fields(BaseModel):
    """The fields of one request; unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


M = TypeVar("M", bound=Fields)


def from_body(model: type[M], body: bytes) -> M:
    """The model read from a JSON object, whatever the content type said. No body counts as `{}`."""
    try:
        return model.model_validate_json(body.removeprefix(_BYTE_ORDER_MARK).strip() or b"{}")
    except ValidationError as error:
        raise first_error(error) from None


def from_query(model: type[M], query: dict[str, str]) -> M:
    """The model read from query parameters."""
    try:
        return model.model_validate(query)
    except ValidationError as error:
        raise first_error(error) from None


def first_error(error: ValidationError) -> ApiError:
    """What to tell the caller: the first missing field, else the first invalid one."""
    details = error.errors(include_url=False, include_context=False)
    if not details[0]["loc"]:
        return Malformed()
    for detail in details:
        if detail["type"] in ("missing", "too_short") or _is_absent(detail["input"]):
            return Missing(_path(detail["loc"]))
    return Invalid(_path(details[0]["loc"]))


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
        raise ValueError("not a text")
    return value


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a timestamp")
    return timestamps.parse(value)


def _page(value: object) -> int:
    """A whole number from 1 to 1000, or text that is one."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_ITEMS:
        raise ValueError("out of range")
    return value


def _unless_absent(read: Callable[[object], Any]) -> BeforeValidator:
    """The reader for a field that may be absent, which is None."""
    return BeforeValidator(lambda value: None if _is_absent(value) else read(value))


Text = Annotated[str, BeforeValidator(_text)]
Time = Annotated[datetime, BeforeValidator(_time)]
OptionalText = Annotated[str | None, _unless_absent(_text)]
OptionalTime = Annotated[datetime | None, _unless_absent(_time)]
OptionalLimit = Annotated[int | None, _unless_absent(_page)]

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
]


def within(low: float, high: float = _LARGEST) -> AfterValidator:
    """For a number from `low` to `high`."""

    def check(value: float) -> float:
        if not low <= value <= high:
            raise ValueError("out of range")
        return value

    return AfterValidator(check)


# 0 where it is absent.
ZeroIfAbsent = BeforeValidator(lambda value: 0 if _is_absent(value) else value)
