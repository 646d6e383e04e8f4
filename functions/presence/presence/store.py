"""Where presence is kept.

courses/{course}/sessions/{session}                    open or not, since when
courses/{course}/sessions/{session}/presences/{user}   who came, when, with what
tokens/{code}                                          what a code opens, until its TTL
"""

from contextlib import suppress
from typing import Any

from presence.rules import KEPT, Presence, Session, Token
from shared.documents import AlreadyExists, Database, Refused, create, merge

MOST_LISTED = 1_000


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

    def add_presence(self, presence: Presence) -> None:
        """Records a check-in once: the first time and device stay, later devices are noted.

        1 RPC, 1 write; for a user who is there already 2 RPCs, 1 write.
        """
        name = self._presence(presence.session, presence.user_id)
        fields = {
            "presence_id": presence.presence_id,
            "user_id": presence.user_id,
            **_ids(presence.session),
            "device_id": presence.device_id,
            "devices": presence.devices,
            "status": presence.status,
            "ts": presence.ts,
            "checked_in_at": presence.checked_in_at,
        }
        try:
            self._database.commit(create(name, fields))
        except AlreadyExists:
            with suppress(Refused):  # thousands of devices already: one more says nothing new
                self._database.commit(merge(name, {}, union={"devices": presence.devices}))

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
        total = self._database.count(parent, "presences") if more else len(found)
        return total, [_presence(fields) for fields in found]

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


def _ids(session: Session) -> dict[str, Any]:
    return {"course_id": session.course_id, "session_id": session.session_id}


def _token(fields: dict[str, Any]) -> Token:
    session = Session(fields["course_id"], fields["session_id"])
    return Token(fields["token"], session, fields["issued_at"], fields["expires_at"])


def _presence(fields: dict[str, Any]) -> Presence:
    return Presence(
        Session(fields["course_id"], fields["session_id"]),
        fields["user_id"],
        fields["device_id"],
        fields["ts"],
        fields["checked_in_at"],
        tuple(fields["devices"]),
        fields["status"],
    )
