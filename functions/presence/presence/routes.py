"""The presence endpoints, each as its line in the contract reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from presence import classes, rules
from presence.rules import Session, TokenInvalid, TokenMismatch
from shared import clock
from shared.app import Endpoints, body, client_address, data, query
from shared.auth import INSTRUCTOR, gate
from shared.envelopes import OkEnvelope
from shared.errors import TooMany
from shared.fields import Fields, OptionalLimit, OptionalText, OptionalTime, Text
from shared.limits import FailureLimit
from shared.timestamps import text

if TYPE_CHECKING:
    from presence.answers import (
        CheckedIn,
        Generated,
        OpenSession,
        OpenSessions,
        PresenceItem,
        PresenceList,
        PresenceStatus,
        Stopped,
    )
    from presence.store import Store
    from shared.answers import Answer

WRONG_TOKENS = 20  # from one address in one session
WRONG_TOKENS_ANYWHERE = 200  # from one address, whatever sessions it names
WRONG_TOKENS_WINDOW = timedelta(minutes=1)
DRAWS = 3  # of a code, before we say that we cannot: two draws alike are one in 10⁹


class TooManyAttempts(TooMany):
    """Too many wrong codes for one session from one address."""

    code = "too_many_attempts"


class SessionFields(Fields):
    course_id: Text
    session_id: Text

    @property
    def session(self) -> Session:
        return Session(self.course_id, self.session_id)


class Generate(SessionFields):
    ts: OptionalTime = None
    renew: bool = False  # a further code for a session that is open, and never opens one


class CheckIn(Fields):
    user_id: Text
    device_id: Text
    course_id: Text
    session_id: Text
    qr_token: Text
    ts: OptionalTime = None

    @property
    def session(self) -> Session:
        return Session(self.course_id, self.session_id)


class Status(Fields):
    user_id: Text
    course_id: Text
    session_id: Text


class List(SessionFields):
    limit: OptionalLimit = None


class Active(Fields):
    course_id: OptionalText = None


def create_app(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    choice: Callable[[str], str] = secrets.choice,
) -> Endpoints:
    """The presence group on this store, by this clock, with codes drawn by `choice`."""
    app = Endpoints("presence", "/presence", OkEnvelope())
    limits = (
        FailureLimit(WRONG_TOKENS, WRONG_TOKENS_WINDOW),
        FailureLimit(WRONG_TOKENS_ANYWHERE, WRONG_TOKENS_WINDOW),
    )

    @app.post("/qr/generate")
    def generate() -> Answer[Generated]:
        caller = gate()
        caller.role(INSTRUCTOR)
        asked = body(Generate)
        if asked.renew and not store().is_open(asked.session):
            raise rules.SessionClosed
        for _ in range(DRAWS):
            token = rules.new_token(asked.session, asked.ts, now(), choice)
            if store().add_token(token):
                return data({"qr_token": token.token, "expires_at": text(token.expires_at)})
        raise RuntimeError("no free code was drawn")

    @app.post("/checkin")
    def checkin() -> Answer[CheckedIn]:
        caller = gate()
        asked = body(CheckIn)
        caller.own(asked.user_id)
        moment = now()
        with _guesses_counted(limits, asked, moment) as suspicious:
            code = rules.read_token(asked.qr_token)
            token, is_open = store().find(code, asked.session, token_first=suspicious)
            rules.admit(token, asked.session, is_open, asked.ts, moment)
        presence = rules.new_presence(
            asked.session, asked.user_id, asked.device_id, asked.ts, moment
        )
        rules.confirm(store().add_presence(presence))
        return data({"presence_id": presence.presence_id, "status": presence.status})

    @app.get("/status")
    def status() -> Answer[PresenceStatus]:
        caller = gate()
        asked = query(Status)
        caller.own(asked.user_id)
        found = store().presence(Session(asked.course_id, asked.session_id), asked.user_id)
        return data(
            {
                "user_id": asked.user_id,
                "course_id": asked.course_id,
                "session_id": asked.session_id,
                "status": found.status if found else "absent",
                "last_ts": text(found.ts) if found and found.is_there else None,
            }
        )

    @app.get("/list")
    def list_presences() -> Answer[PresenceList]:
        gate().role(INSTRUCTOR)
        asked = query(List)
        total, found = store().presences(asked.session)
        ordered = rules.oldest_first(found)
        flagged = zip(ordered, rules.flags(ordered), strict=True)
        items: list[PresenceItem] = [
            {
                "presence_id": presence.presence_id,
                "user_id": presence.user_id,
                "device_id": presence.device_id,
                "ts": text(presence.ts),
                "status": presence.status,
                "flags": flags,
            }
            for presence, flags in flagged
        ]
        return data({"total": total, "items": items[: asked.limit]})

    @app.post("/qr/stop")
    def stop() -> Answer[Stopped]:
        gate().role(INSTRUCTOR)
        asked = body(SessionFields)
        store().close(asked.session, now())
        return data({"status": "stopped"})

    @app.get("/sessions/active")
    def active() -> Answer[OpenSessions]:
        gate().signed_in()
        found = store().open_sessions(query(Active).course_id)
        items: list[OpenSession] = [
            {
                "course_id": session["course_id"],
                "session_id": session["session_id"],
                "status": "open",
                "issued_at": text(session["issued_at"]),
                "expires_at": text(session["expires_at"]),
            }
            for session in found
        ]
        return data({"total": len(items), "items": items})

    classes.add(app, store, now)
    return app


@contextmanager
def _guesses_counted(
    limits: tuple[FailureLimit, FailureLimit], asked: CheckIn, moment: datetime
) -> Iterator[bool]:
    """Counts wrong codes; over a limit a wrong one answers 429, and a good one still opens.

    A class behind one address is never shut out by somebody who guesses among them. Yields
    whether this address is over a limit.
    """
    address = client_address()
    keys = ((address, asked.course_id, asked.session_id), (address,))
    counted = list(zip(limits, keys, strict=True))
    over = any(limit.retry_after(key, moment) > 0 for limit, key in counted)
    try:
        yield over
    except (TokenInvalid, TokenMismatch) as error:
        for limit, key in counted:
            limit.failed(key, moment)
        if over:
            waits = [limit.retry_after(key, moment) for limit, key in counted]
            raise TooManyAttempts(max(waits)) from error
        raise
