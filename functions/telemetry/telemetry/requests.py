"""What the telemetry endpoints are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NotRequired

from pydantic import Field, GetPydanticSchema
from pydantic_core import core_schema, from_json
from typing_extensions import TypedDict

from shared.fields import (
    MOST_ITEMS,
    Fields,
    Number,
    OptionalLimit,
    OptionalMillis,
    OptionalTime,
    Text,
    ZeroIfAbsent,
    are_numbers,
    within,
)
from shared.series import Span
from shared.timestamps import usual_millis
from telemetry.rules import SentRow

DEFAULT_LIMIT = 200


class SampleRow(TypedDict):
    t: NotRequired[OptionalMillis]
    x: Number
    y: Number
    z: Number


def _rows(sent: Any, read: Callable[[Any], list[SampleRow]]) -> list[SentRow]:
    """Samples as rows. Where all are as nearly every client sends them, that is seen at a glance:
    the validator, which judges all others, looks at each four times.
    """
    try:
        rows: list[SentRow] = [(usual_millis(s["t"]), s["x"], s["y"], s["z"]) for s in sent]
        _, *axes = zip(*rows, strict=True)
    except (TypeError, KeyError, ValueError):
        pass
    else:
        if len(rows) <= MOST_ITEMS and all(map(are_numbers, axes)):
            return rows
    return [(s.get("t"), s["x"], s["y"], s["z"]) for s in read(sent)]


_SAMPLES = Annotated[list[SampleRow], Field(min_length=1, max_length=MOST_ITEMS)]
Rows = Annotated[
    list[SentRow],
    GetPydanticSchema(
        lambda _, handler: core_schema.no_info_wrap_validator_function(_rows, handler(_SAMPLES))
    ),
]


class Accel(Fields):
    device_id: Text
    samples: Rows
    ts: OptionalTime = None

    @classmethod
    def read(cls, body: bytes) -> Accel:
        """The model, its JSON parsed before: the rows are made of what the parser makes."""
        return cls.model_validate(from_json(body))


class Gps(Fields):
    device_id: Text
    lat: Annotated[Number, within(-90, 90)]
    lng: Annotated[Number, within(-180, 180)]
    accuracy_m: Annotated[Number, within(0), ZeroIfAbsent] = 0
    ts: OptionalTime = None


class Device(Fields):
    device_id: Text


class History(Device):
    limit: OptionalLimit = None
    start: OptionalTime = Field(None, alias="from")
    end: OptionalTime = Field(None, alias="to")

    @property
    def span(self) -> Span:
        """What is asked for: the newest of the time between."""
        return Span(self.limit or DEFAULT_LIMIT, self.start, self.end)
