"""What the telemetry endpoints are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NotRequired

from msgspec import Struct
from msgspec.json import Decoder
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


class _UsualSample(Struct, gc=False):
    t: str
    x: int | float
    y: int | float
    z: int | float


class _UsualBatch(Struct):
    """A batch as nearly every client sends it."""

    device_id: str
    samples: list[_UsualSample]
    ts: str | None = None


class _Glanced(list[SentRow]):
    """Rows that were judged where they were read."""


_usual_batch = Decoder(_UsualBatch)


def _at_a_glance(samples: list[_UsualSample]) -> _Glanced:
    """Samples as rows. Raises KeyError, ValueError where one of them is not as usual."""
    times = usual_millis([sample.t for sample in samples])
    axes = [[s.x for s in samples], [s.y for s in samples], [s.z for s in samples]]
    if not 0 < len(samples) <= MOST_ITEMS or not all(map(are_numbers, axes)):
        raise ValueError
    return _Glanced(zip(times, *axes, strict=True))


def _rows(sent: Any, read: Callable[[Any], list[SampleRow]]) -> list[SentRow]:
    if isinstance(sent, _Glanced):
        return sent
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
        """The model. A batch as nearly every client sends it is read at a glance.

        The validator, which judges all others, looks at each of up to a thousand samples four
        times, and makes a dictionary of it before.
        """
        try:
            sent = _usual_batch.decode(body)
            rows = _at_a_glance(sent.samples)
        except (ValueError, KeyError, RecursionError):
            return cls.model_validate(from_json(body))
        return cls.model_validate({"device_id": sent.device_id, "samples": rows, "ts": sent.ts})


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
