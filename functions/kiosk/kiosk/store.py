"""Where the kiosk keeps its data.

machines/{uuid}                        the record (of the edge group)
machines/{uuid}/pins/{pin}             technicians' PINs, by their hash (of the edge group)
machines/{uuid}/pin_failures/{client}  wrong PINs, by client
login_tokens/{token}                   tokens to log in by, under their hash
rvm/{uuid}                             the live state: the user's session, the maintenance
rvm/{uuid}/events/{event}              the channel
"""

import hashlib
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime

from kiosk import rules
from kiosk.errors import LoginTokenExpired, PinLocked, PinSessionRequired
from kiosk.rules import Guesses, LoginToken, PinSession, UserSession
from shared.base.errors import Forbidden, Unavailable
from shared.base.timestamps import parse, text
from shared.domain import machines, maintenance
from shared.domain.machines import Machine
from shared.domain.pins import Pin, pin
from shared.google.firestore import Database, PreconditionFailed
from shared.google.values import Document
from shared.google.writes import Write

ATTEMPTS = 5  # at a change, while others change the same document


class Store:
    """The kiosk group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def machine(self, uuid: str) -> Machine | None:
        """One machine, or None. 1 RPC, 1 read."""
        document = self._database.get(self._database.path("machines", uuid))
        return machines.machine(document) if document else None

    def wait(self, uuid: str, client: str, now: datetime) -> int:
        """Seconds until a client may try a PIN; 0 if it may now. 1 RPC, 1 read."""
        return _guesses(self._database.get(self._failures_path(uuid, client))).wait(now)

    def count_guess(self, uuid: str, client: str, now: datetime) -> Guesses:
        """Counts a PIN that is not checked yet. Raises PinLocked. 2 RPCs, 1 read, 1 write."""
        path = self._failures_path(uuid, client)
        for _ in range(ATTEMPTS):
            document, update_time = self._database.get_with_update_time(path)
            before = _guesses(document)
            if wait := before.wait(now):
                raise PinLocked(wait)
            guesses = before.with_one_more(client == rules.ELSEWHERE, now)
            fields = {
                "client": client,
                "count": guesses.count,
                "last_at": guesses.last_at,
                "locked_until": guesses.locked_until,
                "purge_at": now + 2 * rules.FORGOTTEN_AFTER,
            }
            with suppress(PreconditionFailed):
                self._database.commit(Write.replace(path, fields, update_time))
                return guesses
        raise PinLocked(1)

    def take_back(self, uuid: str, client: str) -> None:
        """Takes back one counted PIN, because it was right. 2 RPCs, 1 read, 1 write."""
        path = self._failures_path(uuid, client)
        document, update_time = self._database.get_with_update_time(path)
        if document is None:
            return
        guesses = _guesses(document).with_one_less(client == rules.ELSEWHERE)
        fields = {**document, "count": guesses.count, "locked_until": guesses.locked_until}
        with suppress(PreconditionFailed):  # another client tries a PIN: this one stays counted
            self._database.commit(Write.replace(path, fields, update_time))

    def forget_guesses(self, uuid: str, client: str) -> None:
        """Deletes a client's count after a right PIN. 1 RPC, 1 write."""
        self._database.commit(Write.delete(self._failures_path(uuid, client)))

    def pin(self, uuid: str, pin_id: str) -> Pin | None:
        """A PIN of a machine by its hash, or None. 1 RPC, 1 read."""
        document = self._database.get(self._database.path("machines", uuid, "pins", pin_id))
        return pin(document) if document else None

    def maintain(
        self, uuid: str, pin: Pin, generation: int | None, now: datetime, *writes: Write
    ) -> int:
        """Begins a technician's maintenance or makes it last, and ends a user's session.

        `generation`: of the session; None for a PIN that was entered just now. Returns that of the
        machine. 2 RPCs, 1 read, 1 or 2 writes, and `writes`. Raises MachineBlocked, and
        PinSessionRequired if the machine has another key since; Unavailable where others keep
        changing the document.
        """
        path = self._live_path(uuid)
        for _ in range(ATTEMPTS):
            document, update_time = self._database.get_with_update_time(path)
            live = document or {}
            current = rules.generation(live, generation, PinSessionRequired)
            at_work = rules.maintenance(machines.maintenance(live, now), pin, now)
            changes = {"maintenance": asdict(at_work), "session": None}
            earlier = _session(live)
            with suppress(PreconditionFailed):
                self._database.commit(
                    *writes,
                    *([self._session_ended(uuid, earlier, now)] if earlier else []),
                    Write.replace(path, {**live, **changes}, update_time),
                )
                return current
        raise Unavailable

    def end_maintenance(self, uuid: str, pin_id: str, now: datetime) -> None:
        """Ends the sessions of a PIN, and the maintenance if this PIN began it.

        2 RPCs, 1 read, 1 or 2 writes. Raises Unavailable.
        """
        maintenance.end(self._database, uuid, now, pin_id)

    def generation_of_open(self, uuid: str, generation: int | None, now: datetime) -> int:
        """The generation of the key of a machine where users may log in now.

        `generation`: in the proof of its page; None for another caller. 1 RPC, 1 read. Raises
        MachineBlocked, MachineInMaintenance, and Forbidden if the machine has another key since.
        """
        live = self._database.get(self._live_path(uuid)) or {}
        current = rules.generation(live, generation, Forbidden)
        rules.check_free(_is_in_maintenance(live, now), None, now)
        return current

    def send(
        self, uuid: str, session: PinSession, command_id: str, event: Document, now: datetime
    ) -> None:
        """Puts a technician's command on a machine's channel, and makes the maintenance last.

        2 RPCs, 1 read, 2 writes. Raises as `maintain`.
        """
        sent = Write.create(self._event_path(uuid, command_id), event)
        self.maintain(uuid, session.pin, session.generation, now, sent)

    def add_login(self, uuid: str, generation: int, token: str, now: datetime) -> datetime:
        """Stores a new login token of a machine. Returns when it expires. 1 RPC, 1 write."""
        expires_at = now + rules.LOGIN_LIFE
        fields = {
            "uuid": uuid,
            "generation": generation,
            "created_at": now,
            "expires_at": expires_at,
            "claimed_by": None,
            "purge_at": now + 12 * rules.LOGIN_LIFE,
        }
        self._database.commit(Write.create(self._login_path(token), fields))
        return expires_at

    def login(self, token: str) -> LoginToken | None:
        """A login token, or None. 1 RPC, 1 read."""
        document = self._database.get(self._login_path(token))
        return _login(document) if document else None

    def claim(
        self, token: str, session_id: str, user_id: str, user_name: str, now: datetime
    ) -> None:
        """Logs a user in at the machine of a token, once, and ends a session left open there.

        3 RPCs, 2 reads, 3 or 4 writes. Raises LoginTokenUsed, LoginTokenExpired, MachineBlocked,
        MachineInUse, MachineInMaintenance; Unavailable where others keep changing the documents.
        """
        path = self._login_path(token)
        for _ in range(ATTEMPTS):
            login, update_time = self._database.get_with_update_time(path)
            if login is None:
                raise LoginTokenExpired
            code = _login(login)
            rules.check_login(code, now)
            claimed = {**login, "claimed_by": user_id, "claimed_at": now}
            begin = self._begin_session(code, session_id, user_id, user_name, now)
            with suppress(PreconditionFailed):
                self._database.commit(Write.replace(path, claimed, update_time), *begin)
                return
        raise Unavailable

    def end_session(
        self, uuid: str, user_id: str | None, session_id: str | None, now: datetime
    ) -> None:
        """Ends the session at a machine; None stands for any user or session.

        2 RPCs, 1 read, 2 writes. Raises Forbidden if another user is logged in; Unavailable where
        others keep changing the document.
        """
        path = self._live_path(uuid)
        for _ in range(ATTEMPTS):
            live, update_time = self._database.get_with_update_time(path)
            session = _session(live or {})
            if not live or not session or not rules.ends(session, user_id, session_id):
                return
            with suppress(PreconditionFailed):
                self._database.commit(
                    Write.replace(path, {**live, "session": None}, update_time),
                    self._session_ended(uuid, session, now),
                )
                return
        raise Unavailable

    def _begin_session(
        self, code: LoginToken, session_id: str, user_id: str, user_name: str, now: datetime
    ) -> list[Write]:
        """The writes that begin a session at the machine of a code. 1 RPC, 1 read.

        Raises MachineBlocked, MachineInUse, MachineInMaintenance, and LoginTokenExpired if the
        machine has another key since.
        """
        uuid, path = code.uuid, self._live_path(code.uuid)
        document, update_time = self._database.get_with_update_time(path)
        live = document or {}
        rules.generation(live, code.generation, LoginTokenExpired)
        earlier = _session(live)
        rules.check_free(_is_in_maintenance(live, now), earlier, now)
        session = {
            "session_id": session_id,
            "user_id": user_id,
            "user_name": user_name,
            "started_at": text(now),
        }
        event = machines.event(machines.SESSION_EVENT, session, now)
        return [
            Write.create(self._event_path(uuid, session_id), event),
            *([self._session_ended(uuid, earlier, now)] if earlier else []),
            Write.replace(path, {**live, "session": session}, update_time),
        ]

    def _session_ended(self, uuid: str, session: UserSession, now: datetime) -> Write:
        """The write that announces the end of a session on the channel."""
        content = {"session_id": session.session_id}
        event = machines.event(machines.SESSION_ENDED_EVENT, content, now)
        return Write.create(self._event_path(uuid, f"{session.session_id}-ended"), event)

    def _failures_path(self, uuid: str, client: str) -> str:
        return self._database.path("machines", uuid, "pin_failures", client)

    def _live_path(self, uuid: str) -> str:
        return self._database.path("rvm", uuid)

    def _event_path(self, uuid: str, event_id: str) -> str:
        return self._database.path("rvm", uuid, "events", event_id)

    def _login_path(self, token: str) -> str:
        digest = hashlib.sha256(token.encode()).hexdigest()
        return self._database.path("login_tokens", digest)


def _guesses(document: Document | None) -> Guesses:
    if not document:
        return Guesses()
    return Guesses(document["count"], document["last_at"], document["locked_until"])


def _login(document: Document) -> LoginToken:
    generation = document.get("generation", 1)
    return LoginToken(document["uuid"], generation, document["expires_at"], document["claimed_by"])


def _is_in_maintenance(live: Document, now: datetime) -> bool:
    """Whether an admin has switched maintenance on, or a technician is at work."""
    return bool(live.get("is_maintenance_mode")) or machines.maintenance(live, now) is not None


def _session(live: Document) -> UserSession | None:
    """The session in a machine's live state, or None."""
    session = live.get("session")
    if not session:
        return None
    return UserSession(session["session_id"], session["user_id"], parse(session["started_at"]))
