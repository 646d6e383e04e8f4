"""The board that sends a machine's key: the first one is its own, and any other is flagged."""

from typing import Any

import pytest

from edge.store import Store
from shared.google.values import Document
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.edge.machines import Bench
from tests.meter import Meter

AT = "2026-02-18T10:00:00Z"


def shown(bench: Bench, uuid: str = "") -> Any:
    """Board and flag of a machine, as its admin sees them."""
    machine = bench.admin("GET", f"/{uuid or bench.uuid}").get_json()["data"]
    return machine["hardware_id"], machine["hardware_mismatch"]


def handshake(bench: Bench, hardware_id: str, key: str | None = None) -> None:
    """One that succeeds, whatever the board."""
    answer = bench.send("/handshake", {"hardware_id": hardware_id}, key=key)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "success")


def owner(bench: Bench, hardware_id: str) -> Document | None:
    return bench.database.get(bench.database.path("machine_hardware", hardware_id))


def test_the_first_handshake_of_a_machine_without_a_board_stores_it(bench: Bench) -> None:
    assert shown(bench) == (None, None)
    handshake(bench, "HW-1")
    assert shown(bench) == ("HW-1", None)
    assert owner(bench, "HW-1") == {"uuid": bench.uuid}
    answer = bench.admin("POST", "", json={"name": "again", "hardware_id": "HW-1"})
    assert answer.status_code == 422


def test_another_board_is_flagged_to_the_admin_and_goes_on(
    bench: Bench, clock: MovableClock
) -> None:
    handshake(bench, "HW-1")
    handshake(bench, "HW-2")
    flag = {"hardware_id": "HW-2", "at": AT}
    assert shown(bench) == ("HW-1", flag)
    assert bench.live()["hardware_mismatch"] == {"hardware_id": "HW-2", "at": clock()}
    (listed,) = bench.admin("GET", "").get_json()["data"]
    assert listed["hardware_mismatch"] == flag
    clock.move(minutes=5)
    handshake(bench, "HW-2")
    assert shown(bench) == ("HW-1", flag)  # since when, and not the last time
    handshake(bench, "HW-3")
    assert shown(bench)[1] == {"hardware_id": "HW-3", "at": "2026-02-18T10:05:00Z"}
    assert owner(bench, "HW-2") is None


def test_the_right_board_clears_the_flag(bench: Bench) -> None:
    handshake(bench, "HW-1")
    handshake(bench, "HW-2")
    handshake(bench, "HW-1")
    assert shown(bench) == ("HW-1", None)
    assert bench.live()["hardware_mismatch"] is None


def test_an_admin_accepts_the_new_board(bench: Bench) -> None:
    handshake(bench, "HW-1")
    handshake(bench, "HW-2")
    answer = bench.admin("PUT", f"/{bench.uuid}", json={"hardware_id": "HW-2"})
    assert answer.get_json()["data"]["hardware_id"] == "HW-2"
    assert answer.get_json()["data"]["hardware_mismatch"] is None
    assert shown(bench) == ("HW-2", None)
    assert bench.live()["hardware_mismatch"] is None
    assert (owner(bench, "HW-1"), owner(bench, "HW-2")) == (None, {"uuid": bench.uuid})
    handshake(bench, "HW-2")
    assert shown(bench) == ("HW-2", None)


def test_an_admin_may_insist_on_the_board_that_is_recorded(bench: Bench) -> None:
    handshake(bench, "HW-1")
    handshake(bench, "HW-2")
    assert bench.admin("PUT", f"/{bench.uuid}", json={"hardware_id": "HW-1"}).status_code == 200
    assert shown(bench) == ("HW-1", None)
    assert owner(bench, "HW-1") == {"uuid": bench.uuid}


def test_a_board_of_another_machine_is_flagged_and_cannot_be_accepted(bench: Bench) -> None:
    other = bench.register(name="other", hardware_id="HW-9")
    handshake(bench, "HW-9")
    assert shown(bench) == (None, {"hardware_id": "HW-9", "at": AT})
    answer = bench.admin("PUT", f"/{bench.uuid}", json={"hardware_id": "HW-9", "name": "x"})
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {
        "hardware_id": ["The hardware_id has already been taken."]
    }
    assert shown(bench) == (None, {"hardware_id": "HW-9", "at": AT})
    assert bench.live()["name"] == "RVM Perpustakaan"
    assert shown(bench, other["uuid"]) == ("HW-9", None)
    handshake(bench, "HW-1")
    assert shown(bench) == ("HW-1", None)


@pytest.mark.parametrize("hardware_id", ["a/b", "..", "__x__", "🙂" * 100])
def test_any_text_names_a_board(bench: Bench, hardware_id: str) -> None:
    handshake(bench, hardware_id)
    handshake(bench, hardware_id)
    assert shown(bench) == (hardware_id, None)


def test_two_first_handshakes_at_once_flag_nothing(bench: Bench, clock: MovableClock) -> None:
    store: Store = bench._edge_store
    before = store.machine(bench.uuid)
    assert before is not None
    first = {"hardware_id": "HW-1", "hardware_mismatch": None}
    for _ in range(2):
        store.add_handshake(before, b"{}", {}, "home", first, clock())
    assert shown(bench) == ("HW-1", None)


def another_instance(bench: Bench) -> Any:
    """The client of an instance that has read the record and keeps it."""
    before = bench.edge
    bench.restart()
    for _ in range(2):  # the first one changes the network that the machine calls from
        bench.beat()
    known, bench.edge = bench.edge, before
    return known


def test_an_instance_with_an_old_record_does_not_undo_the_admins_board(bench: Bench) -> None:
    old = another_instance(bench)
    answer = bench.admin("PUT", f"/{bench.uuid}", json={"hardware_id": "HW-1"})
    assert answer.status_code == 200
    bench.edge, new = old, bench.edge
    handshake(bench, "HW-2")
    bench.edge = new
    assert shown(bench) == ("HW-1", {"hardware_id": "HW-2", "at": AT})
    assert bench.live()["hardware_mismatch"]["hardware_id"] == "HW-2"
    assert owner(bench, "HW-2") is None


def test_an_admin_gives_a_machine_back_a_board_that_is_its_own(bench: Bench) -> None:
    handshake(bench, "HW-2")
    path = bench.database.path("machine_hardware", "HW-1")
    bench.database.commit(Write.create(path, {"uuid": bench.uuid}))  # of an earlier version
    for change in ({"hardware_id": "HW-1"}, {"hardware_id": "HW-2", "is_blocked": True}):
        assert bench.admin("PUT", f"/{bench.uuid}", json=change).status_code == 200
        assert shown(bench)[0] == change["hardware_id"]
    assert (owner(bench, "HW-1"), owner(bench, "HW-2")) == (None, {"uuid": bench.uuid})


def test_a_blocked_machine_gets_no_board_of_another_one(bench: Bench) -> None:
    bench.register(name="other", hardware_id="HW-9")
    change = {"hardware_id": "HW-9", "is_blocked": True}
    assert bench.admin("PUT", f"/{bench.uuid}", json=change).status_code == 422
    assert bench.live()["is_blocked"] is False


def test_a_handshake_of_the_usual_board_reads_nothing_more(bench: Bench, meter: Meter) -> None:
    meter.reset()
    handshake(bench, "HW-1")
    assert meter.cost == (3, 2, 3)
    bench.restart()
    meter.reset()
    handshake(bench, "HW-1")
    assert meter.cost == (2, 1, 2)
    meter.reset()
    handshake(bench, "HW-2")
    assert meter.cost == (1, 0, 2)
