"""What the handlers of the group work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from presence.guesses import Guesses
from shared.base import clock
from shared.domain.courses import Course
from shared.web.cache import Cache

if TYPE_CHECKING:
    from presence.store import Store

TEACHERS_LIFE = timedelta(minutes=1)  # a removed teacher is one elsewhere for so long at most


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

    def teachers(self, course_id: str, uid: str) -> tuple[str, ...]:
        """Who teaches a course. A list without `uid` is not believed for long: it is read again.

        1 RPC, 1 read for each course and TEACHERS_LIFE, and for each call without `uid` in it.
        """
        reads = 0

        def read() -> tuple[str, ...]:
            nonlocal reads
            reads += 1
            return self.store().teachers(course_id)

        known = self.known_teachers.get(course_id, self.now(), read)
        if uid in known or reads:
            return known
        self.known_teachers.drop(course_id)
        return self.known_teachers.get(course_id, self.now(), read)

    def change_course(self, course_id: str, change: Callable[[Course], Course]) -> Course:
        """As the store does it; what this instance knew of the teachers is forgotten."""
        try:
            return self.store().change_course(course_id, change)
        finally:
            self.known_teachers.drop(course_id)
