"""What the handlers of the group work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from presence.guesses import Guesses
from presence.rules import Course
from shared.base import clock
from shared.web.cache import Cache

if TYPE_CHECKING:
    from presence.store import Store

TEACHERS_LIFE = timedelta(minutes=1)  # until an instance reads who teaches a course again


@dataclass(frozen=True)
class Group:
    """The store, the clock, a source of chance, and what one instance remembers.

    `choice` draws a letter of a text. `guesses` counts wrong tokens. `known_teachers`: by course.
    """

    store: Callable[[], Store]
    now: clock.Clock
    choice: Callable[[str], str]
    guesses: Guesses = field(default_factory=Guesses)
    known_teachers: Cache[tuple[str, ...]] = field(default_factory=lambda: Cache(TEACHERS_LIFE))

    def teachers(self, course_id: str) -> tuple[str, ...]:
        """Who teaches a course. 1 RPC, 1 read for each course and TEACHERS_LIFE."""
        return self.known_teachers.get(
            course_id, self.now(), lambda: self.store().teachers(course_id)
        )

    def change_course(self, course_id: str, change: Callable[[Course], Course]) -> Course:
        """As the store does it; what this instance knew of the teachers is forgotten."""
        try:
            return self.store().change_course(course_id, change)
        finally:
            self.known_teachers.drop(course_id)
