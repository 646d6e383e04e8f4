"""Documents that grow, filled to their bounds."""

from typing import Any

import pytest

from presence.rules import MOST_DEVICES, Session, new_presence
from presence.store import Store
from shared.base.errors import Invalid
from shared.domain import rosters
from shared.domain.rosters import LARGEST, MOST_STUDENTS, OVERHEAD, OVERHEAD_OF_EMAIL, Student
from shared.google.firestore import Database
from shared.google.values import encode_value
from tests.conftest import MovableClock
from tests.presence.clients import Classroom

LARGEST_DOCUMENT = 200_000  # bytes
LARGEST_ROSTER = 300_000  # it holds each id twice, and an address
WIDE = "😀"  # four bytes


def size(database: Database, *segments: str) -> int:
    """The bytes of a stored document in a message; more than Firestore counts for it."""
    path = database.path(*segments)
    return len(path) + int(encode_value(database.get(path)).ByteSize())


def test_the_devices_of_a_presence_are_bounded(classroom: Classroom) -> None:
    token = classroom.generate()
    first = classroom.checkin(token, "ani", device_id=WIDE * 200)
    for number in range(MOST_DEVICES + 5):
        answer = classroom.checkin(token, "ani", device_id=f"{number:03}" + WIDE * 197)
        assert (answer.status_code, answer.text) == (200, first.text)
    path = ("courses", "cloud-101", "sessions", "sesi-02", "presences", "ani")
    stored = classroom.database.get(classroom.database.path(*path)) or {}
    assert len(stored["devices"]) == MOST_DEVICES == 100
    assert stored["devices"][:2] == [WIDE * 200, "000" + WIDE * 197]
    assert size(classroom.database, *path) < LARGEST_DOCUMENT


def test_a_device_that_is_noted_in_the_middle_of_another_is_not_lost(
    database: Database, clock: MovableClock
) -> None:
    session = Session("cloud-101", "sesi-02")
    now, store = clock(), Store(database)
    store.add_presence(new_presence(session, "ani", "phone", None, now))

    class Busy:
        """The database, where somebody else checks in between a read and the next write."""

        def __init__(self) -> None:
            self.others = ["tablet", "laptop"]

        def __getattr__(self, name: str) -> Any:
            return getattr(database, name)

        def get_with_update_time(self, path: str) -> Any:
            found = database.get_with_update_time(path)
            if self.others:
                other = self.others.pop()
                store.add_presence(new_presence(session, "ani", other, None, now))
            return found

    busy: Any = Busy()
    Store(busy).add_presence(new_presence(session, "ani", "watch", None, now))
    (record,) = store.records(session)
    assert record.devices == ("phone", "laptop", "tablet", "watch")


def fill(students: int, name: str, email: str = "") -> str:
    rows = (f"{n:08},{name},{email and f'{n:08}{email}'}\n" for n in range(students))
    return "NIM,Nama,Email\n" + "".join(rows)


@pytest.mark.parametrize(
    ("students", "name", "email"),
    [
        (500, "Raden Ajeng Siti Nurhaliza Kusumawardhani binti Abdullah", "@student.kampus.ac.id"),
        (2_000, "Siti Aminah Widodo", "@student.kampus.ac.id"),
    ],
)
def test_ordinary_rosters_fit(students: int, name: str, email: str) -> None:
    assert len(rosters.read(fill(students, name, email))) == students <= MOST_STUDENTS


@pytest.mark.parametrize("email", ["", "@kampus.ac.id"])
@pytest.mark.parametrize("letter", ["x", "é", WIDE])
@pytest.mark.parametrize("students", [200, 500, 2_000])
def test_a_roster_that_is_filled_to_its_bound_is_a_small_document(
    classroom: Classroom, students: int, letter: str, email: str
) -> None:
    address = 8 + len(email) + OVERHEAD_OF_EMAIL if email else 0
    room = LARGEST // students - OVERHEAD - 16 - address
    longest = min(200, room // len(letter.encode()))
    filled = [
        Student(f"{n:08}", letter * longest, email and f"{n:08}{email}") for n in range(students)
    ]
    assert rosters.read(fill(students, letter * longest, email)) == filled
    store = Store(classroom.database)
    store.set_roster("cloud-101", filled, classroom.clock())
    assert store.roster("cloud-101") == filled
    assert size(classroom.database, "rosters", "cloud-101") < LARGEST_ROSTER
    if longest < 200:
        with pytest.raises(Invalid, match="csv"):
            rosters.read(fill(students, letter * (longest + 1), email))
