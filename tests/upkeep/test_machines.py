"""Machines that fall silent, and commands that nobody fetched."""

from shared import machines
from shared.documents import Database, Plain, put
from tests.conftest import MovableClock
from upkeep.rounds import create_round
from upkeep.store import Store

UUID = "5a3a2c8e-8b1e-4f0e-9d43-1f3c1f9f2a10"


def live(database: Database) -> Plain:
    return database.get(database.name("rvm", UUID)) or {}


def beat(database: Database, clock: MovableClock) -> None:
    fields = {"uuid": UUID, "status": "online", "last_seen": clock(), "bin_level": 4}
    database.commit(put(database.name("rvm", UUID), fields))


def test_a_silent_machine_is_shown_offline(database: Database, clock: MovableClock) -> None:
    go_round = create_round(lambda: Store(database), clock)
    beat(database, clock)
    clock.move(seconds=600)
    assert go_round() == 0
    clock.move(seconds=1)
    assert [go_round(), go_round()] == [1, 0]
    assert live(database)["status"] == "offline"
    assert live(database)["bin_level"] == 4


def test_a_machine_that_is_heard_in_the_middle_of_a_round_stays_online(
    database: Database, clock: MovableClock
) -> None:
    beat(database, clock)
    clock.move(seconds=601)

    class Late(Store):
        def silent_machines(self, since: object) -> list[str]:
            beat(database, clock)
            return [UUID]

    assert create_round(lambda: Late(database), clock)() == 0
    assert live(database)["status"] == "online"


def test_a_command_that_nobody_fetched_expires_and_others_do_not(
    database: Database, clock: MovableClock
) -> None:
    go_round = create_round(lambda: Store(database), clock)

    def state(command_id: str) -> str:
        found = database.get(database.name("rvm", UUID, "events", command_id)) or {}
        return str(found["status"])

    for command_id, status in (("waits", "pending"), ("runs", "delivered"), ("ran", "done")):
        event = machines.command(
            UUID, command_id, "open_door", {}, "admin:x", clock(), machines.COMMAND_LIFE
        )
        name = database.name("rvm", UUID, "events", command_id)
        database.commit(put(name, {**event, "status": status}))
    clock.move(minutes=5)
    go_round()
    assert state("waits") == "pending"
    clock.move(seconds=1)
    go_round()
    assert [state("waits"), state("runs"), state("ran")] == ["expired", "delivered", "done"]
