"""What the edge endpoints are sent: by machines, leniently, and by admins."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from edge import rules
from shared.fields import (
    FieldName,
    Fields,
    Number,
    OptionalText,
    OptionalTime,
    OptionalWhole,
    StoredObject,
    Text,
    at_most,
    within,
)
from shared.machines import COMMANDS

MOST_SENSORS = 100
MOST_HOURS = 24 * 366
MOST_COMMAND_SECONDS = 24 * 3600
MODEL_LETTERS = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"

CommandName = Literal[COMMANDS]  # type: ignore[valid-type]
ModelName = Annotated[str, Field(pattern=MODEL_LETTERS)]


class Report(Fields):
    """What a machine says of itself: whatever else it sends is kept with it."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Handshake(Report):
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


class Heartbeat(Report):
    hardware_id: Any = None
    status: Any = None
    version: Any = None
    health_metrics: Any = None
    bin_capacity: Any = None
    discovery: Any = None
    ip_local: Any = None
    tailscale_ip: Any = None


class Telemetry(Report):
    sensors: Annotated[dict[FieldName, Number], Field(min_length=1, max_length=MOST_SENSORS)]
    timestamp: OptionalTime = None

    @model_validator(mode="before")
    @classmethod
    def _as_machines_send_it(cls, sent: Any) -> Any:
        return rules.measured(sent) if isinstance(sent, dict) else sent


class ModelQuery(Fields):
    model_name: Annotated[ModelName | None, BeforeValidator(lambda name: name or None)] = None
    current_version: OptionalText = None


class Ack(Fields):
    status: Literal["delivered", "done", "failed", "completed", "executed", "success", "error"]
    result: Any = None


@cache  # it reads a folder of hundreds of files
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


class Registration(Fields):
    name: Text
    place: OptionalText = None
    hardware_id: OptionalText = None
    timezone: Zone = None
    model_name: ModelName | None = None
    policy: Policy = Policy()


class Change(Fields):
    name: OptionalText = None
    place: OptionalText = None
    timezone: Zone = None
    model_name: ModelName | None = None
    is_blocked: bool | None = None
    policy: Policy = Policy()


class Command(Fields):
    command: CommandName
    params: StoredObject = Field(default_factory=dict)
    expires_in: Annotated[OptionalWhole, at_most(MOST_COMMAND_SECONDS)] = None


class NewPin(Fields):
    technician_name: Text
    pin: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    permissions: Annotated[list[CommandName], Field(min_length=1)] = Field(
        default_factory=lambda: list(COMMANDS)
    )
    expires_in_hours: Annotated[OptionalWhole, at_most(MOST_HOURS)] = None
