"""The endpoints behind the instructor's console.

They show names and change records: each needs the ID token of a teacher of the course or of an
admin, in open mode too.
What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from presence import files, rules, sheets
from presence.access import instructor, require_teacher
from presence.errors import NotAnInstructor, TeacherNotFound
from presence.group import Group
from presence.requests import (
    CourseRequest,
    ExportRequest,
    MarkRequest,
    RosterRequest,
    TeacherRequest,
    TeachersRequest,
)
from presence.rules import Mark, Session
from shared.base.accounts import Account
from shared.base.roles import ADMIN, INSTRUCTOR
from shared.domain import rosters
from shared.domain.courses import with_teacher
from shared.web.auth import User
from shared.web.endpoints import data, endpoint

if TYPE_CHECKING:
    from presence.answers import (
        CourseName,
        ImportedRoster,
        MarkedRecord,
        RemovedTeacher,
        Teacher,
        Teachers,
    )
    from presence.store import Store
    from shared.web.answers import Answer

DELIMITERS = {"id": ";", "en": ","}  # as Excel separates in these languages

routes = Blueprint("presence_console", __name__)


@routes.post("/courses")
@endpoint(CourseRequest, caller=instructor)
def course(group: Group, user: User, request: CourseRequest) -> Answer[CourseName]:
    is_admin = user.role == ADMIN
    change = partial(rules.named, name=request.name, uid=user.uid, is_admin=is_admin)
    named = group.change_course(request.course_id, change)
    return data({"course_id": request.course_id, "name": named.name})


@routes.get("/teachers")
@endpoint(TeachersRequest, caller=instructor)
def teachers(group: Group, user: User, request: TeachersRequest) -> Answer[Teachers]:
    require_teacher(group, user, request.course_id)
    uids = group.teachers(request.course_id, user.uid)
    names = {account.uid: account.label for account in group.store().accounts(uids)}
    items: list[Teacher] = [{"uid": uid, "name": names.get(uid, uid)} for uid in uids]
    return data({"total": len(items), "items": items})


@routes.post("/teachers")
@endpoint(TeacherRequest, caller=instructor)
def add_teacher(group: Group, user: User, request: TeacherRequest) -> Answer[Teacher]:
    require_teacher(group, user, request.course_id)
    account = _account(group.store(), request.teacher)
    if account.role not in (INSTRUCTOR, ADMIN):
        raise NotAnInstructor
    group.change_course(request.course_id, partial(with_teacher, uid=account.uid))
    return data({"uid": account.uid, "name": account.label})


@routes.delete("/teachers")
@endpoint(TeacherRequest, caller=instructor)
def remove_teacher(group: Group, user: User, request: TeacherRequest) -> Answer[RemovedTeacher]:
    require_teacher(group, user, request.course_id)
    # A uid is removed without a look-up: its account may be gone.
    uid = (
        _account(group.store(), request.teacher).uid if "@" in request.teacher else request.teacher
    )
    group.change_course(request.course_id, partial(rules.without_teacher, uid=uid))
    return data({"uid": uid})


@routes.post("/roster")
@endpoint(RosterRequest, caller=instructor)
def roster(group: Group, user: User, request: RosterRequest) -> Answer[ImportedRoster]:
    require_teacher(group, user, request.course_id)
    read, store = rosters.read_lines(request.csv), group.store()
    stored = store.roster(request.course_id)
    students = [student for _, student in rosters.with_known_emails(read, stored)]
    rosters.require_room(students)
    store.set_roster(request.course_id, students, group.now())
    before = {student.user_id for student in stored}
    after = {student.user_id for student in students}
    return data({"total": len(after), "added": len(after - before), "removed": len(before - after)})


@routes.post("/mark")
@endpoint(MarkRequest, caller=instructor)
def mark(group: Group, user: User, request: MarkRequest) -> Answer[MarkedRecord]:
    require_teacher(group, user, request.course_id)
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
@endpoint(ExportRequest, caller=instructor)
def export(group: Group, user: User, request: ExportRequest) -> Response:
    require_teacher(group, user, request.course_id)
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


def _account(store: Store, text: str) -> Account:
    """The account with this e-mail address or uid. Raises TeacherNotFound, Unavailable."""
    account = store.account(text)
    if account is None:
        raise TeacherNotFound
    return account


def _display_name(user: User) -> str:
    """The name that an entry by hand is signed with."""
    return str(user.claims.get("name") or user.claims.get("email") or user.uid)


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "presence"
