"""Request fields as the contracts read them: lenient in, one clear error out.

A model's fields are declared in the order of the contract's list of errors: that is the order in
which they are reported, all missing fields before any invalid one.
"""

from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from shared import timestamps
from shared.errors import ApiError, Invalid, Malformed, Missing

LONGEST_TEXT = 200
_ABSENT = "absent"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Fields(BaseModel):
    """The fields of one request; unknown ones are ignored, NaN and Infinity are no numbers."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


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
    details = error.errors(include_url=False, include_context=False, include_input=False)
    for detail in details:
        if detail["type"] in ("missing", _ABSENT):
            return Missing(_path(detail["loc"]))
    if not details[0]["loc"]:
        return Malformed()
    return Invalid(_path(details[0]["loc"]))


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


def _present(value: object) -> object:
    """Null and empty text count as missing."""
    if value is None or value == "":
        raise PydanticCustomError(_ABSENT, "missing")
    return value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _text(value: object) -> str:
    """Text as it is, an integer as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError("not a text")
    return value


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a timestamp")
    return timestamps.parse(value)


def _whole_number(value: object) -> object:
    """A number, or text that is one; never a boolean."""
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


def _in_page(value: int) -> int:
    if not 1 <= value <= 1000:
        raise ValueError("out of range")
    return value


# Validators of one field run from the last to the first before its type, then outwards.
Text = Annotated[str, BeforeValidator(_text), BeforeValidator(_present)]
OptionalText = Annotated[
    str | None,
    BeforeValidator(lambda v: v if v is None else _text(v)),
    BeforeValidator(_none_if_empty),
]
OptionalTime = Annotated[
    datetime | None,
    BeforeValidator(lambda v: v if v is None else _time(v)),
    BeforeValidator(_none_if_empty),
]
OptionalLimit = Annotated[
    int | None,
    AfterValidator(lambda v: v if v is None else _in_page(v)),
    BeforeValidator(lambda v: v if v is None else _whole_number(v)),
    BeforeValidator(_none_if_empty),
]
