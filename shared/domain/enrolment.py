"""Changes of a course or of its roster, which others may change at the same time."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from shared.base.errors import Conflict
from shared.domain import courses, rosters
from shared.domain.courses import Course
from shared.domain.rosters import Student
from shared.google.firestore import Database, PreconditionFailed
from shared.google.values import Document
from shared.google.writes import Write

ATTEMPTS = 4

Change = Callable[[list[Student]], list[Student]]
T = TypeVar("T")


def change_roster(
    database: Database, course_id: str, change: Change, now: datetime
) -> list[Student]:
    """Stores what `change` makes of a roster. 2 RPCs, 1 read, 1 write; unchanged 1 RPC, 1 read.

    As much again for each attempt (at most ATTEMPTS) while others change it. Raises what `change`
    raises, Invalid for too many students, and Conflict after the last attempt.
    """

    def changed(document: Document | None) -> tuple[list[Student], Document | None]:
        stored = rosters.from_document(document)
        students = change(stored)
        if students == stored:
            return stored, None
        rosters.require_room(students)
        return students, rosters.to_document(course_id, students, now)

    return _change(database, database.path("rosters", course_id), changed)


def change_course(database: Database, course_id: str, change: Callable[[Course], Course]) -> Course:
    """Stores what `change` makes of a course; without a document it is named by its id.

    2 RPCs, 1 read, 1 write; 1 RPC, 1 read where nothing changes. As much again for each attempt (at
    most ATTEMPTS) while others change the course. Raises what `change` raises, and Conflict after
    the last attempt.
    """

    def changed(document: Document | None) -> tuple[Course, Document | None]:
        stored = courses.from_document(course_id, document)
        course = change(stored)
        return course, None if course == stored else asdict(course)

    return _change(database, database.path("courses", course_id), changed)


def _change(
    database: Database,
    path: str,
    change: Callable[[Document | None], tuple[T, Document | None]],
) -> T:
    """The result of a change, once its fields are stored; those that it does not name stay."""
    for _ in range(ATTEMPTS):
        document, update_time = database.get_with_update_time(path)
        result, fields = change(document)
        if fields is None:
            return result
        with suppress(PreconditionFailed):
            database.commit(Write.replace(path, {**(document or {}), **fields}, update_time))
            return result
    raise Conflict
