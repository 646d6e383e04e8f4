"""Changes of a roster that others may change at the same time."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from shared.base.errors import Conflict
from shared.domain import rosters
from shared.domain.rosters import Student
from shared.google.firestore import Database, PreconditionFailed
from shared.google.writes import Write

ATTEMPTS = 4

Change = Callable[[list[Student]], list[Student]]


def change_roster(
    database: Database, course_id: str, change: Change, now: datetime
) -> list[Student]:
    """Stores what `change` makes of a roster. 2 RPCs, 1 read, 1 write; unchanged 1 RPC, 1 read.

    As much again for each attempt (at most ATTEMPTS) while others change it. Raises what `change`
    raises, Invalid for too many students, and Conflict after the last attempt.
    """
    path = database.path("rosters", course_id)
    for _ in range(ATTEMPTS):
        document, update_time = database.get_with_update_time(path)
        stored = rosters.from_document(document)
        changed = change(stored)
        if changed == stored:
            return stored
        rosters.require_room(changed)
        with suppress(PreconditionFailed):
            fields = {**(document or {}), **rosters.to_document(course_id, changed, now)}
            database.commit(Write.replace(path, fields, update_time))
            return changed
    raise Conflict
