"""The endpoints behind the instructor's console.

They show names and change records: each needs an instructor's ID token, in open mode too.
What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from presence import files, rosters, rules, sheets
from presence.group import Group
from presence.requests import CourseRequest, ExportRequest, MarkRequest, RosterRequest
from presence.rules import Mark, Session
from shared.web import auth
from shared.web.auth import INSTRUCTOR, User
from shared.web.endpoints import data, endpoint

if TYPE_CHECKING:
    from presence.answers import CourseName, ImportedRoster, MarkedRecord
    from presence.store import Store
    from shared.web.answers import Answer

DELIMITERS = {"id": ";", "en": ","}  # as Excel separates in these languages

routes = Blueprint("presence_console", __name__)


def instructor(_group: object) -> User:
    """The holder of an instructor's token, in both modes. Raises Unauthorized, Forbidden."""
    user = auth.user()
    user.require_role(INSTRUCTOR)
    return user


@routes.post("/courses")
@endpoint(CourseRequest, allow=instructor)
def course(group: Group, request: CourseRequest) -> Answer[CourseName]:
    group.store().set_course(request.course_id, request.name)
    return data({"course_id": request.course_id, "name": request.name})


@routes.post("/roster")
@endpoint(RosterRequest, allow=instructor)
def roster(group: Group, request: RosterRequest) -> Answer[ImportedRoster]:
    students = rosters.read(request.csv)
    store = group.store()
    before = {student.user_id for student in store.roster(request.course_id)}
    store.set_roster(request.course_id, students, group.now())
    after = {student.user_id for student in students}
    return data({"total": len(after), "added": len(after - before), "removed": len(before - after)})


@routes.post("/mark")
@endpoint(MarkRequest, caller=instructor)
def mark(group: Group, user: User, request: MarkRequest) -> Answer[MarkedRecord]:
    entry = Mark(
        user_id=request.user_id,
        status=request.status,
        was=rules.ABSENT,
        reason=request.reason,
        by=user.uid,
        by_name=_display_name(user),
        at=group.now(),
    )
    group.store().mark(request.session, entry)
    return data({"user_id": request.user_id, "status": request.status})


@routes.get("/export")
@endpoint(ExportRequest, allow=instructor)
def export(group: Group, request: ExportRequest) -> Response:
    sheet = _sheet(group.store(), request)
    if request.format == "xlsx":
        content = files.as_xlsx(sheet)
    else:
        content = files.as_csv(sheet, DELIMITERS[request.lang])
    name = _file_name("-".join(filter(None, [request.course_id, request.session_id])))
    disposition = f'attachment; filename="{name}.{request.format}"'
    headers = {"Content-Type": files.TYPES[request.format], "Content-Disposition": disposition}
    return Response(content, headers=headers)


def _sheet(store: Store, request: ExportRequest) -> sheets.Sheet:
    roster = store.roster(request.course_id)
    if request.session_id:
        session = Session(request.course_id, request.session_id)
        offset = timedelta(minutes=request.utc_offset)
        records, marks = store.records(session), store.marks(session)
        return sheets.of_session(roster, records, marks, request.lang, offset)
    sessions = {session: store.records(session) for session in store.sessions(request.course_id)}
    return sheets.of_course(roster, sessions, request.lang)


def _display_name(user: User) -> str:
    """The name that an entry by hand is signed with."""
    return str(user.claims.get("name") or user.claims.get("email") or user.uid)


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "presence"
