"""Keys, PINs, live states, and how a command's state changes. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from edge.errors import CommandExpired, CommandFinished
from shared.base.ids import fingerprint
from shared.base.timestamps import text
from shared.domain import pins
from shared.domain.keys import KEY_LENGTH, KEY_LETTERS
from shared.domain.machines import (
    DELIVERED,
    DONE,
    EXPIRED,
    FAILED,
    PENDING,
    CommandState,
    Machine,
    bin_level,
)

PIN_LIFE = timedelta(days=30)
LONGEST_TEXT = 200  # characters of a text that the live state shows
LONGEST_SHOWN_JSON = 10_000  # characters of JSON that the live state or a command's event shows
_HEX = r"([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})"  # of a uuid
_KEY = re.compile(rf"rvm_{_HEX}_[A-Za-z0-9]{{32}}")
_STATES: Mapping[str, CommandState] = {
    "delivered": DELIVERED,
    "done": DONE,
    "completed": DONE,
    "executed": DONE,
    "success": DONE,
    "failed": FAILED,
    "error": FAILED,
}


@dataclass(frozen=True, slots=True)
class Batch:
    """The sensor values of one telemetry request."""

    uuid: str
    batch_id: str
    sensors: Mapping[str, float]
    measured_at: datetime
    received_at: datetime


def new_key(uuid: str, choice: Callable[[str], str]) -> str:
    """An API key. It contains its machine's uuid, so checking it takes one read."""
    secret = "".join(choice(KEY_LETTERS) for _ in range(KEY_LENGTH))
    return f"rvm_{uuid.replace('-', '')}_{secret}"


def uuid_of_key(key: str) -> str | None:
    """The uuid that an API key contains; None if the text is not a key."""
    match = _KEY.fullmatch(key)
    return "-".join(match.groups()) if match else None


def new_digits(choice: Callable[[str], str]) -> str:
    """The digits of a new PIN."""
    return "".join(choice("0123456789") for _ in range(pins.DIGITS))


def apply_changes(machine: Machine, changes: Mapping[str, Any]) -> Machine:
    """A machine with these fields. Of its policy only the fields that `changes` names change."""
    policy = {**machine.policy, **changes.get("policy", {})}
    return replace(machine, **{**changes, "policy": policy})


def hardware_changes(machine: Machine, hardware_id: str, now: datetime) -> dict[str, Any]:
    """The fields that a handshake of this hardware changes in its machine; most change none.

    The first hardware is the machine's own. Any other one is flagged, until the machine's own
    sends a handshake, or an admin accepts the other one: boards are replaced, and keys are copied.
    """
    flagged = machine.hardware_mismatch
    if hardware_id == machine.hardware_id:
        return {"hardware_mismatch": None} if flagged else {}
    if flagged and flagged["hardware_id"] == hardware_id:
        return {}
    if machine.hardware_id is None:
        return {"hardware_id": hardware_id, "hardware_mismatch": None}
    return hardware_mismatch(hardware_id, now)


def hardware_mismatch(hardware_id: str, now: datetime) -> dict[str, Any]:
    """The field that flags hardware which is not the machine's own."""
    return {"hardware_mismatch": {"hardware_id": hardware_id, "at": now}}


def live_fields(report: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the live state that a heartbeat or handshake reports.

    Leaves out a status or version that is not text, is empty, or is longer than LONGEST_TEXT, and
    objects that are not valid JSON or are longer than LONGEST_SHOWN_JSON.
    """
    fields: dict[str, Any] = {
        field: report[name]
        for name, field in (
            ("status", "state"),
            ("version", "version"),
            ("firmware_version", "version"),
        )
        if isinstance(report.get(name), str) and 0 < len(report[name]) <= LONGEST_TEXT
    }
    if (health := _as_json(report.get("health_metrics"))) is not None:
        fields["health"] = health
    if (whole := _as_json(dict(report))) is not None:
        fields["report"] = whole
    capacity = report.get("bin_capacity")
    level = bin_level(capacity if isinstance(capacity, dict) else {"bin_capacity": capacity})
    return fields if level is None else {**fields, "bin_level": level}


def _as_json(value: object) -> str | None:
    """An object as JSON. None for other values, for NaN in it, and above LONGEST_SHOWN_JSON."""
    try:
        encoded = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return None
    return encoded if isinstance(value, dict) and len(encoded) <= LONGEST_SHOWN_JSON else None


def new_batch(
    uuid: str,
    sensors: Mapping[str, float],
    measured_at: datetime | None,
    now: datetime,
    nonce: str,
) -> Batch:
    """A batch of telemetry. A request that is sent again has the same id if it carries its time.

    Without a time of its own it counts as measured now, and `nonce` makes its id a new one.
    """
    key = text(measured_at) if measured_at else nonce
    batch_id = fingerprint(uuid, key, repr(sorted(sensors.items())), length=20)
    return Batch(uuid, batch_id, sensors, measured_at or now, now)


def next_state(
    state: CommandState, expires_at: datetime, status: str, now: datetime
) -> CommandState:
    """A command's state after its machine has reported `status`; the same report changes nothing.

    Raises CommandExpired if the command expired before it was delivered, CommandFinished if it
    has finished with another status.
    """
    if state == EXPIRED or (state == PENDING and now >= expires_at):
        raise CommandExpired
    reported = _STATES[status]
    if state in (DONE, FAILED):
        if reported not in (state, DELIVERED):
            raise CommandFinished
        return state
    return reported


def result_text(result: Any) -> str | None:
    """The result of a command as text, cut to LONGEST_SHOWN_JSON characters."""
    if result is None:
        return None
    encoded = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    return encoded[:LONGEST_SHOWN_JSON]
