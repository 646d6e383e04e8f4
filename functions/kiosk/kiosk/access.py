"""Which machine a request speaks of, and from where: its own page, its own network, elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import request

from kiosk import rules
from shared import signing
from shared.app import client_network
from shared.cache import Cache
from shared.errors import Forbidden, Unauthorized
from shared.machines import Machine, MachineBlocked, MachineNotFound, client_key, uuid_in
from shared.pins import Pin
from shared.timestamps import from_millis, millis

if TYPE_CHECKING:
    from kiosk.store import Store

PAGE, PIN_SESSION = "kiosk page", "pin session"
MACHINE_LIFE = timedelta(seconds=5)


class MachineRequired(Unauthorized):
    """The request does not say at which machine."""

    message = "Machine UUID required"
    label = "MISSING_MACHINE_UUID"


class PinSessionRequired(Unauthorized):
    """No PIN session, or one that is over."""

    message = "PIN session required"
    label = "PIN_SESSION_INVALID"


class OtherMachine(Forbidden):
    """The PIN session is of another machine."""

    message = "This PIN session is of another machine"
    label = "PIN_SESSION_OTHER_MACHINE"


@dataclass(frozen=True, slots=True)
class Client:
    """Who enters PINs: all from one place count together."""

    key: str
    is_elsewhere: bool


class Access:
    """The doors of the group, with what one instance remembers of them."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._machines: Cache[Machine | None] = Cache(MACHINE_LIFE)

    def machine(self, now: datetime, named: str | None = None) -> Machine:
        """The machine of the request: by header, query, or what its body names. At most 1 read."""
        told = request.headers.get("X-Machine-UUID") or request.args.get("machine_uuid") or named
        if not told:
            raise MachineRequired
        return self.by_uuid(told, now)

    def by_uuid(self, told: str, now: datetime) -> Machine:
        """A machine that may be used. At most 1 read."""
        uuid = uuid_in(told)
        found = self._machines.get(uuid, now, lambda: self._store().machine(uuid)) if uuid else None
        if found is None:
            raise MachineNotFound
        if found.is_blocked:
            raise MachineBlocked
        return found

    def client(self, machine: Machine) -> Client:
        """Where the request comes from: the machine's signed page, its network, or elsewhere."""
        sent = request.headers.get("X-Kiosk-Page")
        proof = signing.opened(PAGE, sent) if sent else None
        if proof and proof.get("machine") == machine.uuid:
            return Client("page", is_elsewhere=False)
        key = client_key(client_network())
        return Client(key, is_elsewhere=key != machine.home)

    def technician(self, machine: Machine, now: datetime) -> Pin:
        """The PIN that the request's session was begun with. 1 read.

        Raises PinSessionRequired and OtherMachine.
        """
        session = signing.opened(PIN_SESSION, request.headers.get("X-PIN-Session", ""))
        if session is None or now >= from_millis(session["expires"]):
            raise PinSessionRequired
        if session["machine"] != machine.uuid:
            raise OtherMachine
        pin = self._store().pin(machine.uuid, session["pin"])
        if pin is None or not pin.is_good(now):
            raise PinSessionRequired
        if session.get("pin_created") != millis(pin.created_at):
            raise PinSessionRequired  # revoked, and the same digits handed out again
        return pin


def page_proof(machine: Machine) -> str:
    """What tells a machine's own page from strangers."""
    return signing.sealed(PAGE, {"machine": machine.uuid})


def begin_session(machine: Machine, pin: Pin, now: datetime) -> tuple[str, datetime]:
    """A PIN session and when it ends: it is this machine's, and ends with its PIN."""
    expires_at = min(now + rules.SESSION_LIFE, pin.expires_at)
    content = {"machine": machine.uuid, "pin": pin.pin_id, "expires": millis(expires_at)}
    content["pin_created"] = millis(pin.created_at)  # the same digits handed out again are no use
    return signing.sealed(PIN_SESSION, content), expires_at
