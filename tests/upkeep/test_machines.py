"""Machines that fall silent, and commands that nobody fetched."""

from shared.domain import machines
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write
from tests.conftest import MovableClock
from upkeep.store import Store
from upkeep.sweep import create_sweep

UUID = "5a3a2c8e-8b1e-4f0e-9d43-1f3c1f9f2a10"


def live(database: Database) -> Document:
    return database.get(database.path("rvm", UUID)) or {}


def beat(database: Database, clock: MovableClock) -> None:
    fields = {"uuid": UUID, "status": "online", "last_seen": clock(), "bin_level": 4}
    database.commit(Write.set(database.path("rvm", UUID), fields))


def test_a_silent_machine_is_shown_offline(database: Database, clock: MovableClock) -> None:
    sweep = create_sweep(lambda: Store(database), clock)
    beat(database, clock)
    clock.move(seconds=600)
    assert sweep() == 0
    clock.move(seconds=1)
    assert [sweep(), sweep()] == [1, 0]
    assert live(database)["status"] == "offline"
    assert live(database)["bin_level"] == 4


def test_what_others_keep_in_the_live_state_stays_when_it_goes_offline(
    database: Database, clock: MovableClock
) -> None:
    beat(database, clock)
    others = {"generation": 3, "hardware_mismatch": {"hardware_id": "x", "at": clock()}}
    maintenance = {"technician_name": "Dewi", "pin_id": "p", "started_at": clock()}
    path = database.path("rvm", UUID)
    fields = {**others, "maintenance": {**maintenance, "active_until": clock()}}
    database.commit(Write.set(path, fields, merge=True))
    clock.move(seconds=601)
    assert create_sweep(lambda: Store(database), clock)() == 1
    assert live(database).items() >= fields.items()


def test_a_machine_that_is_heard_in_the_middle_of_a_sweep_stays_online(
    database: Database, clock: MovableClock
) -> None:
    beat(database, clock)
    clock.move(seconds=601)

    class Late(Store):
        def silent_machines(self, since: object) -> list[str]:
            beat(database, clock)
            return [UUID]

    assert create_sweep(lambda: Late(database), clock)() == 0
    assert live(database)["status"] == "online"


def test_a_command_that_nobody_fetched_expires_and_others_do_not(
    database: Database, clock: MovableClock
) -> None:
    sweep = create_sweep(lambda: Store(database), clock)

    def state(command_id: str) -> str:
        event = database.get(database.path("rvm", UUID, "events", command_id)) or {}
        return str(event["status"])

    for command_id, status in (("waits", "pending"), ("runs", "delivered"), ("ran", "done")):
        event = machines.command(
            UUID, command_id, "open_door", {}, "admin:x", clock(), machines.COMMAND_LIFE
        )
        path = database.path("rvm", UUID, "events", command_id)
        database.commit(Write.set(path, {**event, "status": status}))
    clock.move(minutes=5)
    sweep()
    assert state("waits") == "pending"
    clock.move(seconds=1)
    sweep()
    assert [state("waits"), state("runs"), state("ran")] == ["expired", "delivered", "done"]
