"""Keys, what machines are told, and how a command moves: pure."""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard
from uuid import UUID

from shared.errors import Conflict, Gone
from shared.ids import fingerprint
from shared.keys import KEY_LENGTH, KEY_LETTERS
from shared.machines import (
    DELIVERED,
    DONE,
    EXPIRED,
    FAILED,
    PENDING,
    Machine,
    bin_level,
)
from shared.timestamps import from_millis, text

PIN_LIFE = timedelta(days=30)
_KEY = re.compile(r"rvm_([0-9a-f]{32})_[A-Za-z0-9]{32}")
_STATES = {
    "completed": DONE,
    "executed": DONE,
    "success": DONE,
    "error": FAILED,
}
LONGEST_NOTE = 200
LAST_SECONDS, LAST_MILLIS = 10**11, 10**14  # the year 5138, as seconds and as milliseconds
LARGEST_NOTE = 10_000  # characters of JSON, of what is only shown


class CommandExpired(Gone):
    """Its time passed before it reached the machine: it must not be executed."""

    message = "Command has expired and must not be executed"
    label = "COMMAND_EXPIRED"


class CommandFinished(Conflict):
    """It was reported otherwise before."""

    message = "Command was already reported with another status"
    label = "COMMAND_FINISHED"


def new_key(uuid: str) -> str:
    """An API key: it names its machine, so that one known document says whether it is good."""
    secret = "".join(secrets.choice(KEY_LETTERS) for _ in range(KEY_LENGTH))
    return f"rvm_{uuid.replace('-', '')}_{secret}"


def machine_of(key: str) -> str | None:
    """The uuid that a key names, or None where it is no key of ours."""
    found = _KEY.fullmatch(key)
    return str(UUID(found[1])) if found else None


def handshake(
    machine: Machine, kiosk_url: str, sign_in: Mapping[str, str], ai_model: dict[str, Any] | None
) -> dict[str, Any]:
    """What a machine is told when it starts, in both forms that machines read."""
    return {
        "uuid": machine.uuid,
        "kiosk_url": kiosk_url,
        "ws_auth_token": sign_in["auth_token"],
        "identity": {
            "rvm_id": machine.number,
            "rvm_uuid": machine.uuid,
            "rvm_name": machine.name,
        },
        "kiosk": {"url": kiosk_url, "timezone": machine.timezone},
        "websocket": {
            "channel": f"rvm.{machine.uuid}",
            **sign_in,
            "path": f"rvm/{machine.uuid}",
        },
        "policy": dict(machine.policy),
        "ai_model": ai_model,
    }


def reported(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a heartbeat or handshake shows live: text that is short, and the bin's level."""
    shown: dict[str, Any] = {
        field: body[name]
        for name, field in (
            ("status", "state"),
            ("version", "version"),
            ("firmware_version", "version"),
        )
        if isinstance(body.get(name), str) and 0 < len(body[name]) <= LONGEST_NOTE
    }
    if (health := _packed(body.get("health_metrics"))) is not None:
        shown["health"] = health
    if (report := _packed(dict(body))) is not None:
        shown["report"] = report
    capacity = body.get("bin_capacity")
    level = bin_level(capacity if isinstance(capacity, dict) else {"bin_capacity": capacity})
    return shown if level is None else {**shown, "bin_level": level}


def _packed(health: object) -> str | None:
    """An object as JSON, if it is one that every reader of JSON takes and not too long."""
    try:
        packed = json.dumps(health, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return None
    return packed if isinstance(health, dict) and len(packed) <= LARGEST_NOTE else None


def measured(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Telemetry as it is read: under `sensors` or flat, without what a sensor could not tell."""
    when = sent.get("timestamp") or sent.get("ts")
    sensors = sent["sensors"] if "sensors" in sent else _flat_sensors(sent)
    if isinstance(sensors, dict):
        sensors = {name: value for name, value in sensors.items() if value is not None} or None
    return {"sensors": sensors, "timestamp": _time_of(when)}


def _flat_sensors(body: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a body that names no `sensors`."""
    return {
        name: value
        for name, value in body.items()
        if name not in ("timestamp", "ts") and _is_number(value)
    }


def _time_of(when: object) -> object:
    """Seconds or milliseconds since 1970 as a time in text; anything else as it is."""
    if not _is_number(when) or not 0 < when < LAST_MILLIS:
        return when
    return text(from_millis(int(when if when >= LAST_SECONDS else when * 1000)))


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def batch_id(uuid: str, sensors: Mapping[str, float], measured_at: datetime | None) -> str:
    """The same for telemetry that is sent again, where it carries its time; else a new one."""
    when = text(measured_at) if measured_at else secrets.token_hex(8)
    return fingerprint(uuid, when, repr(sorted(sensors.items())), length=20)


def moved(state: str, expires_at: datetime, told: str, now: datetime) -> str:
    """A command's state once a machine has told this of it.

    Raises CommandExpired where it came too late to be executed, CommandFinished where the end
    was told otherwise. Telling the same again changes nothing.
    """
    told = _STATES.get(told, told)
    if state == EXPIRED or (state == PENDING and now >= expires_at):
        raise CommandExpired
    if state in (DONE, FAILED):
        if told not in (state, DELIVERED):
            raise CommandFinished
        return state
    return told


def note(result: Any) -> str | None:
    """What a machine tells of a command's outcome, as text that fits a document."""
    if result is None:
        return None
    told = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    return told[:LARGEST_NOTE]
