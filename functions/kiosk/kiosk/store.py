"""Where the kiosk keeps its things.

machines/{uuid}                     the record (of the edge group)
machines/{uuid}/pins/{pin}          technicians' PINs, by their hash (of the edge group)
machines/{uuid}/pin_failures/{who}  wrong PINs, by client
login_tokens/{token}                codes to log in by, under their hash
rvm/{uuid}                          the live state: who is logged in
rvm/{uuid}/events/{event}           the channel
"""

import hashlib
from contextlib import suppress
from datetime import datetime
from typing import Any

from kiosk import rules
from kiosk.rules import Guesses, LoginTokenExpired, PinLocked
from shared import machines
from shared.documents import Changed, Database, Plain, create, remove, replace
from shared.errors import Forbidden, Unavailable
from shared.machines import Machine
from shared.pins import Pin, pin
from shared.timestamps import text

ATTEMPTS = 5


class Store:
    """The kiosk group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def machine(self, uuid: str) -> Machine | None:
        """One machine. 1 RPC, 1 read."""
        found = self._database.get(self._database.name("machines", uuid))
        return machines.machine(found) if found else None

    def wait(self, uuid: str, client: str, now: datetime) -> int:
        """Seconds that a client has to wait; 0 where it may guess. 1 RPC, 1 read."""
        return rules.guesses(self._database.get(self._failures(uuid, client))).wait(now)

    def count_guess(self, uuid: str, client: str, now: datetime) -> Guesses:
        """Counts a PIN before it is looked at. 2 RPCs, 1 read, 1 write. Raises PinLocked."""
        name = self._failures(uuid, client)
        for _ in range(ATTEMPTS):
            stored, version = self._database.get_with_version(name)
            before = rules.guesses(stored)
            if wait := before.wait(now):
                raise PinLocked(wait)
            after = before.one_more(client == rules.ELSEWHERE, now)
            fields = {
                "client": client,
                "count": after.count,
                "last_at": after.last_at,
                "locked_until": after.locked_until,
                "purge_at": now + 2 * rules.FORGOTTEN_AFTER,
            }
            try:
                self._database.commit(replace(name, fields, version))
            except Changed:
                continue
            return after
        raise PinLocked(1)

    def take_back(self, uuid: str, client: str) -> None:
        """A PIN that was counted was right. 2 RPCs, 1 read, 1 write."""
        name = self._failures(uuid, client)
        stored, version = self._database.get_with_version(name)
        if stored is None:
            return
        after = rules.guesses(stored).without_one(client == rules.ELSEWHERE)
        fields = {**stored, "count": after.count, "locked_until": after.locked_until}
        with suppress(Changed):  # somebody guesses meanwhile: it stays counted
            self._database.commit(replace(name, fields, version))

    def forget_guesses(self, uuid: str, client: str) -> None:
        """After a right PIN. 1 RPC, 1 write."""
        self._database.commit(remove(self._failures(uuid, client)))

    def pin(self, uuid: str, pin_id: str) -> Pin | None:
        """A PIN by its hash. 1 RPC, 1 read."""
        found = self._database.get(self._database.name("machines", uuid, "pins", pin_id))
        return pin(found) if found else None

    def send(self, uuid: str, command_id: str, event: Plain) -> None:
        """Puts a command on a machine's channel. 1 RPC, 1 write."""
        self._database.commit(create(self._event(uuid, command_id), event))

    def add_login(self, uuid: str, token: str, now: datetime) -> datetime:
        """Keeps a new code; returns when it expires. 1 RPC, 1 write."""
        expires_at = now + rules.LOGIN_LIFE
        fields = {
            "uuid": uuid,
            "created_at": now,
            "expires_at": expires_at,
            "claimed_by": None,
            "purge_at": now + 12 * rules.LOGIN_LIFE,
        }
        self._database.commit(create(self._login(token), fields))
        return expires_at

    def login(self, token: str) -> Plain | None:
        """A code as it stands. 1 RPC, 1 read."""
        return self._database.get(self._login(token))

    def claim(
        self, token: str, session_id: str, user_id: str, user_name: str, now: datetime
    ) -> None:
        """Logs a user in at the machine of a code, once; ends a session that was left open.

        3 RPCs, 2 reads, 3 or 4 writes. Raises LoginTokenUsed, LoginTokenExpired, MachineInUse,
        MachineInMaintenance.
        """
        name = self._login(token)
        for _ in range(ATTEMPTS):
            stored, version = self._database.get_with_version(name)
            if stored is None:
                raise LoginTokenExpired
            rules.check_login(stored, now)
            uuid = stored["uuid"]
            at = self._database.name("rvm", uuid)
            found, live_version = self._database.get_with_version(at)
            live = found or {}
            rules.check_free(live, now)
            session = {
                "session_id": session_id,
                "user_id": user_id,
                "user_name": user_name,
                "started_at": text(now),
            }
            event = machines.event(machines.SESSION_EVENT, session, now)
            try:
                self._database.commit(
                    replace(name, {**stored, "claimed_by": user_id, "claimed_at": now}, version),
                    create(self._event(uuid, session_id), event),
                    *([self._ended(uuid, live["session"], now)] if live.get("session") else []),
                    replace(at, {**live, "session": session}, live_version),
                )
            except Changed:
                continue
            return
        raise Unavailable

    def end_session(
        self, uuid: str, user_id: str | None, session_id: str | None, now: datetime
    ) -> None:
        """Logs out who is logged in; with a user, only that one. 2 RPCs, 1 read, 2 writes.

        With a session, only that one: a late call leaves the next user's alone. Raises Forbidden
        where somebody else is logged in.
        """
        name = self._database.name("rvm", uuid)
        for _ in range(ATTEMPTS):
            stored, version = self._database.get_with_version(name)
            session = (stored or {}).get("session")
            if not stored or not session:
                return
            if session_id not in (None, session["session_id"]):
                return
            if user_id not in (None, session["user_id"]):
                raise Forbidden
            try:
                self._database.commit(
                    replace(name, {**stored, "session": None}, version),
                    self._ended(uuid, session, now),
                )
            except Changed:
                continue
            return
        raise Unavailable

    def _ended(self, uuid: str, session: Plain, now: datetime) -> Any:
        """The write that tells the channel of a session's end."""
        session_id = session["session_id"]
        event = machines.event(machines.SESSION_ENDED_EVENT, {"session_id": session_id}, now)
        return create(self._event(uuid, f"{session_id}-ended"), event)

    def _failures(self, uuid: str, client: str) -> str:
        return self._database.name("machines", uuid, "pin_failures", client)

    def _event(self, uuid: str, event_id: str) -> str:
        return self._database.name("rvm", uuid, "events", event_id)

    def _login(self, token: str) -> str:
        hashed = hashlib.sha256(token.encode()).hexdigest()
        return self._database.name("login_tokens", hashed)
