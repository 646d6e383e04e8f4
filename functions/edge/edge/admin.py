"""What admins do: register machines, change them, send commands, hand out PINs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from edge import rules
from edge.access import Access
from edge.requests import Change, Command, NewPin, Registration
from shared import clock, machines, pins
from shared.app import Endpoints, body, data
from shared.envelopes import Json
from shared.errors import NotFound, ValidationFailed
from shared.keys import key_hash
from shared.machines import Machine
from shared.pins import Pin
from shared.stations import status
from shared.timestamps import text

if TYPE_CHECKING:
    from datetime import datetime

    from edge.store import Store


class PinNotFound(NotFound):
    """The machine has no such PIN."""

    message = "PIN not found"
    label = "PIN_NOT_FOUND"


def add_endpoints(
    app: Endpoints,
    store: Callable[[], Store],
    access: Access,
    now: clock.Clock,
    sign_out: Callable[[str], None],
) -> None:
    """Adds the admins' endpoints to the edge group. `sign_out` ends the sign-ins of a user."""

    def end_sign_ins(machine: Machine) -> None:
        for name in (f"machine-{machine.uuid}", f"kiosk-{machine.uuid}"):
            sign_out(name)

    @app.post("/machines")
    def register() -> tuple[Json, int]:
        access.admin()
        asked, uuid = body(Registration), machines.new_uuid()
        key = rules.new_key(uuid)
        machine = Machine(
            uuid=uuid,
            number=store().next_number(),
            name=asked.name,
            place=asked.place,
            timezone=asked.timezone or "Asia/Jakarta",
            key_hash=key_hash(key),
            registered_at=now(),
            hardware_id=asked.hardware_id,
            model_name=asked.model_name,
            policy={**machines.POLICY, **asked.policy.model_dump(exclude_none=True)},
        )
        if not store().add(machine):
            raise ValidationFailed({"hardware_id": ["The hardware_id has already been taken."]})
        return data({**_described(machine, {}, now()), "api_key": key}), 201

    @app.get("/machines")
    def list_machines() -> Json:
        access.admin()
        found, moment = store().machines(), now()
        states = store().live([machine.uuid for machine in found]) if found else []
        pairs = zip(found, states, strict=True)
        return data([_described(machine, live, moment) for machine, live in pairs])

    @app.get("/machines/<place>")
    def details(place: str) -> Json:
        machine = access.machine(place)
        return data(_described(machine, store().live([machine.uuid])[0], now()))

    @app.put("/machines/<place>")
    def change(place: str) -> Json:
        machine = access.machine(place)
        given = body(Change)
        asked = given.model_dump(exclude_none=True)
        if given.place is None and "place" in given.model_fields_set:
            asked["place"] = None
        if not asked["policy"]:
            del asked["policy"]
        if asked:
            store().change(machine, asked)
        policy = {**machine.policy, **asked.pop("policy", {})}
        changed = replace(machine, **asked, policy=policy)
        access.forget(machine)
        if changed.is_blocked:
            end_sign_ins(machine)
        return data(_described(changed, store().live([machine.uuid])[0], now()))

    @app.post("/machines/<place>/key")
    def change_key(place: str) -> Json:
        machine = access.machine(place)
        key = rules.new_key(machine.uuid)
        store().change_key(machine, key_hash(key))
        access.forget(machine)
        end_sign_ins(machine)
        return data({"uuid": machine.uuid, "api_key": key})

    @app.post("/machines/<place>/commands")
    def send(place: str) -> Json:
        who, moment = access.admin(), now()
        machine = access.machine(place)
        asked, command_id = body(Command), secrets.token_hex(12)
        life = timedelta(seconds=asked.expires_in) if asked.expires_in else machines.COMMAND_LIFE
        event = machines.command(
            machine.uuid, command_id, asked.command, asked.params, f"admin:{who.uid}", moment, life
        )
        store().send(machine.uuid, command_id, event)
        return data(
            {
                "request_id": command_id,
                "command": asked.command,
                "status": "sent",
                "expires_at": text(moment + life),
            }
        )

    @app.post("/machines/<place>/pins")
    def add_pin(place: str) -> tuple[Json, int]:
        machine, moment = access.machine(place), now()
        asked = body(NewPin)
        life = timedelta(hours=asked.expires_in_hours) if asked.expires_in_hours else rules.PIN_LIFE
        digits = asked.pin or f"{secrets.randbelow(10**pins.DIGITS):0{pins.DIGITS}}"
        new = Pin(
            pins.pin_id(machine.uuid, digits),
            asked.technician_name,
            list(dict.fromkeys(asked.permissions)),
            moment,
            moment + life,
        )
        if not store().add_pin(machine.uuid, new):
            raise ValidationFailed({"pin": ["The pin has already been taken."]})
        return data({**_pin(new, moment), "pin": digits}), 201

    @app.get("/machines/<place>/pins")
    def list_pins(place: str) -> Json:
        machine, moment = access.machine(place), now()
        return data([_pin(pin, moment) for pin in store().pins(machine.uuid)])

    @app.delete("/machines/<place>/pins/<pin_id>")
    def revoke(place: str, pin_id: str) -> Json:
        machine = access.machine(place)
        if not store().remove_pin(machine.uuid, pin_id):
            raise PinNotFound
        return data({"pin_id": pin_id, "status": "revoked"})

    @app.post("/machines/<place>/unlock")
    def unlock(place: str) -> Json:
        machine = access.machine(place)
        return data({"uuid": machine.uuid, "unlocked_clients": store().unlock(machine.uuid)})


def _pin(pin: Pin, now: datetime) -> dict[str, Any]:
    """A PIN as its admin sees it: without its digits, which nobody knows."""
    return {
        "pin_id": pin.pin_id,
        "technician_name": pin.technician_name,
        "permissions": list(pin.permissions),
        "created_at": text(pin.created_at),
        "expires_at": text(pin.expires_at),
        "is_expired": not pin.is_good(now),
    }


def _described(machine: Machine, live: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A machine as an admin sees it."""
    seen = live.get("last_seen")
    return {
        "uuid": machine.uuid,
        "rvm_id": machine.number,
        "name": machine.name,
        "place": machine.place,
        "timezone": machine.timezone,
        "hardware_id": machine.hardware_id,
        "model_name": machine.model_name,
        "is_blocked": machine.is_blocked,
        "policy": dict(machine.policy),
        "status": status(seen, now),
        "last_seen": text(seen) if seen else None,
        "bin_level": live.get("bin_level"),
        "channel": f"rvm.{machine.uuid}",
        "registered_at": text(machine.registered_at),
    }
