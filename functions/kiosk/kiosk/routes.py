"""The kiosk endpoints, each as its line in the contract reads.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from flask import Blueprint

from kiosk import access, pages, rules
from kiosk.errors import (
    LoginTokenExpired,
    LoginTokenUnknown,
    NotPermitted,
    PinLocked,
    TooManyCodes,
    WrongPin,
)
from kiosk.group import Group
from kiosk.requests import (
    CommandRequest,
    EndingRequest,
    LoginCodeRequest,
    MachineRequest,
    PinEntryRequest,
)
from kiosk.rules import LoginToken
from shared.base import clock, settings
from shared.base.errors import Forbidden
from shared.base.timestamps import text
from shared.domain import machines, pins
from shared.domain.machines import Machine
from shared.domain.pins import Pin
from shared.web import refusals
from shared.web.app import Api
from shared.web.auth import User
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import StatusEnvelope, both

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.answers import (
        Claimed,
        Ended,
        EndedMaintenance,
        LoginCode,
        LoginCodeAnswer,
        LookedAtCode,
        MachineOfCode,
        RenewedPage,
        SentToMachine,
        TechnicianSession,
    )
    from kiosk.store import Store
    from shared.web.answers import Answer

routes = Blueprint("kiosk", __name__)


def create_app(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    token: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    nonce: Callable[[], str] = lambda: secrets.token_hex(12),
) -> Api:
    """The kiosk group on this store, by this clock, with chance from `token` and `nonce`."""
    needs = (settings.KIOSK_KEYS, settings.PIN_SECRET)
    app = Api("kiosk", "/api/v1/kiosk", StatusEnvelope(), refusals.all_errors, needs)
    group = Group(store, now, token, nonce)
    app.mount(pages.routes, group)
    app.mount(routes, group)
    return app


@routes.post("/page/renew")
@endpoint(MachineRequest)
def renew_page(group: Group, request: MachineRequest) -> Answer[RenewedPage]:
    machine, now = access.machine(group, request.machine_uuid), group.now()
    generation = access.page_generation(machine, now)
    proof, expires_at = access.page_proof(machine.uuid, generation, now)
    return data({"proof": proof, "expires_at": text(expires_at)})


@routes.post("/auth/pin")
@endpoint(PinEntryRequest)
def verify_pin(group: Group, request: PinEntryRequest) -> Answer[TechnicianSession]:
    machine = access.machine(group, request.machine_uuid)
    now = group.now()
    pin = _pin_with_digits(group, machine, request.pin, now)
    generation = group.store().maintain(machine.uuid, pin, None, now)
    token, expires_at = access.begin_session(machine.uuid, generation, pin, now)
    return data(
        {
            "technician_name": pin.technician_name,
            "permissions": list(pin.permissions),
            "session_token": token,
            "session_expires_at": text(expires_at),
        }
    )


@routes.post("/maintenance/command")
@endpoint(CommandRequest)
def send(group: Group, request: CommandRequest) -> Answer[SentToMachine]:
    machine = access.machine(group, request.machine_uuid)
    session = access.technician(group, machine)
    if request.command not in session.pin.permissions:
        raise NotPermitted
    command_id, now = group.nonce(), group.now()
    event = machines.command(
        machine.uuid,
        command_id,
        request.command,
        request.params,
        f"technician:{session.pin.technician_name}",
        now,
        machines.COMMAND_LIFE,
    )
    group.store().send(machine.uuid, session, command_id, event, now)
    return data({"request_id": command_id, "command": request.command, "status": "sent"})


@routes.post("/maintenance/end")
@endpoint(MachineRequest)
def end_maintenance(group: Group, request: MachineRequest) -> Answer[EndedMaintenance]:
    machine = access.machine(group, request.machine_uuid)
    session = access.technician(group, machine)
    group.store().end_maintenance(machine.uuid, session.pin.pin_id, group.now())
    return data({"maintenance": "ended"})


@routes.get("/session/token")
@endpoint(caller=access.machine)
def new_code(group: Group, machine: Machine) -> LoginCodeAnswer:
    now, store = group.now(), group.store()
    client = access.client(machine, now)
    if client.is_elsewhere:
        raise Forbidden
    drawn_by = "page" if client.is_page else "network"
    if wait := group.codes.retry_after(f"{machine.uuid} {drawn_by}", now):
        raise TooManyCodes(wait)
    generation = store.generation_of_open(machine.uuid, client.generation, now)
    token = group.token()
    expires_at = store.add_login(machine.uuid, generation, token, now)
    code: LoginCode = {
        "token": token,
        "expires_at": text(expires_at),
        "expires_in": int(rules.LOGIN_LIFE.total_seconds()),
        "qr_content": f"myrvm://session/{token}?m={machine.uuid}",
    }
    return cast("LoginCodeAnswer", both(code))


@routes.post("/session/look")
@endpoint(LoginCodeRequest, allow=access.user)
def look_at_code(group: Group, request: LoginCodeRequest) -> Answer[LookedAtCode]:
    login, machine = _login(group, request.token)
    rules.check_login(login, group.now())
    return data({"machine": _machine_answer(machine), "expires_at": text(login.expires_at)})


@routes.post("/session/claim")
@endpoint(LoginCodeRequest, caller=access.user)
def claim(group: Group, user: User, request: LoginCodeRequest) -> Answer[Claimed]:
    name = rules.user_name(user.uid, user.claims)
    _, machine = _login(group, request.token)
    session_id = group.nonce()
    group.store().claim(request.token, session_id, user.uid, name, group.now())
    return data({"session_id": session_id, "user_name": name, "machine": _machine_answer(machine)})


@routes.post("/session/end")
@endpoint(EndingRequest)
def end(group: Group, request: EndingRequest) -> Answer[Ended]:
    machine = access.machine(group, request.machine_uuid)
    user, now = access.token_holder(), group.now()
    if user is None and access.client(machine, now).is_elsewhere:
        raise Forbidden
    user_id = user.uid if user else None
    group.store().end_session(machine.uuid, user_id, request.session_id, now)
    return data({"session": "ended"})


def _pin_with_digits(group: Group, machine: Machine, digits: str, now: datetime) -> Pin:
    """The machine's PIN with these digits. 4 RPCs; at most 9 from elsewhere.

    Every try is counted before the PIN is read. A right PIN deletes the count of its client, and
    takes back its own try from elsewhere. Raises WrongPin, PinLocked.
    """
    client, store = access.client(machine, now), group.store()
    if client.is_elsewhere:
        _count_elsewhere(group, machine, now)
    guesses = store.count_guess(machine.uuid, client.key, now)
    pin = store.pin(machine.uuid, pins.pin_id(machine.uuid, digits))
    if pin is None or not pin.is_good(now):
        raise WrongPin(max(0, rules.FREE_GUESSES - guesses.count))
    store.forget_guesses(machine.uuid, client.key)
    if client.is_elsewhere:
        store.take_back(machine.uuid, rules.ELSEWHERE)
    return pin


def _count_elsewhere(group: Group, machine: Machine, now: datetime) -> None:
    """Counts a try from elsewhere. While those are locked, most cost no read. Raises PinLocked."""
    store = group.store()
    wait = group.waits.get(
        machine.uuid, now, lambda: store.wait(machine.uuid, rules.ELSEWHERE, now)
    )
    if wait:
        raise PinLocked(wait)
    store.count_guess(machine.uuid, rules.ELSEWHERE, now)


def _login(group: Group, token: str) -> tuple[LoginToken, Machine]:
    """A login token and its machine. At most 2 reads.

    Raises LoginTokenUnknown, MachineNotFound, MachineBlocked; LoginTokenExpired if the machine has
    another key since.
    """
    login = group.store().login(token)
    if login is None:
        raise LoginTokenUnknown
    machine = access.usable_machine(group, login.uuid)
    if login.generation < machine.generation:
        raise LoginTokenExpired
    return login, machine


def _machine_answer(machine: Machine) -> MachineOfCode:
    return {"uuid": machine.uuid, "name": machine.name, "place": machine.place}
