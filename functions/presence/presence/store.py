"""Where presence is kept.

courses/{course}                                       its name, and who teaches it
courses/{course}/sessions/{session}                    open or not, its last token, when it stopped
courses/{course}/sessions/{session}/presences/{user}   who came, when, with what
courses/{course}/sessions/{session}/marks/{mark}       what was entered by hand, and why
rosters/{course}                                       who belongs to a course
tokens/{token}                                         the session that a token opens, until its TTL
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from presence import rules
from presence.errors import SessionNotFound
from presence.rules import (
    CHECKED_IN,
    RETENTION,
    Mark,
    Presence,
    Session,
    State,
    Token,
)
from shared.base.accounts import Account
from shared.base.errors import Conflict, Invalid
from shared.base.timestamps import fixed
from shared.domain import courses, enrolment, rosters
from shared.domain.courses import Course
from shared.domain.rosters import Student
from shared.google import accounts
from shared.google.firestore import (
    AlreadyExists,
    Database,
    Filter,
    PreconditionFailed,
)
from shared.google.writes import Write

MOST_LISTED = 1_000
MOST_EXPORTED = 5_000  # records of one session
ATTEMPTS = 4  # at a change of a record, while others change it

# The record (None where there is none) and an entry in; both as they are stored out, or None.
Change = Callable[[Presence | None, Session, Mark], tuple[Presence, Mark] | None]


class Store:
    """The presence group's only way to Firestore and to the account service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def account(self, text: str) -> Account | None:
        """The account with this e-mail address or, without an @, this uid. No RPC."""
        service = accounts.directory()
        with suppress(Invalid):  # the service cannot read it
            return service.by_email(text) if "@" in text else service.by_uid(text)
        return None

    def accounts(self, uids: Sequence[str]) -> list[Account]:
        """Those of these accounts that there are, in any order. No RPC."""
        with suppress(Invalid):
            return accounts.directory().many(uids)
        return []

    def add_token(self, token: Token) -> bool:
        """Stores a new token and opens its session. False if there is such a token already.

        1 RPC, 2 writes.
        """
        issued = {
            **_ids(token.session),
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
        }
        document = {**issued, "token": token.token, "purge_at": token.issued_at + RETENTION}
        try:
            self._database.commit(
                Write.create(self._token_path(token.token), document),
                Write.set(self._session_path(token.session), {**issued, "open": True}, merge=True),
            )
        except AlreadyExists:
            return False
        return True

    def state(self, session: Session) -> State:
        """What is stored of a session. 1 RPC, 1 read."""
        return _state(self._database.get(self._session_path(session)))

    def find_token(
        self, token: str, session: Session, *, token_first: bool
    ) -> tuple[Token | None, State]:
        """The token, if there is one, and the state of the session. 1 RPC, 2 reads.

        `token_first` keeps guesses away from the one session document: it is read only for a
        token that exists. 1 read for a wrong token.
        """
        path = self._token_path(token)
        if token_first and self._database.get(path) is None:
            return None, State()
        document, state = self._database.get_all([path, self._session_path(session)])
        return _token(document) if document else None, _state(state)

    def add_presence(self, presence: Presence) -> Presence:
        """Records a check-in once. Returns the stored record: the first time and device stay.

        1 RPC, 1 write. For a user who is there already 2 RPCs, 1 read; with a new device 3 RPCs,
        1 read, 1 write, and 2 RPCs, 1 read more for each attempt (at most ATTEMPTS) while others
        change the record.
        """
        path = self._presence_path(presence.session, presence.user_id)
        try:
            self._database.commit(Write.create(path, _record(presence)))
        except AlreadyExists:
            return self._add_device(path, presence.device_id)
        return presence

    def _add_device(self, path: str, device_id: str) -> Presence:
        """The stored record; its device is noted there unless others keep changing the record."""
        for _ in range(ATTEMPTS):
            document, update_time = self._database.get_with_update_time(path)
            if document is None:
                raise Conflict  # deleted meanwhile (`dev.py forget`): a retry creates it
            stored = _presence(document)
            devices = rules.with_device(stored, device_id).devices
            if devices == stored.devices:
                break
            with suppress(PreconditionFailed):
                fields = {**document, "devices": devices}
                self._database.commit(Write.replace(path, fields, update_time))
                break
        return stored

    def presence(self, session: Session, user_id: str) -> Presence | None:
        """One user's record, or None. 1 RPC, 1 read."""
        document = self._database.get(self._presence_path(session, user_id))
        return _presence(document) if document else None

    def presences(self, session: Session) -> tuple[int, list[Presence]]:
        """(total, records): how many are present, and who is, of the first MOST_LISTED (1,000).

        1 RPC, 1 read a record; for MOST_LISTED records 2 RPCs: a count too.
        """
        parent = self._session_path(session)
        documents = self._database.query(
            parent, "presences", order_by="checked_in_at", limit=MOST_LISTED
        )
        more = len(documents) == MOST_LISTED
        checked_in: list[Filter] = [("status", "==", CHECKED_IN)]
        total = self._database.count(parent, "presences", checked_in) if more else None
        present = [record for record in map(_presence, documents) if record.is_present]
        return total if total is not None else len(present), present

    def mark(self, session: Session, mark: Mark, change: Change = rules.apply_mark) -> None:
        """Enters by hand what `change` makes of a record, and keeps the entry for good.

        3 RPCs, 2 reads, 2 writes; the same entry again 2 RPCs, 2 reads, no write. As much again
        for each attempt (at most ATTEMPTS) while others change the record. Raises SessionNotFound,
        and Conflict after the last attempt.
        """
        path = self._presence_path(session, mark.user_id)
        for _ in range(ATTEMPTS):
            if self._database.get(self._session_path(session)) is None:
                raise SessionNotFound
            document, update_time = self._database.get_with_update_time(path)
            marked = change(_presence(document) if document else None, session, mark)
            if marked is None:
                return
            record, entry = marked
            with suppress(PreconditionFailed):
                self._database.commit(
                    Write.replace(path, _record(record), update_time),
                    Write.create(self._mark_path(session, entry), asdict(entry)),
                )
                return
        raise Conflict

    def records(self, session: Session) -> list[Presence]:
        """The records of a session, absent ones too, oldest first, at most MOST_EXPORTED (5,000).

        1 RPC, 1 read a record.
        """
        documents = self._database.query(
            self._session_path(session), "presences", order_by="checked_in_at", limit=MOST_EXPORTED
        )
        return [_presence(fields) for fields in documents]

    def marks(self, session: Session) -> list[Mark]:
        """The entries by hand of a session, oldest first, at most MOST_EXPORTED (5,000).

        1 RPC, 1 read an entry.
        """
        documents = self._database.query(
            self._session_path(session), "marks", order_by="at", limit=MOST_EXPORTED
        )
        return [Mark(**fields) for fields in documents]

    def sessions(self, course_id: str) -> list[Session]:
        """The sessions of a course, at most MOST_LISTED (1,000). 1 RPC, 1 read a session."""
        documents = self._database.query(
            self._course_path(course_id),
            "sessions",
            order_by="session_id",
            limit=MOST_LISTED,
        )
        return [Session(fields["course_id"], fields["session_id"]) for fields in documents]

    def teachers(self, course_id: str) -> tuple[str, ...]:
        """The uids of a course's teachers; none where there is no course. 1 RPC, 1 read."""
        document = self._database.get(self._course_path(course_id))
        return courses.from_document(course_id, document).teachers

    def change_course(self, course_id: str, change: Callable[[Course], Course]) -> Course:
        """As `enrolment.change_course`. 2 RPCs, 1 read, 1 write; unchanged 1 RPC, 1 read."""
        return enrolment.change_course(self._database, course_id, change)

    def roster(self, course_id: str) -> list[Student]:
        """Who belongs to a course, in the order of the file they came in. 1 RPC, 1 read."""
        return rosters.from_document(self._database.get(self._database.path("rosters", course_id)))

    def set_roster(self, course_id: str, students: list[Student], now: datetime) -> None:
        """Replaces the roster of a course. 1 RPC, 1 write. Raises DocumentTooLarge."""
        fields = rosters.to_document(course_id, students, now)
        self._database.commit(Write.set(self._database.path("rosters", course_id), fields))

    def close(self, session: Session, now: datetime) -> None:
        """Closes a session until its next token. 1 RPC, 1 write."""
        fields = {**_ids(session), "open": False, "stopped_at": now}
        self._database.commit(Write.set(self._session_path(session), fields, merge=True))

    def open_sessions(self, course_id: str | None, oldest: datetime) -> list[dict[str, Any]]:
        """Open sessions of one course or of all, latest token first, at most MOST_LISTED (1,000).

        Those whose latest token is older than `oldest` have closed. 1 RPC, 1 read a session.
        """
        parts = ("courses", course_id) if course_id else ()
        return self._database.query(
            self._database.path(*parts),
            "sessions",
            where=[("open", "==", True), ("issued_at", ">=", oldest)],
            order_by="issued_at",
            descending=True,
            limit=MOST_LISTED,
            collection_group=course_id is None,
        )

    def _course_path(self, course_id: str) -> str:
        return self._database.path("courses", course_id)

    def _token_path(self, token: str) -> str:
        return self._database.path("tokens", token)

    def _session_path(self, session: Session) -> str:
        return self._database.path("courses", session.course_id, "sessions", session.session_id)

    def _presence_path(self, session: Session, user_id: str) -> str:
        return self._database.path(
            "courses", session.course_id, "sessions", session.session_id, "presences", user_id
        )

    def _mark_path(self, session: Session, mark: Mark) -> str:
        """Sorts by time; the same entry at the same moment is the same document."""
        path = ("courses", session.course_id, "sessions", session.session_id, "marks")
        return self._database.path(*path, f"{fixed(mark.at)}-{mark.mark_id}")


def _ids(session: Session) -> dict[str, Any]:
    return {"course_id": session.course_id, "session_id": session.session_id}


def _state(fields: dict[str, Any] | None) -> State:
    fields = fields or {}
    return State(fields.get("open", False), fields.get("issued_at"), fields.get("stopped_at"))


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
