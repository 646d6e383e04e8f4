"""Machines as the edge and the kiosk see them: the record, the live state, the channel's events.

machines/{uuid}            the record, which only the functions read
rvm/{uuid}                 the live state, which the machine itself and admins read
rvm/{uuid}/events/{event}  what happens on the channel `rvm.{uuid}`
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

from shared.base import retention, settings
from shared.base.errors import Forbidden, NotFound
from shared.base.ids import fingerprint
from shared.base.timestamps import text

if TYPE_CHECKING:
    from shared.google.values import Document

COMMANDS = (
    "test_motor", "open_door", "close_door", "test_led",
    "test_sensor", "check_connection", "reboot_edge", "check_model_update",
)  # fmt: skip
COMMAND_EVENT = "HardwareCommandEvent"
TELEMETRY_EVENT = "TelemetryUpdateUpdate"  # spelt as the contract spells it
SESSION_EVENT = "SessionAuthorizedEvent"
SESSION_ENDED_EVENT = "SessionEndedEvent"

CommandState = Literal["pending", "delivered", "done", "failed", "expired"]
PENDING: Final = "pending"
DELIVERED: Final = "delivered"
DONE: Final = "done"
FAILED: Final = "failed"
EXPIRED: Final = "expired"
COMMAND_LIFE = timedelta(minutes=5)
MAINTENANCE_IDLE = timedelta(minutes=15)  # after its last command a maintenance is over

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
    """A machine's record, without its live state.

    `generation` counts its keys: a new key and a block add one, and what was made before is over.
    `hardware_mismatch`: the board that sent the key although another one is recorded, and since
    when.
    """

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
    home: str | None = None  # the key of the network that it last called from; "": of none
    generation: int = 1
    hardware_mismatch: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A technician's work at a machine. While it lasts, nobody logs in there."""

    technician_name: str
    pin_id: str
    started_at: datetime
    active_until: datetime


def machine(document: Document) -> Machine:
    """A machine from its document. Fields of the handshake are left out."""
    known = {name: document[name] for name in Machine.__dataclass_fields__ if name in document}
    return Machine(**{**known, "policy": {**POLICY, **document.get("policy", {})}})


def maintenance(live: Mapping[str, Any], now: datetime) -> Maintenance | None:
    """The maintenance in a machine's live state; None without one that is not over."""
    stored = live.get("maintenance")
    return Maintenance(**stored) if stored and now < stored["active_until"] else None


def new_uuid() -> str:
    """A random uuid for a new machine."""
    return str(uuid.uuid4())


def uuid_in(value: str) -> str | None:
    """A machine's uuid in the form in which it is stored; None if the text is not a uuid."""
    uuid = value.strip().lower()
    return uuid if _UUID.fullmatch(uuid) else None


def command(
    uuid: str,
    command_id: str,
    action: str,
    params: Document,
    sender: str,
    now: datetime,
    life: timedelta,
) -> Document:
    """The event that carries a command, and the command's state, to a machine's channel."""
    expires_at = now + life
    return {
        **event(COMMAND_EVENT, command_data(command_id, action, params, now, expires_at), now),
        "uuid": uuid,
        "status": PENDING,
        "sent_by": sender,
        "expires_at": expires_at,
        "result": None,
    }


def command_data(
    command_id: str, action: str, params: Document, now: datetime, expires_at: datetime
) -> Document:
    """A command as machines receive it, on the channel and with a heartbeat."""
    return {
        "id": command_id,
        "action": action,
        "command": action,
        "params": params,
        "created_at": text(now),
        "expires_at": text(expires_at),
    }


def event(name: str, data: Document, now: datetime) -> Document:
    """An event for a channel. Firestore deletes it after EVENT_DAYS."""
    purge_at = retention.purge_at(settings.EVENT_DAYS, now)
    return {"event": name, "data": data, "created_at": now, **purge_at}


def bin_level(sensors: Mapping[str, Any]) -> float | None:
    """How full the bin is, in percent; None without such a sensor. Its name varies by machine."""
    for name in _BIN_NAMES:
        value = sensors.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if isinstance(value, int) or isfinite(value):  # isfinite raises for integers over 10^308
            return float(min(100, max(0, value)))
    return None


def client_key(address: str) -> str:
    """A document id for a network address. Addresses are stored only as this hash."""
    return fingerprint("client", address, length=16)


def network_key(network: str | None) -> str:
    """The key of a caller's network; "" for a caller of none."""
    return client_key(network) if network else ""
