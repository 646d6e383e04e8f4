"""Checks of a request: its machine, the client that sends it, its technician, its user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import request

from kiosk.errors import MachineRequired, OtherMachine, PinSessionRequired
from kiosk.group import Group
from kiosk.rules import SESSION_LIFE
from shared.base.errors import Forbidden
from shared.base.timestamps import from_millis, millis
from shared.domain import signing
from shared.domain.machines import Machine, MachineBlocked, MachineNotFound, client_key, uuid_in
from shared.domain.pins import Pin
from shared.web import auth
from shared.web.auth import User
from shared.web.client import client_network

PAGE, PIN_SESSION = "kiosk page", "pin session"  # what a sealed token is good for


@dataclass(frozen=True, slots=True)
class Client:
    """A sender of PINs: all requests with one key are counted together."""

    key: str
    is_elsewhere: bool


def machine(group: Group, uuid_in_body: str | None = None) -> Machine:
    """The machine that the request names by its header, query or body. At most 1 read.

    Raises MachineRequired, MachineNotFound, MachineBlocked.
    """
    in_header, in_query = request.headers.get("X-Machine-UUID"), request.args.get("machine_uuid")
    uuid = in_header or in_query or uuid_in_body
    if not uuid:
        raise MachineRequired
    return usable_machine(group, uuid)


def usable_machine(group: Group, text: str) -> Machine:
    """The machine of a uuid. At most 1 read. Raises MachineNotFound, MachineBlocked."""
    uuid = uuid_in(text)
    if uuid is None:
        raise MachineNotFound
    record = group.machines.get(uuid, group.now(), lambda: group.store().machine(uuid))
    if record is None:
        raise MachineNotFound
    if record.is_blocked:
        raise MachineBlocked
    return record


def client(machine: Machine) -> Client:
    """The sender of the request: the machine's page, its network, or an address elsewhere."""
    sent = request.headers.get("X-Kiosk-Page")
    proof = signing.opened(PAGE, sent) if sent else None
    if proof and proof.get("machine") == machine.uuid:
        return Client("page", is_elsewhere=False)
    key = client_key(client_network())
    return Client(key, is_elsewhere=key != machine.home)


def page_proof(machine: Machine) -> str:
    """The token by which a machine's own page shows that it is that page."""
    return signing.sealed(PAGE, {"machine": machine.uuid})


def begin_session(machine: Machine, pin: Pin, now: datetime) -> tuple[str, datetime]:
    """The token of a new PIN session, good at this machine only, and when it expires."""
    expires_at = min(now + SESSION_LIFE, pin.expires_at)
    content = {
        "machine": machine.uuid,
        "pin": pin.pin_id,
        "expires": millis(expires_at),
        "pin_created": millis(pin.created_at),  # a later PIN of the same digits is another PIN
    }
    return signing.sealed(PIN_SESSION, content), expires_at


def technician(group: Group, machine: Machine) -> Pin:
    """The PIN that began the request's session. 1 read.

    Raises PinSessionRequired, OtherMachine.
    """
    now = group.now()
    session = signing.opened(PIN_SESSION, request.headers.get("X-PIN-Session", ""))
    if session is None or now >= from_millis(session["expires"]):
        raise PinSessionRequired
    if session["machine"] != machine.uuid:
        raise OtherMachine
    pin = group.store().pin(machine.uuid, session["pin"])
    if pin is None or not pin.is_good(now):
        raise PinSessionRequired
    if session.get("pin_created") != millis(pin.created_at):
        raise PinSessionRequired  # the PIN was revoked, and its digits were issued again
    return pin


def user(_group: object) -> User:
    """The user whose ID token the request carries. Raises Unauthorized, Forbidden."""
    holder = auth.user()
    if "machine" in holder.claims:  # the token of a machine or of its screen
        raise Forbidden
    return holder


def token_holder() -> User | None:
    """The holder of the request's ID token, or None without a token. Raises Unauthorized."""
    return auth.user() if "Authorization" in request.headers else None
