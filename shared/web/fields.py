"""Request fields as the contracts read them: lenient in, one clear error out.

A model's fields are declared in the order of the contract's list of errors: that is the order in
which they are reported, all missing fields before any invalid one.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)

from shared.base import timestamps
from shared.base.errors import ApiError, Malformed
from shared.web.bounds import LONGEST_TEXT, MOST_ITEMS, at_most, is_absent

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK_OFFSET = re.compile(r"^(\d{4}.*T\S+) (\d{2}(?::?\d{2})?)$")
_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0*)?")
_NO_TIME = "must be an ISO-8601 timestamp"


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
        return timestamps.canonical_millis((value,))[0]  # type: ignore[arg-type]
    except (TypeError, KeyError, ValueError):
        return None if is_absent(value) else timestamps.millis(_time(value))


def _whole(value: object) -> int:
    """A whole number of 1 or more, also as `2.0`, which is one in JSON, or text that is one."""
    if isinstance(value, str) and (match := _WHOLE.fullmatch(value.strip())):
        value = int(match[1])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number from 1 on")
    return value


def _unless_absent(read: Callable[[object], Any]) -> BeforeValidator:
    """The reader for a field that may be absent, which is None."""
    return BeforeValidator(lambda value: None if is_absent(value) else read(value))


# For the API's document: what a client should send, not all that is accepted.
_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
_TIME = {"type": "string", "format": "date-time"}

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_TEXT)]
Time = Annotated[datetime, BeforeValidator(_time), WithJsonSchema(_TIME)]
OptionalText = Annotated[str | None, _unless_absent(_text), WithJsonSchema(_TEXT)]
OptionalTime = Annotated[datetime | None, _unless_absent(_time), WithJsonSchema(_TIME)]
OptionalMillis = Annotated[int | None, PlainValidator(_millis), WithJsonSchema(_TIME)]
OptionalWhole = Annotated[int | None, _unless_absent(_whole), WithJsonSchema({"type": "integer"})]
OptionalLimit = Annotated[OptionalWhole, at_most(MOST_ITEMS)]
