"""Reads what Pub/Sub delivers as what the ingest endpoints publish."""

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import to_json

from fanout.rules import MachineTold, Poison, Told
from fanout.watching import rule
from shared.fields import Fields, Number, OptionalText, OptionalWhole, ReadingValue, Text, Time
from shared.stations import representative


class Sample(Fields):
    t: Time
    x: Number
    y: Number
    z: Number


class Point(Fields):
    ts: Time
    lat: Number
    lng: Number
    accuracy_m: Number


class Reading(Fields):
    timestamp: Time
    type: Text
    value: ReadingValue


class Watch(Fields):
    rule: Text
    type: Text
    above: Number | None = None
    below: Number | None = None
    seconds: Number = 0


class Kind(Fields):
    kind: Any = None


class Event(Fields):
    kind: Literal["accel", "gps", "device", "heartbeat"]
    device_id: Text
    newest: dict[str, Any] | None = None
    received_at: Time
    id: OptionalWhole = None
    owner: OptionalText = None
    public: bool = True
    watch: list[Watch] = Field(default_factory=list)
    series: dict[str, list[tuple[int, Number]]] = Field(default_factory=dict)


class MachineEvent(Fields):
    device_id: Text
    event: Text
    batch_id: Text
    sensors: Annotated[dict[str, Number], Field(min_length=1)]
    measured_at: Time
    received_at: Time


def read(delivered: Any) -> Told | MachineTold:
    """What a delivery tells. Raises Poison."""
    try:
        data = base64.b64decode(delivered["message"]["data"], validate=True)
        if Kind.model_validate_json(data).kind == "machine":
            return MachineTold(**MachineEvent.model_validate_json(data).model_dump())
        return _told(Event.model_validate_json(data))
    except (KeyError, TypeError, binascii.Error, ValidationError) as error:
        raise Poison(type(error).__name__) from error


def _told(event: Event) -> Told:
    """The event with what its kind shows of the newest: what was declared, and no more."""
    shown: dict[str, Any] | None
    given = event.newest or {}
    match event.kind:
        case "accel":
            sample = Sample.model_validate(given)
            shown = {"t": given["t"], "x": sample.x, "y": sample.y, "z": sample.z}
            measured_at = sample.t
        case "gps":
            point = Point.model_validate(given)
            shown = {"ts": given["ts"], **point.model_dump(exclude={"ts"})}
            measured_at = point.ts
        case "device" if event.newest is not None:
            reading = Reading.model_validate(given)
            shown = {
                "timestamp": given["timestamp"],
                "type": reading.type,
                "value": representative(reading.value),
                "raw": to_json(reading.value).decode(),
            }
            measured_at = reading.timestamp
        case _:  # a heartbeat, or readings of a clock that runs ahead: the device is there
            shown, measured_at = None, event.received_at
    return Told(
        kind="reading" if event.kind == "device" else event.kind,
        device_id=event.device_id,
        measured_at=measured_at,
        newest=shown,
        received_at=event.received_at,
        number=event.id,
        owner=event.owner,
        public=event.public,
        watch=tuple(rule(watch.model_dump()) for watch in event.watch),
        series=event.series,
    )
