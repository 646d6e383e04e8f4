"""A course and its teachers, as several groups store it.

courses/{course}   its name, and who teaches it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.base.errors import Conflict

MOST_TEACHERS = 50


class TooManyTeachers(Conflict):
    """The course has 50 teachers already."""

    code = "too_many_teachers"


@dataclass(frozen=True, slots=True)
class Course:
    """A course; `teachers`: the uids of their accounts, none before somebody claims it."""

    course_id: str
    name: str
    teachers: tuple[str, ...] = ()


def from_document(course_id: str, fields: Mapping[str, Any] | None) -> Course:
    """A course as stored; without a document it is named by its id, and has no teacher."""
    fields = fields or {}
    return Course(course_id, fields.get("name", course_id), tuple(fields.get("teachers", ())))


def with_teacher(course: Course, uid: str) -> Course:
    """The course with this teacher too. Raises TooManyTeachers."""
    if uid in course.teachers:
        return course
    if len(course.teachers) >= MOST_TEACHERS:
        raise TooManyTeachers
    return replace(course, teachers=(*course.teachers, uid))
