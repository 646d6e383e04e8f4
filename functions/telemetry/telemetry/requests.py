"""What the telemetry endpoints are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NotRequired

from msgspec import Struct
from msgspec.json import Decoder
from pydantic import Field, GetPydanticSchema
from pydantic_core import core_schema, from_json
from typing_extensions import TypedDict

from shared.base.timestamps import canonical_millis
from shared.domain.series import Span
from shared.web.bounds import MOST_ITEMS, within
from shared.web.fields import Fields, OptionalLimit, OptionalMillis, OptionalTime, Text
from shared.web.numbers import Number, ZeroIfAbsent, are_numbers
from telemetry.rules import Sample, UndatedSample

DEFAULT_LIMIT = 200


class SampleFields(TypedDict):
    """A sample on the wire, for the validator."""

    t: NotRequired[OptionalMillis]
    x: Number
    y: Number
    z: Number


class _CanonicalSample(Struct, gc=False):
    """The same sample as nearly every client sends it, for the fast decoder."""

    t: str
    x: int | float
    y: int | float
    z: int | float


class _CanonicalBatch(Struct):
    device_id: str
    samples: list[_CanonicalSample]
    ts: str | None = None


class _CheckedSamples(list[Sample]):
    """Samples that the fast decoder has checked: the validator passes them on."""


_canonical_batch = Decoder(_CanonicalBatch)


def _decode(body: bytes) -> tuple[_CanonicalBatch, _CheckedSamples]:
    """A batch in canonical form. Raises KeyError, ValueError for any other, valid or not."""
    batch = _canonical_batch.decode(body)
    samples = batch.samples
    times = canonical_millis([sample.t for sample in samples])
    axes = [[s.x for s in samples], [s.y for s in samples], [s.z for s in samples]]
    if not 0 < len(samples) <= MOST_ITEMS or not all(map(are_numbers, axes)):
        raise ValueError
    return batch, _CheckedSamples(zip(times, *axes, strict=True))


def _validate(value: Any, read: Callable[[Any], list[SampleFields]]) -> list[UndatedSample]:
    if isinstance(value, _CheckedSamples):
        return list(value)
    return [(s.get("t"), s["x"], s["y"], s["z"]) for s in read(value)]


_SAMPLES = Annotated[list[SampleFields], Field(min_length=1, max_length=MOST_ITEMS)]
Samples = Annotated[
    list[UndatedSample],
    GetPydanticSchema(
        lambda _, handler: core_schema.no_info_wrap_validator_function(_validate, handler(_SAMPLES))
    ),
]


class AccelRequest(Fields):
    device_id: Text
    samples: Samples
    ts: OptionalTime = None

    @classmethod
    def read(cls, body: bytes) -> AccelRequest:
        """The model. A batch in canonical form goes through the fast decoder.

        The validator, which reads all others, makes a dictionary of each of up to a thousand
        samples and looks at it four times: it takes 2.2 × as long for 500 samples. Both paths
        give equal results: tests/telemetry/test_requests.py.
        """
        try:
            batch, samples = _decode(body)
        except (ValueError, KeyError, RecursionError):
            return cls.model_validate(from_json(body))
        fields = {"device_id": batch.device_id, "samples": samples, "ts": batch.ts}
        return cls.model_validate(fields)


class GpsRequest(Fields):
    device_id: Text
    lat: Annotated[Number, within(-90, 90)]
    lng: Annotated[Number, within(-180, 180)]
    accuracy_m: Annotated[Number, within(0), ZeroIfAbsent] = 0
    ts: OptionalTime = None


class DeviceRequest(Fields):
    device_id: Text


class HistoryRequest(DeviceRequest):
    limit: OptionalLimit = None
    start: OptionalTime = Field(None, alias="from")
    end: OptionalTime = Field(None, alias="to")

    @property
    def span(self) -> Span:
        """The newest `limit` items between the two times."""
        return Span(self.limit or DEFAULT_LIMIT, self.start, self.end)
