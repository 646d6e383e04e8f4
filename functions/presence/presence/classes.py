"""The endpoints behind the instructor's console. They show names and change records, so each asks
for an instructor's token, in open mode too."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from flask import Response
from pydantic import BeforeValidator, Field

from presence import files, rosters, rules, sheets
from presence.rules import Mark, Session
from shared import clock
from shared.app import Endpoints, body, data, query
from shared.auth import INSTRUCTOR, Caller, caller
from shared.envelopes import Json
from shared.fields import Fields, OptionalText, Text

if TYPE_CHECKING:
    from presence.store import Store

LONGEST_FILE = 500_000  # characters of a roster
FURTHEST = 14 * 60  # minutes that a clock on earth is off from UTC
DELIMITERS = {"id": ";", "en": ","}  # as Excel separates in these languages
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Course(Fields):
    course_id: Text
    name: Text


class Roster(Fields):
    course_id: Text
    csv: Annotated[str, Field(max_length=LONGEST_FILE)]


class Entry(Fields):
    course_id: Text
    session_id: Text
    user_id: Text
    status: Literal["checked_in", "absent"]
    reason: Text


class Export(Fields):
    course_id: Text
    session_id: OptionalText = None
    format: Literal["csv", "xlsx"] = "csv"
    lang: Literal["id", "en"] = "id"
    utc_offset: Annotated[
        int, Field(ge=-FURTHEST, le=FURTHEST), BeforeValidator(lambda value: value or 0)
    ] = 0


def add(app: Endpoints, store: Callable[[], Store], now: clock.Clock) -> None:
    """Adds these endpoints to the presence group."""

    @app.post("/courses")
    def course() -> Json:
        _instructor()
        asked = body(Course)
        store().put_course(asked.course_id, asked.name)
        return data({"course_id": asked.course_id, "name": asked.name})

    @app.post("/roster")
    def roster() -> Json:
        _instructor()
        asked = body(Roster)
        students = rosters.read(asked.csv)
        before = {student.user_id for student in store().roster(asked.course_id)}
        store().put_roster(asked.course_id, students, now())
        after = {student.user_id for student in students}
        return data(
            {"total": len(after), "added": len(after - before), "removed": len(before - after)}
        )

    @app.post("/mark")
    def mark() -> Json:
        instructor = _instructor()
        asked = body(Entry)
        entry = Mark(
            asked.user_id, asked.status, rules.ABSENT, asked.reason,
            by=instructor.uid, by_name=_name(instructor), at=now(),
        )  # fmt: skip
        store().mark(Session(asked.course_id, asked.session_id), entry, rules.marked)
        return data({"user_id": asked.user_id, "status": asked.status})

    @app.get("/export")
    def export() -> Response:
        _instructor()
        asked = query(Export)
        sheet = _sheet(store(), asked)
        if asked.format == "xlsx":
            content = files.as_xlsx(sheet)
        else:
            content = files.as_csv(sheet, DELIMITERS[asked.lang])
        name = _file_name("-".join(filter(None, [asked.course_id, asked.session_id])))
        disposition = f'attachment; filename="{name}.{asked.format}"'
        headers = {"Content-Type": TYPES[asked.format], "Content-Disposition": disposition}
        return Response(content, headers=headers)


def _instructor() -> Caller:
    found = caller()
    found.role(INSTRUCTOR)
    return found


def _sheet(store: Store, asked: Export) -> sheets.Sheet:
    roster = store.roster(asked.course_id)
    if asked.session_id:
        session, offset = (
            Session(asked.course_id, asked.session_id),
            timedelta(minutes=asked.utc_offset),
        )
        records, marks = store.records(session), store.marks(session)
        return sheets.of_session(roster, records, marks, asked.lang, offset)
    found = {session: store.records(session) for session in store.sessions(asked.course_id)}
    return sheets.of_course(roster, found, asked.lang)


def _name(instructor: Caller) -> str:
    """How an entry by hand is signed."""
    claims = instructor.claims
    return str(claims.get("name") or claims.get("email") or instructor.uid)


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "presence"
