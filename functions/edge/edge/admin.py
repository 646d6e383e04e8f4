"""The endpoints for admins: machines, their keys, commands and PINs.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint

from edge import access, rules
from edge.access import machine_for_admin
from edge.errors import PinNotFound
from edge.group import Group
from edge.requests import ChangeRequest, CommandRequest, PinRequest, RegisterRequest
from shared.base.errors import ValidationFailed
from shared.base.timestamps import text
from shared.domain import machines, pins
from shared.domain.devices import status
from shared.domain.keys import key_hash
from shared.domain.machines import Machine
from shared.domain.pins import Pin
from shared.web import auth
from shared.web.endpoints import data, endpoint

if TYPE_CHECKING:
    from datetime import datetime

    from edge.answers import (
        AddedPin,
        EndedMaintenance,
        HardwareMismatch,
        MachinePolicy,
        NewMachineKey,
        RegisteredMachine,
        RevokedPin,
        SentCommand,
        ShownMachine,
        ShownMaintenance,
        ShownPin,
        Unlocked,
    )
    from shared.web.answers import Answer

TIMEZONE = "Asia/Jakarta"  # of a machine that is registered without one

_TAKEN = {"hardware_id": ["The hardware_id has already been taken."]}

routes = Blueprint("edge_admin", __name__)
routes.url_value_preprocessor(access.pull_uuid)


@routes.post("/machines")
@endpoint(RegisterRequest, allow=auth.admin)
def register(group: Group, request: RegisterRequest) -> tuple[Answer[RegisteredMachine], int]:
    now, store, uuid = group.now(), group.store(), machines.new_uuid()
    key = rules.new_key(uuid, group.choice)
    machine = Machine(
        uuid=uuid,
        number=store.next_number(),
        name=request.name,
        place=request.place,
        timezone=request.timezone or TIMEZONE,
        key_hash=key_hash(key),
        registered_at=now,
        hardware_id=request.hardware_id,
        model_name=request.model_name,
        policy={**machines.POLICY, **request.policy.model_dump(exclude_none=True)},
    )
    if not store.add(machine):
        raise ValidationFailed(_TAKEN)
    return data({**_machine(machine, {}, now), "api_key": key}), 201


@routes.get("/machines")
@endpoint(allow=auth.admin)
def list_machines(group: Group) -> Answer[list[ShownMachine]]:
    now, store = group.now(), group.store()
    records = store.machines()
    states = store.live([machine.uuid for machine in records]) if records else []
    pairs = zip(records, states, strict=True)
    return data([_machine(machine, live, now) for machine, live in pairs])


@routes.get("/machines/<place>")
@endpoint(caller=machine_for_admin)
def details(group: Group, machine: Machine) -> Answer[ShownMachine]:
    (live,) = group.store().live([machine.uuid])
    return data(_machine(machine, live, group.now()))


@routes.put("/machines/<place>")
@endpoint(ChangeRequest, caller=machine_for_admin)
def change(group: Group, machine: Machine, request: ChangeRequest) -> Answer[ShownMachine]:
    store, changes = group.store(), request.changes()
    if changes and not store.change(machine, changes):
        raise ValidationFailed(_TAKEN)
    changed = rules.apply_changes(machine, changes)
    group.machines.drop(machine.uuid)
    (live,) = store.live([machine.uuid])
    return data(_machine(changed, live, group.now()))


@routes.post("/machines/<place>/key")
@endpoint(caller=machine_for_admin)
def change_key(group: Group, machine: Machine) -> Answer[NewMachineKey]:
    key = rules.new_key(machine.uuid, group.choice)
    group.store().change_key(machine.uuid, key_hash(key))
    group.machines.drop(machine.uuid)
    return data({"uuid": machine.uuid, "api_key": key})


@routes.post("/machines/<place>/maintenance/end")
@endpoint(caller=machine_for_admin)
def end_maintenance(group: Group, machine: Machine) -> Answer[EndedMaintenance]:
    group.store().end_maintenance(machine.uuid, group.now())
    return data({"uuid": machine.uuid, "maintenance": "ended"})


@routes.post("/machines/<place>/commands")
@endpoint(CommandRequest, caller=machine_for_admin)
def send(group: Group, machine: Machine, request: CommandRequest) -> Answer[SentCommand]:
    now, command_id = group.now(), group.nonce()
    life = request.life or machines.COMMAND_LIFE
    sender = f"admin:{auth.user().uid}"
    event = machines.command(
        machine.uuid, command_id, request.command, request.params, sender, now, life
    )
    group.store().add_command(machine.uuid, command_id, event)
    return data(
        {
            "request_id": command_id,
            "command": request.command,
            "status": "sent",
            "expires_at": text(now + life),
        }
    )


@routes.post("/machines/<place>/pins")
@endpoint(PinRequest, caller=machine_for_admin)
def add_pin(group: Group, machine: Machine, request: PinRequest) -> tuple[Answer[AddedPin], int]:
    now = group.now()
    digits = request.pin or rules.new_digits(group.choice)
    pin = Pin(
        pins.pin_id(machine.uuid, digits),
        request.technician_name,
        list(dict.fromkeys(request.permissions)),
        created_at=now,
        expires_at=now + (request.life or rules.PIN_LIFE),
    )
    if not group.store().add_pin(machine.uuid, pin):
        raise ValidationFailed({"pin": ["The pin has already been taken."]})
    return data({**_pin(pin, now), "pin": digits}), 201


@routes.get("/machines/<place>/pins")
@endpoint(caller=machine_for_admin)
def list_pins(group: Group, machine: Machine) -> Answer[list[ShownPin]]:
    now = group.now()
    return data([_pin(pin, now) for pin in group.store().pins(machine.uuid)])


@routes.delete("/machines/<place>/pins/<pin_id>")
@endpoint(caller=machine_for_admin)
def revoke(group: Group, machine: Machine, pin_id: str) -> Answer[RevokedPin]:
    if not group.store().remove_pin(machine.uuid, pin_id):
        raise PinNotFound
    return data({"pin_id": pin_id, "status": "revoked"})


@routes.post("/machines/<place>/unlock")
@endpoint(caller=machine_for_admin)
def unlock(group: Group, machine: Machine) -> Answer[Unlocked]:
    unlocked = group.store().unlock(machine.uuid)
    return data({"uuid": machine.uuid, "unlocked_clients": unlocked})


def _pin(pin: Pin, now: datetime) -> ShownPin:
    """A PIN without its digits: only their hash is stored."""
    return {
        "pin_id": pin.pin_id,
        "technician_name": pin.technician_name,
        "permissions": list(pin.permissions),
        "created_at": text(pin.created_at),
        "expires_at": text(pin.expires_at),
        "is_expired": not pin.is_good(now),
    }


def _machine(machine: Machine, live: dict[str, Any], now: datetime) -> ShownMachine:
    """A machine with its live state, as admins see it."""
    last_seen = live.get("last_seen")
    return {
        "uuid": machine.uuid,
        "rvm_id": machine.number,
        "name": machine.name,
        "place": machine.place,
        "timezone": machine.timezone,
        "hardware_id": machine.hardware_id,
        "hardware_mismatch": _mismatch(machine),
        "model_name": machine.model_name,
        "is_blocked": machine.is_blocked,
        "policy": cast("MachinePolicy", dict(machine.policy)),
        "status": status(last_seen, now),
        "last_seen": text(last_seen) if last_seen else None,
        "bin_level": live.get("bin_level"),
        "maintenance": _maintenance(live, now),
        "channel": f"rvm.{machine.uuid}",
        "registered_at": text(machine.registered_at),
    }


def _mismatch(machine: Machine) -> HardwareMismatch | None:
    flagged = machine.hardware_mismatch
    return {"hardware_id": flagged["hardware_id"], "at": text(flagged["at"])} if flagged else None


def _maintenance(live: dict[str, Any], now: datetime) -> ShownMaintenance | None:
    """What a technician's PIN began, while it lasts."""
    found = machines.maintenance(live, now)
    if found is None:
        return None
    return {
        "technician_name": found.technician_name,
        "started_at": text(found.started_at),
        "active_until": text(found.active_until),
    }
