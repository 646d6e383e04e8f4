"""Machines as the edge and the kiosk see them: the record, the live state, the channel's events.

machines/{uuid}            the record, for the functions only
rvm/{uuid}                 the live state, for the machine itself and for admins
rvm/{uuid}/events/{event}  what happens on the channel `rvm.{uuid}`
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from shared.errors import Forbidden, NotFound
from shared.ids import fingerprint
from shared.timestamps import text

if TYPE_CHECKING:
    from shared.documents import Plain

COMMANDS = (
    "test_motor", "open_door", "close_door", "test_led",
    "test_sensor", "check_connection", "reboot_edge", "check_model_update",
)  # fmt: skip
COMMAND_EVENT = "HardwareCommandEvent"
TELEMETRY_EVENT = "TelemetryUpdateUpdate"  # spelt as the contract spells it
SESSION_EVENT = "SessionAuthorizedEvent"
SESSION_ENDED_EVENT = "SessionEndedEvent"

PENDING, DELIVERED, DONE, FAILED, EXPIRED = "pending", "delivered", "done", "failed", "expired"
COMMAND_LIFE = timedelta(minutes=5)
EVENT_LIFE = timedelta(days=7)  # then Firestore deletes it

POLICY: Mapping[str, Any] = {
    "is_maintenance_mode": False,
    "bin_full_threshold_percent": 90,
    "camera_idle_timeout_sec": 60,
    "motor_speed_delay": 0.002,
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BIN_NAMES = ("bin_capacity", "bin_level", "bin", "capacity", "kapasitas")


class MachineBlocked(Forbidden):
    """An admin has blocked the machine."""

    message = "This machine is blocked"
    label = "MACHINE_BLOCKED"


class MachineNotFound(NotFound):
    """There is no such machine."""

    message = "Machine not found"
    label = "MACHINE_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of a machine without its live state."""

    uuid: str
    number: int
    name: str
    place: str | None
    timezone: str
    key_hash: str
    registered_at: datetime
    hardware_id: str | None = None
    is_blocked: bool = False
    policy: Mapping[str, Any] = field(default_factory=lambda: dict(POLICY))
    model_name: str | None = None
    home: str | None = None  # the network address that it last spoke from


def machine(stored: Plain) -> Machine:
    """A machine as it is stored; what came with a handshake is left aside."""
    known = {name: stored[name] for name in Machine.__dataclass_fields__ if name in stored}
    return Machine(**{**known, "policy": {**POLICY, **stored.get("policy", {})}})


def new_uuid() -> str:
    """The name of a new machine."""
    return str(uuid.uuid4())


def uuid_in(text: str) -> str | None:
    """A machine's uuid as it is written here, or None where the text is none."""
    text = text.strip().lower()
    return text if _UUID.fullmatch(text) else None


def command(
    uuid: str, command_id: str, action: str, params: Plain, by: str, now: datetime, life: timedelta
) -> Plain:
    """The event that carries a command; its state is kept in it."""
    expires_at = now + life
    return {
        **event(COMMAND_EVENT, command_data(command_id, action, params, now, expires_at), now),
        "uuid": uuid,
        "status": PENDING,
        "sent_by": by,
        "expires_at": expires_at,
        "result": None,
    }


def command_data(
    command_id: str, action: str, params: Plain, now: datetime, expires_at: datetime
) -> Plain:
    """A command as machines get it, by the channel and with a heartbeat."""

    return {
        "id": command_id,
        "action": action,
        "command": action,
        "params": params,
        "created_at": text(now),
        "expires_at": text(expires_at),
    }


def event(name: str, data: Plain, now: datetime) -> Plain:
    """An event of a channel."""
    return {"event": name, "data": data, "created_at": now, "purge_at": now + EVENT_LIFE}


def bin_level(sensors: Mapping[str, Any]) -> float | None:
    """How full the bin is, in percent, by whatever name the machine's sensors call it."""
    for name in _BIN_NAMES:
        value = sensors.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if isinstance(value, int) or isfinite(value):  # an integer may be too long for a float
            return float(min(100, max(0, value)))
    return None


def client_key(address: str) -> str:
    """A network address as the name of a document; no address is stored in the clear."""
    return fingerprint("client", address, length=16)
