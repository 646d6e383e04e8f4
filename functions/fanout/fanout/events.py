"""The messages of the topic `telemetry`, read as events."""

import base64
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic_core import to_json

from fanout.errors import InvalidMessage
from fanout.rules import DeviceEvent, MachineEvent
from fanout.thresholds import Threshold
from shared.domain.devices import representative
from shared.web.fields import Fields, OptionalText, OptionalWhole, Text, Time
from shared.web.numbers import Number, ReadingValue

LARGEST_RAW = 10_000  # characters of a reading's object that a live view shows


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


class DeviceMessage(Fields):
    kind: Literal["accel", "gps", "device", "heartbeat"]
    device_id: Text
    newest: dict[str, Any] | None = None
    received_at: Time
    id: OptionalWhole = None
    owner: OptionalText = None
    public: bool = True
    watch: list[Watch] = Field(default_factory=list)
    series: dict[str, list[tuple[int, Number]]] = Field(default_factory=dict)


class MachineMessage(Fields):
    device_id: Text
    event: Text
    batch_id: Text
    sensors: Annotated[dict[str, Number], Field(min_length=1)]
    measured_at: Time
    received_at: Time


def read(delivery: Any) -> DeviceEvent | MachineEvent:
    """The event of a delivery: the data of a Pub/Sub CloudEvent. Raises InvalidMessage."""
    try:
        data = base64.b64decode(delivery["message"]["data"], validate=True)
        if Kind.model_validate_json(data).kind == "machine":
            return MachineEvent(**MachineMessage.model_validate_json(data).model_dump())
        return _device_event(DeviceMessage.model_validate_json(data))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidMessage(type(error).__name__) from error


def _device_event(message: DeviceMessage) -> DeviceEvent:
    is_registered = message.kind in ("device", "heartbeat")
    if is_registered != (message.id is not None):  # else a phone would write a device's view
        raise InvalidMessage("a registered device has a number, and a phone has none")
    newest, measured_at = _newest(message)
    return DeviceEvent(
        kind="reading" if message.kind == "device" else message.kind,
        device_id=message.device_id,
        measured_at=measured_at,
        newest=newest,
        received_at=message.received_at,
        number=message.id,
        owner=message.owner,
        public=message.public,
        thresholds=tuple(map(_threshold, message.watch)),
        series=message.series,
    )


def _newest(message: DeviceMessage) -> tuple[dict[str, Any] | None, datetime]:
    """The newest item as the live view stores it, and its time. Undeclared fields are dropped."""
    item = message.newest
    if item is None:  # a heartbeat, or all of it is of the future: only a sign of life
        return None, message.received_at
    match message.kind:
        case "accel":
            sample = Sample.model_validate(item)
            return {"t": item["t"], "x": sample.x, "y": sample.y, "z": sample.z}, sample.t
        case "gps":
            point = Point.model_validate(item)
            return {"ts": item["ts"], **point.model_dump(exclude={"ts"})}, point.ts
        case _:
            reading = Reading.model_validate(item)
            raw = to_json(reading.value).decode()
            fields = {
                "timestamp": item["timestamp"],
                "type": reading.type,
                "value": representative(reading.value),
                "raw": raw if len(raw) <= LARGEST_RAW else "{}",
            }
            return fields, reading.timestamp


def _threshold(watch: Watch) -> Threshold:
    return Threshold(watch.rule, watch.type, watch.above, watch.below, watch.seconds)
