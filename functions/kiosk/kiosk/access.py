"""Checks of a request: its machine, the client that sends it, its technician, its user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from kiosk.errors import MachineRequired, OtherMachine, PageProofRequired, PinSessionRequired
from kiosk.group import Group
from kiosk.rules import PAGE_LIFE, SESSION_LIFE, PinSession
from shared.base.errors import Forbidden
from shared.base.timestamps import from_millis, millis
from shared.domain import signing
from shared.domain.machines import (
    Machine,
    MachineBlocked,
    MachineNotFound,
    client_key,
    network_key,
    uuid_in,
)
from shared.domain.pins import Pin
from shared.web import auth
from shared.web.auth import User
from shared.web.client import client_address, client_network

PAGE, PIN_SESSION = "kiosk page", "pin session"  # what a sealed token is good for
PAGE_CLIENT = "page"


@dataclass(frozen=True, slots=True)
class Client:
    """A sender of requests: the PINs of all requests with one key are counted together.

    `generation`: of the machine's key, in the proof of its page; of other senders none.
    """

    key: str
    is_elsewhere: bool
    generation: int | None = None

    @property
    def is_page(self) -> bool:
        """Whether it is the machine's own page."""
        return self.key == PAGE_CLIENT


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


def client(machine: Machine, now: datetime) -> Client:
    """The sender of the request: the machine's page, its network, or an address elsewhere.

    A browser in the network that sends it for another website is elsewhere: every website that
    somebody there opens could send it.
    """
    if page := _page(machine, now):
        return Client(PAGE_CLIENT, is_elsewhere=False, generation=page["generation"])
    network = network_key(client_network())
    is_of_a_website = request.headers.get("Sec-Fetch-Site") == "cross-site"
    is_home = bool(network) and network == machine.home and not is_of_a_website
    return Client(client_key(client_address()), is_elsewhere=not is_home)


def page_generation(machine: Machine, now: datetime) -> int:
    """The key generation of the machine's page that sends the request. Raises PageProofRequired."""
    page = _page(machine, now)
    if page is None:
        raise PageProofRequired
    return int(page["generation"])


def page_proof(uuid: str, generation: int, now: datetime) -> tuple[str, datetime]:
    """The token by which a machine's own page shows that it is that page, and when it expires."""
    expires_at = now + PAGE_LIFE
    content = {"machine": uuid, "generation": generation, "expires": millis(expires_at)}
    return signing.sealed(PAGE, content), expires_at


def _page(machine: Machine, now: datetime) -> dict[str, Any] | None:
    """What the request's page proof contains; None without one that is good now."""
    sent = request.headers.get("X-Kiosk-Page")
    proof = signing.opened(PAGE, sent) if sent else None
    if proof is None or proof.get("machine") != machine.uuid:
        return None
    return proof if _is_current(proof, machine, now) else None


def _is_current(content: dict[str, Any], machine: Machine, now: datetime) -> bool:
    """Whether a token of ours has not expired and is of the machine's key, or of a later one.

    Of a later one, because an instance may have read the record before the key was changed.
    """
    is_early = now < from_millis(content.get("expires", 0))
    return is_early and content.get("generation", 0) >= machine.generation


def begin_session(uuid: str, generation: int, pin: Pin, now: datetime) -> tuple[str, datetime]:
    """The token of a new PIN session, good at this machine only, and when it expires."""
    expires_at = min(now + SESSION_LIFE, pin.expires_at)
    content = {
        "machine": uuid,
        "generation": generation,
        "pin": pin.pin_id,
        "begun": millis(now),
        "expires": millis(expires_at),
        "pin_created": millis(pin.created_at),  # a later PIN of the same digits is another PIN
    }
    return signing.sealed(PIN_SESSION, content), expires_at


def technician(group: Group, machine: Machine) -> PinSession:
    """The request's session, with the PIN that began it. 1 read.

    Raises PinSessionRequired, OtherMachine.
    """
    now = group.now()
    session = signing.opened(PIN_SESSION, request.headers.get("X-PIN-Session", ""))
    if session is None or now >= from_millis(session["expires"]):
        raise PinSessionRequired
    if session["machine"] != machine.uuid:
        raise OtherMachine
    if not _is_current(session, machine, now):
        raise PinSessionRequired
    pin = group.store().pin(machine.uuid, session["pin"])
    if pin is None or not pin.is_good(now):
        raise PinSessionRequired
    if session["pin_created"] != millis(pin.created_at):
        raise PinSessionRequired  # the PIN was revoked, and its digits were issued again
    if pin.ended_at and session["begun"] <= millis(pin.ended_at):
        raise PinSessionRequired  # the maintenance was ended
    return PinSession(pin, session["generation"])


def user(_group: object) -> User:
    """The user whose ID token the request carries. Raises Unauthorized, Forbidden."""
    holder = auth.user()
    if "machine" in holder.claims:  # the token of a machine or of its screen
        raise Forbidden
    return holder


def token_holder() -> User | None:
    """The holder of the request's ID token, or None without a token. Raises Unauthorized."""
    return auth.user() if "Authorization" in request.headers else None
