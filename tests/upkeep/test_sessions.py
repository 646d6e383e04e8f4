"""Sessions of courses that nobody has stopped."""

import pytest

from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.meter import Meter
from upkeep.store import Store
from upkeep.sweep import create_sweep


def session(database: Database, session_id: str = "sesi-02") -> str:
    return database.path("courses", "a/b", "sessions", session_id)


def generate(database: Database, clock: MovableClock, session_id: str = "sesi-02") -> None:
    """What presence writes with each code."""
    fields = {"course_id": "a/b", "session_id": session_id, "issued_at": clock(), "open": True}
    database.commit(Write.set(session(database, session_id), fields, merge=True))


def stored(database: Database, session_id: str = "sesi-02") -> Document:
    return database.get(session(database, session_id)) or {}


def test_a_session_is_shown_closed_twelve_hours_after_its_last_code(
    database: Database, clock: MovableClock
) -> None:
    sweep = create_sweep(lambda: Store(database), clock)
    generate(database, clock)
    issued = clock()
    clock.move(hours=12)
    sweep()
    assert stored(database)["open"] is True
    clock.move(milliseconds=1)
    sweep()
    assert stored(database) == {
        "course_id": "a/b", "session_id": "sesi-02", "issued_at": issued,
        "open": False, "closed_at": clock(),
    }  # fmt: skip


def test_it_is_opened_again_by_a_code_and_was_never_stopped(
    database: Database, clock: MovableClock
) -> None:
    sweep = create_sweep(lambda: Store(database), clock)
    generate(database, clock)
    clock.move(hours=13)
    sweep()
    generate(database, clock)
    sweep()
    assert stored(database)["open"] is True
    assert "stopped_at" not in stored(database), "it would end the codes drawn before it"


def test_a_session_that_gets_a_code_in_the_middle_of_a_sweep_stays_open(
    database: Database, clock: MovableClock
) -> None:
    generate(database, clock)
    clock.move(hours=13)

    class Late(Store):
        def overdue_sessions(self, oldest: object) -> list[tuple[str, str]]:
            generate(database, clock)
            return [("a/b", "sesi-02")]

    create_sweep(lambda: Late(database), clock)()
    assert stored(database)["open"] is True


def test_sessions_that_were_stopped_or_never_opened_are_left_alone(
    database: Database, clock: MovableClock
) -> None:
    sweep = create_sweep(lambda: Store(database), clock)
    generate(database, clock, "stopped")
    for name in ("stopped", "never"):
        fields = {"course_id": "a/b", "session_id": name, "open": False, "stopped_at": clock()}
        database.commit(Write.set(session(database, name), fields, merge=True))
    before = [stored(database, name) for name in ("stopped", "never")]
    clock.move(hours=13)
    sweep()
    assert [stored(database, name) for name in ("stopped", "never")] == before


def test_how_long_is_a_setting_and_zero_is_for_ever(
    database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = create_sweep(lambda: Store(database), clock)
    generate(database, clock)
    clock.move(days=400)
    monkeypatch.setenv("SESSION_HOURS", "0")
    sweep()
    assert stored(database)["open"] is True
    monkeypatch.setenv("SESSION_HOURS", str(24 * 401))
    sweep()
    assert stored(database)["open"] is True
    monkeypatch.setenv("SESSION_HOURS", str(24 * 399))
    sweep()
    assert stored(database)["open"] is False


def test_what_closing_costs(database: Database, clock: MovableClock, meter: Meter) -> None:
    sweep = create_sweep(lambda: Store(database), clock)
    for number in range(3):
        generate(database, clock, f"sesi-{number}")
    clock.move(hours=13)
    meter.reset()
    sweep()
    assert meter.cost == (4 + 3 * 2, 3 + 3 + 3, 3)  # four queries, three of them empty
