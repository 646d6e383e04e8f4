"""Who teaches a course: what they and others may do with it, in both modes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from presence import rules
from presence.store import Store
from shared.base.accounts import Account
from shared.base.errors import Conflict, Unavailable
from shared.domain.courses import Course
from shared.google import accounts as google_accounts
from shared.google.firestore import Database
from shared.google.writes import Write
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.meter import Meter
from tests.people.standin import StandIn
from tests.presence.clients import Classroom, error
from tests.tokens import token

RATNA = token("dosen", role="instructor", name="Ibu Ratna")
MADE = token("made", role="instructor", name="Pak Made")
ADMIN = token("admin", role="admin")
COURSE = "cloud-101"
PEOPLE = (
    Account("dosen", "ratna@kampus.test", "Ibu Ratna", {"role": "instructor"}),
    Account("made", "made@kampus.test", "Pak Made", {"role": "instructor"}),
    Account("admin", "agus@kampus.test", "Agus", {"role": "admin"}),
    Account("ani", "ani@kampus.test", "Ani", {"role": "student"}),
    Account("guest", "guest@kampus.test", "Guest"),
)


def stub_accounts(patch: pytest.MonkeyPatch) -> None:
    """The account service knows these people."""
    service = StandIn(*PEOPLE)
    patch.setattr(google_accounts, "directory", lambda: service)


@pytest.fixture(autouse=True)
def accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")  # asked for nothing
    stub_accounts(monkeypatch)


def course(room: Classroom, bearer: str, name: str | None = None) -> Any:
    return room.ask("POST", "/courses", bearer, course_id=COURSE, name=name)


def teacher(room: Classroom, method: str, bearer: str, who: str) -> Any:
    return room.ask(method, "/teachers", bearer, course_id=COURSE, teacher=who)


def uids(room: Classroom, bearer: str = ADMIN) -> list[str]:
    data = room.ask("GET", "/teachers", bearer, course_id=COURSE).get_json()["data"]
    assert data["total"] == len(data["items"])
    return [item["uid"] for item in data["items"]]


def store(database: Database, **fields: Any) -> None:
    """A course as another version of the server has stored it."""
    path = database.path("courses", COURSE)
    database.commit(Write.set(path, {"course_id": COURSE, **fields}))


SESSION = {"course_id": COURSE, "session_id": "sesi-02"}
MARK = {**SESSION, "user_id": "ani", "status": "absent", "reason": "ill"}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/courses", {"course_id": COURSE, "name": "Mine"}),
    ("POST", "/roster", {"course_id": COURSE, "csv": "1,Ani\n"}),
    ("POST", "/mark", MARK),
    ("GET", "/export", {"course_id": COURSE}),
    ("GET", "/teachers", {"course_id": COURSE}),
    ("POST", "/teachers", {"course_id": COURSE, "teacher": "made"}),
    ("DELETE", "/teachers", {"course_id": COURSE, "teacher": "made"}),
]
BY_CONTRACT = [
    ("POST", "/qr/generate", SESSION), ("GET", "/list", SESSION), ("POST", "/qr/stop", SESSION),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["open", "verified"])
@pytest.mark.parametrize(("method", "path", "fields"), CALLS)
def test_a_course_is_for_its_teachers_and_admins_in_both_modes(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch, mode: str,
    method: str, path: str, fields: dict[str, Any],
) -> None:  # fmt: skip
    monkeypatch.setenv("AUTH_MODE", mode)
    course(classroom, RATNA)
    classroom.ask("POST", "/qr/generate", RATNA, **SESSION)
    assert error(classroom.ask(method, path, MADE, **fields)) == (403, "forbidden")
    for bearer in (RATNA, ADMIN):
        assert classroom.ask(method, path, bearer, **fields).status_code == 200


@pytest.mark.parametrize(("method", "path", "fields"), BY_CONTRACT)
def test_in_verified_mode_the_contracts_endpoints_of_a_course_are_for_its_teachers(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch,
    method: str, path: str, fields: dict[str, Any],
) -> None:  # fmt: skip
    monkeypatch.setenv("AUTH_MODE", "verified")
    course(classroom, RATNA)
    assert error(classroom.ask(method, path, MADE, **fields)) == (403, "forbidden")
    for bearer in (RATNA, ADMIN):
        assert classroom.ask(method, path, bearer, **fields).status_code == 200


@pytest.mark.parametrize(("method", "path", "fields"), BY_CONTRACT)
def test_in_open_mode_the_contracts_endpoints_ask_nobody_and_read_no_course(
    classroom: Classroom, meter: Meter, method: str, path: str, fields: dict[str, Any]
) -> None:
    course(classroom, RATNA)
    meter.reset()
    assert classroom.ask(method, path, MADE, **fields).status_code == 200
    assert classroom.ask(method, path, **fields).status_code == 200
    assert f"courses/{COURSE}" not in meter.touched


def test_who_makes_a_course_is_its_teacher_and_names_it(classroom: Classroom) -> None:
    assert course(classroom, RATNA).get_json()["data"] == {"course_id": COURSE, "name": COURSE}
    assert course(classroom, RATNA, "Awan").get_json()["data"]["name"] == "Awan"
    assert course(classroom, RATNA).get_json()["data"]["name"] == "Awan"
    assert uids(classroom, RATNA) == ["dosen"]


def test_an_admin_who_makes_a_course_teaches_it_and_who_renames_one_does_not(
    classroom: Classroom,
) -> None:
    course(classroom, RATNA, "Awan")
    assert course(classroom, ADMIN, "Komputasi Awan").get_json()["data"]["name"] == "Komputasi Awan"
    assert uids(classroom) == ["dosen"]
    classroom.ask("POST", "/courses", ADMIN, course_id="new", name="New")
    listed = classroom.ask("GET", "/teachers", ADMIN, course_id="new").get_json()["data"]
    assert listed["items"] == [{"uid": "admin", "name": "Agus"}]


def test_a_course_of_an_earlier_version_keeps_its_name_and_gets_who_asks_first(
    classroom: Classroom, database: Database
) -> None:
    store(database, name="Komputasi Awan", color="blue")
    assert course(classroom, RATNA).get_json()["data"]["name"] == "Komputasi Awan"
    assert error(course(classroom, MADE)) == (403, "forbidden")
    assert database.get(database.path("courses", COURSE)) == {
        "course_id": COURSE, "name": "Komputasi Awan", "teachers": ["dosen"], "color": "blue",
    }  # fmt: skip


def test_of_many_who_claim_a_course_at_once_exactly_one_becomes_its_teacher(
    classroom: Classroom, database: Database
) -> None:
    claimants = [token(f"t{number}", role="instructor") for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda bearer: course(classroom, bearer), claimants))
    refused = [error(answer) for answer in answers if answer.status_code != 200]
    assert refused == [(403, "forbidden")] * 11
    stored = database.get(database.path("courses", COURSE)) or {}
    assert len(stored["teachers"]) == 1


def test_a_course_that_always_changes_meanwhile_is_a_conflict(
    classroom: Classroom, database: Database
) -> None:
    def change(found: Course) -> Course:
        store(database, name=f"{found.name}+")
        return rules.named(found, "Mine", "dosen", is_admin=False)

    with pytest.raises(Conflict):
        Store(database).change_course(COURSE, change)


@pytest.mark.parametrize("stored", [False, True])
def test_the_first_code_of_a_strangers_client_makes_its_instructor_the_teacher(
    classroom: Classroom, database: Database, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    monkeypatch.setenv("AUTH_MODE", "verified")
    if stored:
        store(database, name="Awan")
    assert classroom.ask("POST", "/qr/generate", RATNA, **SESSION).status_code == 200
    assert classroom.ask("POST", "/qr/generate", RATNA, **SESSION).status_code == 200
    assert classroom.ask("GET", "/list", RATNA, **SESSION).status_code == 200
    assert error(classroom.ask("POST", "/qr/generate", MADE, **SESSION)) == (403, "forbidden")
    assert uids(classroom) == ["dosen"]


def test_neither_list_nor_stop_nor_an_admins_code_makes_a_teacher(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_MODE", "verified")
    assert error(classroom.ask("GET", "/list", RATNA, **SESSION)) == (403, "forbidden")
    assert error(classroom.ask("POST", "/qr/stop", RATNA, **SESSION)) == (403, "forbidden")
    assert classroom.ask("POST", "/qr/generate", ADMIN, **SESSION).status_code == 200
    assert uids(classroom) == []


def test_a_teacher_is_added_by_address_or_uid_and_removed(classroom: Classroom) -> None:
    course(classroom, RATNA)
    added = teacher(classroom, "POST", RATNA, "made@kampus.test")
    assert added.get_json()["data"] == {"uid": "made", "name": "Pak Made"}
    teacher(classroom, "POST", MADE, "admin")
    teacher(classroom, "POST", MADE, "admin")
    assert uids(classroom, MADE) == ["dosen", "made", "admin"]
    removed = teacher(classroom, "DELETE", MADE, "ratna@kampus.test")
    assert removed.get_json()["data"] == {"uid": "dosen"}
    assert error(course(classroom, RATNA)) == (403, "forbidden")
    assert teacher(classroom, "DELETE", MADE, "dosen").status_code == 200, "a repeat"
    assert uids(classroom, MADE) == ["made", "admin"]


def test_one_whose_account_is_gone_is_shown_by_uid_and_can_be_removed(
    classroom: Classroom, database: Database
) -> None:
    store(database, name="Awan", teachers=["gone", "dosen"])
    listed = classroom.ask("GET", "/teachers", RATNA, course_id=COURSE).get_json()["data"]
    assert listed["items"][0] == {"uid": "gone", "name": "gone"}
    assert teacher(classroom, "DELETE", RATNA, "gone").status_code == 200
    assert uids(classroom) == ["dosen"]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("nobody@kampus.test", (404, "teacher_not_found")),
        ("nobody", (404, "teacher_not_found")),
        ("ani@kampus.test", (409, "not_an_instructor")),
        ("guest", (409, "not_an_instructor")),
        ("x" * 201, (400, "invalid_field: teacher")),
        ("", (400, "missing_field: teacher")),
    ],
)
def test_only_an_account_that_may_teach_is_added(
    classroom: Classroom, who: str, refusal: tuple[int, str]
) -> None:
    course(classroom, RATNA)
    assert error(teacher(classroom, "POST", RATNA, who)) == refusal
    assert uids(classroom) == ["dosen"]


def test_the_last_teacher_stays(classroom: Classroom) -> None:
    course(classroom, RATNA)
    for bearer in (RATNA, ADMIN):
        assert error(teacher(classroom, "DELETE", bearer, "dosen")) == (409, "last_teacher")
    assert error(teacher(classroom, "DELETE", RATNA, "x@y.test")) == (404, "teacher_not_found")
    assert uids(classroom) == ["dosen"]


def test_two_teachers_who_remove_each_other_at_once_leave_one(
    classroom: Classroom, database: Database
) -> None:
    store(database, name="Awan", teachers=["dosen", "made"])
    pairs = [(RATNA, "made"), (MADE, "dosen")]
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda pair: teacher(classroom, "DELETE", *pair).status_code, pairs)
    assert sorted(answers)[0] == 200
    assert len(uids(classroom)) == 1


def test_a_course_has_fifty_teachers_at_most(classroom: Classroom, database: Database) -> None:
    store(database, name="Awan", teachers=["dosen", *(f"t{number}" for number in range(48))])
    assert teacher(classroom, "POST", RATNA, "made").status_code == 200
    assert error(teacher(classroom, "POST", RATNA, "admin")) == (409, "too_many_teachers")
    assert teacher(classroom, "POST", RATNA, "made").status_code == 200, "is there already"
    assert len(uids(classroom)) == 50


def test_an_admin_gives_a_course_its_first_teacher(classroom: Classroom) -> None:
    assert error(teacher(classroom, "POST", RATNA, "dosen")) == (403, "forbidden")
    assert teacher(classroom, "POST", ADMIN, "made").status_code == 200
    assert uids(classroom, MADE) == ["made"]


def test_an_account_service_that_does_not_answer_changes_nothing(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(StandIn):
        def by_email(self, email: str) -> Account:
            raise Unavailable

    course(classroom, RATNA)
    monkeypatch.setattr(google_accounts, "directory", lambda: Silent(*PEOPLE))
    answer = teacher(classroom, "POST", RATNA, "made@kampus.test")
    assert error(answer) == (503, "unavailable")
    assert uids(classroom) == ["dosen"]


def test_another_instance_accepts_a_new_teacher_at_once_and_a_removed_one_for_a_minute(
    classroom: Classroom, clock: MovableClock, database: Database
) -> None:
    course(classroom, RATNA)
    other = Classroom(database, clock)
    assert error(other.ask("GET", "/teachers", MADE, course_id=COURSE)) == (403, "forbidden")
    teacher(classroom, "POST", RATNA, "made")
    for room in (classroom, other):
        assert room.ask("GET", "/teachers", MADE, course_id=COURSE).status_code == 200
    teacher(classroom, "DELETE", RATNA, "made")
    assert error(classroom.ask("GET", "/teachers", MADE, course_id=COURSE)) == (403, "forbidden")
    clock.move(seconds=59)
    assert other.ask("GET", "/teachers", MADE, course_id=COURSE).status_code == 200
    clock.move(seconds=1)
    assert error(other.ask("GET", "/teachers", MADE, course_id=COURSE)) == (403, "forbidden")


def test_the_check_costs_one_read_a_minute_and_an_admin_none(
    classroom: Classroom, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, meter: Meter
) -> None:
    monkeypatch.setenv("AUTH_MODE", "verified")
    course(classroom, RATNA)
    for bearer, cost in [(RATNA, (2, 1, 2)), (RATNA, (1, 0, 2)), (ADMIN, (1, 0, 2))]:
        meter.reset()
        classroom.ask("POST", "/qr/generate", bearer, **SESSION)
        assert meter.cost == cost
    clock.move(seconds=60)
    for cost in [(2, 1, 1), (1, 0, 1)]:
        meter.reset()
        classroom.ask("POST", "/qr/stop", RATNA, **SESSION)
        assert meter.cost == cost
    meter.reset()
    for _ in range(5):
        classroom.ask("POST", "/qr/generate", MADE, **SESSION)
    assert meter.cost == (5, 5, 0), "a refusal is not remembered: somebody may add them"
    meter.reset()
    assert error(classroom.ask("GET", "/list", MADE, course_id="x", session_id="x"))[0] == 403
    assert meter.cost == (1, 1, 0), "read once, where nothing was known"


def test_what_changes_of_a_course_cost(classroom: Classroom, meter: Meter) -> None:
    changes: list[tuple[Callable[[], object], tuple[int, int, int]]] = [
        (lambda: course(classroom, RATNA, "Awan"), (2, 1, 1)),
        (lambda: course(classroom, RATNA, "Awan"), (1, 1, 0)),
        (lambda: teacher(classroom, "POST", RATNA, "made"), (3, 2, 1)),
        (lambda: teacher(classroom, "POST", RATNA, "made"), (2, 2, 0)),
        (lambda: uids(classroom, RATNA), (1, 1, 0)),
        (lambda: teacher(classroom, "DELETE", RATNA, "made"), (2, 1, 1)),
    ]
    for change, cost in changes:
        meter.reset()
        change()
        assert meter.cost == cost
