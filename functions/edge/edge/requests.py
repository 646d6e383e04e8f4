"""What the edge endpoints are sent: by machines, leniently, and by admins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, Literal, TypeGuard
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from shared.base.timestamps import from_millis, text
from shared.domain.machines import COMMANDS
from shared.web.bounds import at_most, within
from shared.web.fields import Fields, OptionalText, OptionalTime, OptionalWhole, Text
from shared.web.numbers import Number
from shared.web.objects import FieldName, StoredObject

MOST_SENSORS = 100
MOST_HOURS = 24 * 366
MOST_COMMAND_SECONDS = 24 * 3600
LAST_SECONDS, LAST_MILLIS = 10**11, 10**14  # the year 5138, as seconds and as milliseconds
MODEL_LETTERS = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"

CommandName = Literal[COMMANDS]  # type: ignore[valid-type]
ModelName = Annotated[str, Field(pattern=MODEL_LETTERS)]


class Report(Fields):
    """What a machine reports of itself. Further fields that it sends are stored too."""

    model_config = ConfigDict(extra="allow", frozen=True)


class HandshakeRequest(Report):
    hardware_id: Text
    name: Any = None
    ip_address: Any = None
    ip_local: Any = None
    ip_vpn: Any = None
    timezone: Any = None
    firmware_version: Any = None
    controller_type: Any = None
    ai_model_version: Any = None
    system: Any = None
    health_metrics: Any = None
    hardware_info: Any = None
    config: Any = None
    diagnostics: Any = None


class HeartbeatRequest(Report):
    hardware_id: Any = None
    status: Any = None
    version: Any = None
    health_metrics: Any = None
    bin_capacity: Any = None
    discovery: Any = None
    ip_local: Any = None
    tailscale_ip: Any = None


class TelemetryRequest(Report):
    sensors: Annotated[dict[FieldName, Number], Field(min_length=1, max_length=MOST_SENSORS)]
    timestamp: OptionalTime = None

    @model_validator(mode="before")
    @classmethod
    def _normalize(cls, body: Any) -> Any:
        return _telemetry(body) if isinstance(body, dict) else body


def _telemetry(body: Mapping[str, Any]) -> dict[str, Any]:
    """Telemetry in one form: machines send sensors under `sensors` or flat, and null values."""
    sent_at = body.get("timestamp") or body.get("ts")
    sensors = body["sensors"] if "sensors" in body else _flat_sensors(body)
    if isinstance(sensors, dict):
        sensors = {name: value for name, value in sensors.items() if value is not None} or None
    return {"sensors": sensors, "timestamp": _time(sent_at)}


def _flat_sensors(body: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a body without `sensors`."""
    return {
        name: value
        for name, value in body.items()
        if name not in ("timestamp", "ts") and _is_number(value)
    }


def _time(value: object) -> object:
    """Seconds or milliseconds since 1970 as an ISO-8601 text; any other value unchanged."""
    if not _is_number(value) or not 0 < value < LAST_MILLIS:
        return value
    return text(from_millis(int(value if value >= LAST_SECONDS else value * 1000)))


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


class ModelSyncRequest(Fields):
    model_name: Annotated[ModelName | None, BeforeValidator(lambda name: name or None)] = None
    current_version: OptionalText = None


class AcknowledgeRequest(Fields):
    status: Literal["delivered", "done", "failed", "completed", "executed", "success", "error"]
    result: Any = None


@cache  # reads a folder of hundreds of files
def _zones() -> set[str]:
    return available_timezones()


def _zone(name: str | None) -> str | None:
    if name is not None and name not in _zones():
        raise ValueError("must be a time zone such as Asia/Jakarta")
    return name


Zone = Annotated[OptionalText, AfterValidator(_zone)]


class Policy(Fields):
    model_config = ConfigDict(extra="forbid", frozen=True)

    is_maintenance_mode: bool | None = None
    bin_full_threshold_percent: Annotated[Number, within(1, 100)] | None = None
    camera_idle_timeout_sec: Annotated[Number, within(1, 86_400)] | None = None
    motor_speed_delay: Annotated[Number, within(0, 60)] | None = None


class RegisterRequest(Fields):
    name: Text
    place: OptionalText = None
    hardware_id: OptionalText = None
    timezone: Zone = None
    model_name: ModelName | None = None
    policy: Policy = Policy()


class ChangeRequest(Fields):
    name: OptionalText = None
    place: OptionalText = None
    hardware_id: OptionalText = None
    timezone: Zone = None
    model_name: ModelName | None = None
    is_blocked: bool | None = None
    policy: Policy = Policy()

    def changes(self) -> dict[str, Any]:
        """The fields to change, by name. Null changes nothing, but it clears the place.

        Hardware that an admin names is the machine's own, so nothing is flagged any more.
        """
        fields = self.model_dump(exclude_none=True)
        if "place" in self.model_fields_set:
            fields["place"] = self.place
        if self.hardware_id:
            fields["hardware_mismatch"] = None
        if not fields["policy"]:
            del fields["policy"]
        return fields


class CommandRequest(Fields):
    command: CommandName
    params: StoredObject = Field(default_factory=dict)
    expires_in: Annotated[OptionalWhole, at_most(MOST_COMMAND_SECONDS)] = None

    @property
    def life(self) -> timedelta | None:
        return timedelta(seconds=self.expires_in) if self.expires_in else None


class PinRequest(Fields):
    technician_name: Text
    pin: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    permissions: Annotated[list[CommandName], Field(min_length=1)] = Field(
        default_factory=lambda: list(COMMANDS)
    )
    expires_in_hours: Annotated[OptionalWhole, at_most(MOST_HOURS)] = None

    @property
    def life(self) -> timedelta | None:
        return timedelta(hours=self.expires_in_hours) if self.expires_in_hours else None
