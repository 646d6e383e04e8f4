"""What the device endpoints are sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from typing_extensions import TypedDict

from shared.web.bounds import MOST_ITEMS, at_most, within
from shared.web.fields import Fields, OptionalMillis, OptionalText, OptionalWhole, Text
from shared.web.numbers import Number, ReadingValue
from shared.web.objects import SmallObject

MOST_ALERTS = 20
MOST_HISTORY = 500
LONGEST_CAPABILITY = 64  # characters
LONGEST_WAIT = 86_400  # seconds that a threshold may have to be crossed

SensorType = Literal[
    "gempa", "vibration", "acceleration", "frequency",
    "temperature", "humidity", "pressure", "custom",
]  # fmt: skip


class ReadingRow(TypedDict):
    type: SensorType
    value: ReadingValue
    timestamp: NotRequired[OptionalMillis]


class DataRequest(Fields):
    data: Annotated[list[ReadingRow], Field(min_length=1, max_length=MOST_ITEMS)]


class HeartbeatRequest(Fields):
    metadata: SmallObject = Field(default_factory=dict)


def _not_a_number(device_id: str) -> str:
    if device_id.isascii() and device_id.isdecimal():
        raise ValueError("must not be digits only: they would be taken for a device's number")
    return device_id


_NOT_DIGITS: dict[str, Any] = {"pattern": "[^0-9]"}


def _short(capability: str) -> str:
    if len(capability) > LONGEST_CAPABILITY:
        raise ValueError(f"must not be longer than {LONGEST_CAPABILITY} characters")
    return capability


_CAPABILITY = {"type": "string", "minLength": 1, "maxLength": LONGEST_CAPABILITY}
Capability = Annotated[Text, AfterValidator(_short), WithJsonSchema(_CAPABILITY)]


class RegisterRequest(Fields):
    device_id: Annotated[Text, AfterValidator(_not_a_number), Field(json_schema_extra=_NOT_DIGITS)]
    name: Text
    type: OptionalText = None
    firmware_version: OptionalText = None
    metadata: SmallObject = Field(default_factory=dict)
    capabilities: Annotated[list[Capability], Field(max_length=50)] = Field(default_factory=list)
    public: bool = True


class AlertRule(Fields):
    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["above"]}, {"required": ["below"]}]}
    )

    type: SensorType
    above: Number | None = None
    below: Number | None = None
    seconds: Annotated[Number, within(0, LONGEST_WAIT)] = 0

    @model_validator(mode="after")
    def one_side(self) -> AlertRule:
        if (self.above is None) == (self.below is None):
            raise ValueError("must have either above or below")
        return self


class AlertsRequest(Fields):
    alerts: Annotated[list[AlertRule], Field(max_length=MOST_ALERTS)]


class HistoryRequest(Fields):
    limit: Annotated[OptionalWhole, at_most(MOST_HISTORY)] = None
