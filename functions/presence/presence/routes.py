"""The presence endpoints, each as its line in the contract reads.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint

from presence import console, rules
from presence.access import require_teacher
from presence.errors import SessionClosed
from presence.group import Group
from presence.requests import (
    ActiveRequest,
    CheckInRequest,
    GenerateRequest,
    ListRequest,
    SessionRequest,
    StatusRequest,
)
from presence.rules import Presence
from shared.base import clock
from shared.base.timestamps import text
from shared.domain.sessions import oldest_code
from shared.web import app_check, auth
from shared.web.app import Api
from shared.web.auth import Caller
from shared.web.client import client_address
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import OkEnvelope

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
    from shared.web.answers import Answer

DRAWS = 3  # of a token, before we give up: two equal draws are one in 10⁹

routes = Blueprint("presence", __name__)


def create_app(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    choice: Callable[[str], str] = secrets.choice,
) -> Api:
    """The presence group on this store, by this clock, with tokens drawn by `choice`."""
    app = app_check.attested(Api("presence", "/presence", OkEnvelope()))
    mount(app, store, now, choice)
    return app


def mount(
    app: Api,
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    choice: Callable[[str], str] = secrets.choice,
    url_prefix: str = "",
) -> None:
    """Adds the group's endpoints to an app."""
    group = Group(store, now, choice)
    app.mount(routes, group, url_prefix)
    app.mount(console.routes, group, url_prefix)


@routes.post("/qr/generate")
@endpoint(GenerateRequest, caller=auth.instructor)
def generate(group: Group, caller: Caller, request: GenerateRequest) -> Answer[Generated]:
    require_teacher(group, caller, request.course_id, claims=True)
    store, now = group.store(), group.now()
    if request.renew and not store.state(request.session).is_open(oldest_code(now)):
        raise SessionClosed
    for _ in range(DRAWS):
        token = rules.new_token(request.session, request.ts, now, group.choice)
        if store.add_token(token):
            return data({"qr_token": token.token, "expires_at": text(token.expires_at)})
    raise RuntimeError("no free token was drawn")


@routes.post("/checkin")
@endpoint(CheckInRequest, caller=auth.caller)
def checkin(group: Group, caller: Caller, request: CheckInRequest) -> Answer[CheckedIn]:
    caller.require_user(request.user_id)
    now, store, session = group.now(), group.store(), request.session
    with group.guesses.counted(client_address(), session, now) as is_suspicious:
        token_text = rules.read_token(request.qr_token)
        token, state = store.find_token(token_text, session, token_first=is_suspicious)
        is_open = state.takes(token, oldest_code(now))
        rules.require_valid_token(token, session, is_open, request.ts, now)
    presence = store.add_presence(
        rules.new_presence(session, request.user_id, request.device_id, request.ts, now)
    )
    rules.require_not_marked_absent(presence)
    return data({"presence_id": presence.presence_id, "status": presence.status})


@routes.get("/status")
@endpoint(StatusRequest, caller=auth.caller)
def status(group: Group, caller: Caller, request: StatusRequest) -> Answer[PresenceStatus]:
    caller.require_user(request.user_id)
    presence = group.store().presence(request.session, request.user_id)
    return data(
        {
            "user_id": request.user_id,
            "course_id": request.course_id,
            "session_id": request.session_id,
            "status": presence.status if presence else rules.ABSENT,
            "last_ts": text(presence.ts) if presence and presence.is_present else None,
        }
    )


@routes.get("/list")
@endpoint(ListRequest, caller=auth.instructor)
def list_presences(group: Group, caller: Caller, request: ListRequest) -> Answer[PresenceList]:
    require_teacher(group, caller, request.course_id)
    total, presences = group.store().presences(request.session)
    ordered = rules.oldest_first(presences)
    flagged = zip(ordered, rules.flags(ordered), strict=True)
    items = [_item(presence, flags) for presence, flags in flagged]
    return data({"total": total, "items": items[: request.limit]})


@routes.post("/qr/stop")
@endpoint(SessionRequest, caller=auth.instructor)
def stop(group: Group, caller: Caller, request: SessionRequest) -> Answer[Stopped]:
    require_teacher(group, caller, request.course_id)
    group.store().close(request.session, group.now())
    return data({"status": "stopped"})


@routes.get("/sessions/active")
@endpoint(ActiveRequest, allow=auth.caller)
def active(group: Group, request: ActiveRequest) -> Answer[OpenSessions]:
    oldest = oldest_code(group.now())
    items: list[OpenSession] = [
        {
            "course_id": session["course_id"],
            "session_id": session["session_id"],
            "status": "open",
            "issued_at": text(session["issued_at"]),
            "expires_at": text(session["expires_at"]),
        }
        for session in group.store().open_sessions(request.course_id, oldest)
    ]
    return data({"total": len(items), "items": items})


def _item(presence: Presence, flags: list[str]) -> PresenceItem:
    return {
        "presence_id": presence.presence_id,
        "user_id": presence.user_id,
        "device_id": presence.device_id,
        "ts": text(presence.ts),
        "status": presence.status,
        "flags": flags,
    }
