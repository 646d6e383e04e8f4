"""Reads a Pub/Sub message as what the telemetry endpoints publish."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from fanout.rules import Poison, Told
from shared.fields import Fields, Number, Text, Time


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


class Event(Fields):
    kind: Literal["accel", "gps"]
    device_id: Text
    newest: dict[str, Any]
    received_at: Time


def read(message: Mapping[str, Any]) -> Told:
    """What a message tells. Raises Poison."""
    try:
        event = Event.model_validate_json(base64.b64decode(message["data"], validate=True))
        if event.kind == "accel":
            measured_at = Sample.model_validate(event.newest).t
        else:
            measured_at = Point.model_validate(event.newest).ts
    except (KeyError, TypeError, binascii.Error, ValidationError) as error:
        raise Poison(type(error).__name__) from error
    return Told(event.kind, event.device_id, measured_at, event.newest, event.received_at)
