"""The kiosk endpoints, each as its line in the contract reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kiosk import pages, rules
from kiosk.access import Access, begin_session
from kiosk.requests import Claim, Command, Ending, PinEntry
from kiosk.rules import PinLocked, WrongPin
from shared import clock, machines, pins
from shared.app import Endpoints, body, data
from shared.auth import caller
from shared.cache import Cache
from shared.envelopes import Json, both
from shared.errors import Forbidden, NotFound, TooMany
from shared.limits import RateLimit
from shared.machines import Machine
from shared.timestamps import text

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.store import Store

STOPPED_FOR = timedelta(seconds=5)  # how long an instance remembers that elsewhere has to wait
CODES_A_SECOND, CODES_AT_ONCE = 0.5, 10  # login codes of a machine's page or of one address


class NotPermitted(Forbidden):
    """The technician may not send this command."""

    message = "This PIN does not permit the command"
    label = "COMMAND_NOT_PERMITTED"


class LoginTokenUnknown(NotFound):
    """There is no such code."""

    message = "Unknown code"
    label = "TOKEN_UNKNOWN"


class TooManyCodes(TooMany):
    """Codes are asked for faster than anybody could scan them."""

    label = "TOO_MANY_CODES"


def create_app(store: Callable[[], Store], now: clock.Clock = clock.now) -> Endpoints:
    """The kiosk group on this store, by this clock."""
    app = pages.Kiosk()
    access = Access(store)
    waits: Cache[int] = Cache(STOPPED_FOR)
    codes = RateLimit(CODES_A_SECOND, CODES_AT_ONCE)
    pages.add_endpoints(app, access, now)

    def count_from_elsewhere(uuid: str, moment: datetime) -> None:
        """Counts a guess from elsewhere. While they are stopped, most cost no read."""
        if wait := waits.get(uuid, moment, lambda: store().wait(uuid, rules.ELSEWHERE, moment)):
            raise PinLocked(wait)
        store().count_guess(uuid, rules.ELSEWHERE, moment)

    @app.post("/auth/pin")
    def verify_pin() -> Json:
        moment = now()
        asked = body(PinEntry)
        machine = access.machine(moment, asked.machine_uuid)
        client = access.client(machine)
        if client.is_elsewhere:
            count_from_elsewhere(machine.uuid, moment)
        guesses = store().count_guess(machine.uuid, client.key, moment)
        pin = store().pin(machine.uuid, pins.pin_id(machine.uuid, asked.pin))
        if pin is None or not pin.is_good(moment):
            raise WrongPin(max(0, rules.FREE_GUESSES - guesses.count))
        store().forget_guesses(machine.uuid, client.key)
        if client.is_elsewhere:
            store().take_back(machine.uuid, rules.ELSEWHERE)
        token, expires_at = begin_session(machine, pin, moment)
        return data(
            {
                "technician_name": pin.technician_name,
                "permissions": list(pin.permissions),
                "session_token": token,
                "session_expires_at": text(expires_at),
            }
        )

    @app.post("/maintenance/command")
    def send() -> Json:
        moment = now()
        asked = body(Command)
        machine = access.machine(moment, asked.machine_uuid)
        pin = access.technician(machine, moment)
        if asked.command not in pin.permissions:
            raise NotPermitted
        command_id = secrets.token_hex(12)
        event = machines.command(
            machine.uuid,
            command_id,
            asked.command,
            asked.params,
            f"technician:{pin.technician_name}",
            moment,
            machines.COMMAND_LIFE,
        )
        store().send(machine.uuid, command_id, event)
        return data({"request_id": command_id, "command": asked.command, "status": "sent"})

    @app.get("/session/token")
    def new_code() -> Json:
        moment = now()
        machine = access.machine(moment)
        if wait := codes.retry_after(f"{machine.uuid} {access.client(machine).key}", moment):
            raise TooManyCodes(wait)
        token = secrets.token_urlsafe(24)
        expires_at = store().add_login(machine.uuid, token, moment)
        return both(
            {
                "token": token,
                "expires_at": text(expires_at),
                "expires_in": int(rules.LOGIN_LIFE.total_seconds()),
                "qr_content": f"myrvm://session/{token}?m={machine.uuid}",
            }
        )

    @app.get("/session/<token>")
    def look_at_code(token: str) -> Json:
        moment = now()
        caller()
        stored = store().login(token)
        if stored is None:
            raise LoginTokenUnknown
        rules.check_login(stored, moment)
        machine = access.by_uuid(stored["uuid"], moment)
        return data({"machine": _shown(machine), "expires_at": text(stored["expires_at"])})

    @app.post("/session/claim")
    def claim() -> Json:
        moment, who = now(), caller()
        if "machine" in who.claims:  # a machine's or its screen's own token is no user
            raise Forbidden
        token, session_id = body(Claim).token, secrets.token_hex(12)
        name = rules.user_name({**who.claims, "uid": who.uid})
        stored = store().login(token)
        if stored is None:
            raise LoginTokenUnknown
        machine = access.by_uuid(stored["uuid"], moment)
        store().claim(token, session_id, who.uid, name, moment)
        return data({"session_id": session_id, "user_name": name, "machine": _shown(machine)})

    @app.post("/session/end")
    def end() -> Json:
        moment = now()
        asked = body(Ending)
        machine = access.machine(moment, asked.machine_uuid)
        user_id = caller().uid if pages.is_signed_in() else None
        if user_id is None and machine.home and access.client(machine).is_elsewhere:
            raise Forbidden
        store().end_session(machine.uuid, user_id, asked.session_id, moment)
        return data({"session": "ended"})

    return app


def _shown(machine: Machine) -> dict[str, Any]:
    """What a user is told of the machine before logging in."""
    return {"uuid": machine.uuid, "name": machine.name, "place": machine.place}
