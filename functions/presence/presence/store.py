"""Where presence is kept.

courses/{course}                                       its name
courses/{course}/sessions/{session}                    open or not, since when
courses/{course}/sessions/{session}/presences/{user}   who came, when, with what
courses/{course}/sessions/{session}/marks/{mark}       what was entered by hand, and why
rosters/{course}                                       who belongs to a course
tokens/{code}                                          what a code opens, until its TTL
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from presence.rosters import Student
from presence.rules import CHECKED_IN, KEPT, Mark, Presence, Session, SessionNotFound, Token
from shared.documents import (
    AlreadyExists,
    Changed,
    Database,
    Filter,
    Refused,
    create,
    merge,
    put,
    replace,
)
from shared.errors import Conflict
from shared.timestamps import fixed

MOST_LISTED = 1_000
MOST_EXPORTED = 5_000  # records of one session
ATTEMPTS = 4  # at an entry by hand, while a scan changes the same record


class Store:
    """The presence group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_token(self, token: Token) -> bool:
        """Keeps a new code and opens its session. False where the code is taken already.

        1 RPC, 2 writes.
        """
        fields = _ids(token.session)
        kept = {
            "token": token.token,
            **fields,
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
            "purge_at": token.issued_at + KEPT,
        }
        opened = {
            **fields,
            "open": True,
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
        }
        try:
            self._database.commit(
                create(self._database.name("tokens", token.token), kept),
                merge(self._session(token.session), opened),
            )
        except AlreadyExists:
            return False
        return True

    def is_open(self, session: Session) -> bool:
        """Whether a session takes check-ins. 1 RPC, 1 read."""
        found = self._database.get(self._session(session))
        return bool(found and found.get("open"))

    def find(self, code: str, session: Session, *, token_first: bool) -> tuple[Token | None, bool]:
        """What the code opens, and whether the session is open. 1 RPC, 2 reads.

        `token_first` keeps guesses away from the one session document: it is read only for a
        code that exists. 1 read for a wrong code.
        """
        name = self._database.name("tokens", code)
        if token_first and self._database.get(name) is None:
            return None, False
        token, state = self._database.get_all([name, self._session(session)])
        return _token(token) if token else None, bool(state and state["open"])

    def add_presence(self, presence: Presence) -> Presence:
        """Records a check-in once, and returns what stands: the first time and device stay.

        1 RPC, 1 write; for a user who is there already 3 RPCs, 1 read, and 1 write if the device
        is a new one.
        """
        name = self._presence(presence.session, presence.user_id)
        try:
            self._database.commit(create(name, _record(presence)))
        except AlreadyExists:
            found = self._database.get(name)
            if found is None:
                raise Conflict from None  # nobody deletes records; then a retry makes it
            if presence.device_id not in found["devices"]:
                with suppress(Refused):  # thousands of devices already: one more says nothing new
                    self._database.commit(merge(name, {}, union={"devices": presence.devices}))
            return _presence(found)
        return presence

    def presence(self, session: Session, user_id: str) -> Presence | None:
        """One user's record, or None. 1 RPC, 1 read."""
        found = self._database.get(self._presence(session, user_id))
        return _presence(found) if found else None

    def presences(self, session: Session) -> tuple[int, list[Presence]]:
        """How many came, and the first thousand of them. 1 RPC, a read each; 2 RPCs for more."""
        parent = self._session(session)
        found = self._database.query(
            parent, "presences", order_by="checked_in_at", limit=MOST_LISTED
        )
        more = len(found) == MOST_LISTED
        there: list[Filter] = [("status", "==", CHECKED_IN)]
        total = self._database.count(parent, "presences", there) if more else None
        present = [record for record in map(_presence, found) if record.is_there]
        return total if total is not None else len(present), present

    def mark(
        self,
        session: Session,
        mark: Mark,
        change: Callable[[Presence | None, Session, Mark], tuple[Presence, Mark] | None],
    ) -> None:
        """Enters by hand what `change` makes of a record, with the entry itself for good.

        2 RPCs, 2 reads, 2 writes. Raises SessionNotFound, and Conflict where
        others change the record all along.
        """
        name = self._presence(session, mark.user_id)
        for _ in range(ATTEMPTS):
            if self._database.get(self._session(session)) is None:
                raise SessionNotFound
            found, version = self._database.get_with_version(name)
            changed = change(_presence(found) if found else None, session, mark)
            if changed is None:
                return
            record, entry = changed
            with suppress(Changed):
                self._database.commit(
                    replace(name, _record(record), version),
                    create(self._mark(session, entry), asdict(entry)),
                )
                return
        raise Conflict

    def records(self, session: Session) -> list[Presence]:
        """Every record of a session, absent ones too, the oldest first. 1 RPC, a read each."""
        found = self._database.query(
            self._session(session), "presences", order_by="checked_in_at", limit=MOST_EXPORTED
        )
        return [_presence(fields) for fields in found]

    def marks(self, session: Session) -> list[Mark]:
        """The entries by hand of a session, the oldest first. 1 RPC, a read each."""
        found = self._database.query(
            self._session(session), "marks", order_by="at", limit=MOST_EXPORTED
        )
        return [Mark(**fields) for fields in found]

    def sessions(self, course_id: str) -> list[Session]:
        """Every session of a course. 1 RPC, a read each."""
        found = self._database.query(
            self._database.name("courses", course_id),
            "sessions",
            order_by="session_id",
            limit=MOST_LISTED,
        )
        return [Session(fields["course_id"], fields["session_id"]) for fields in found]

    def put_course(self, course_id: str, name: str) -> None:
        """Makes a course, or gives it another name. 1 RPC, 1 write."""
        fields = {"course_id": course_id, "name": name}
        self._database.commit(merge(self._database.name("courses", course_id), fields))

    def roster(self, course_id: str) -> list[Student]:
        """Who belongs to a course, in the order of the file they came in. 1 RPC, 1 read."""
        found = self._database.get(self._database.name("rosters", course_id))
        return [Student(**student) for student in found["students"]] if found else []

    def put_roster(self, course_id: str, students: list[Student], now: Any) -> None:
        """Takes these students for those of the course. 1 RPC, 1 write. Raises Refused."""
        fields = {
            "course_id": course_id,
            "students": [student._asdict() for student in students],
            "imported_at": now,
        }
        self._database.commit(put(self._database.name("rosters", course_id), fields))

    def close(self, session: Session, now: Any) -> None:
        """Closes a session until its next code. 1 RPC, 1 write."""
        fields = {**_ids(session), "open": False, "stopped_at": now}
        self._database.commit(merge(self._session(session), fields))

    def open_sessions(self, course_id: str | None) -> list[dict[str, Any]]:
        """Open sessions, of one course or of all, the latest code first. 1 RPC, a read each."""
        parts = ("courses", course_id) if course_id else ()
        return self._database.query(
            self._database.name(*parts),
            "sessions",
            where=[("open", "==", True)],
            order_by="issued_at",
            descending=True,
            limit=MOST_LISTED,
            everywhere=course_id is None,
        )

    def _session(self, session: Session) -> str:
        return self._database.name("courses", session.course_id, "sessions", session.session_id)

    def _presence(self, session: Session, user_id: str) -> str:
        return self._database.name(
            "courses", session.course_id, "sessions", session.session_id, "presences", user_id
        )

    def _mark(self, session: Session, mark: Mark) -> str:
        """Sorts by time; the same entry at the same moment is the same document."""
        path = ("courses", session.course_id, "sessions", session.session_id, "marks")
        return self._database.name(*path, f"{fixed(mark.at)}-{mark.mark_id}")


def _ids(session: Session) -> dict[str, Any]:
    return {"course_id": session.course_id, "session_id": session.session_id}


def _token(fields: dict[str, Any]) -> Token:
    session = Session(fields["course_id"], fields["session_id"])
    return Token(fields["token"], session, fields["issued_at"], fields["expires_at"])


def _record(presence: Presence) -> dict[str, Any]:
    return {
        "presence_id": presence.presence_id,
        "user_id": presence.user_id,
        **_ids(presence.session),
        "device_id": presence.device_id,
        "devices": presence.devices,
        "status": presence.status,
        "ts": presence.ts,
        "checked_in_at": presence.checked_in_at,
        **({"mark": presence.mark} if presence.mark else {}),
    }


def _presence(fields: dict[str, Any]) -> Presence:
    return Presence(
        Session(fields["course_id"], fields["session_id"]),
        fields["user_id"],
        fields["device_id"],
        fields["ts"],
        fields["checked_in_at"],
        tuple(fields["devices"]),
        fields["status"],
        fields.get("mark", ""),
    )
