"""The example machine's own rules: a command is executed once, whatever comes twice or fails."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from examples.edge_machine import Hardware, Machine, Memory, Refused, Server

COMMAND = {"id": "c1", "action": "open_door", "params": {}}


class Answers(Server):
    """A server that answers acknowledgements as a test says, and remembers them."""

    def __init__(self, *refusals: Exception) -> None:
        super().__init__("http://nowhere.invalid", "key")
        self.refusals = list(refusals)
        self.statuses: list[str] = []

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.refusals:
            raise self.refusals.pop(0)
        self.statuses.append(body["status"])
        return {}


def machine(server: Answers, memory: Path | None = None) -> tuple[Machine, Hardware]:
    hardware = Hardware()
    return Machine(server, hardware, "HW", Memory(memory)), hardware


def test_a_command_that_comes_by_two_ways_at_once_is_executed_once() -> None:
    server = Answers()
    edge, hardware = machine(server)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: edge.perform(COMMAND, delivered=n % 2 == 0), range(20)))
    assert hardware.executed == ["open_door"]
    assert server.statuses.count("done") == 1


def test_a_command_is_not_executed_again_after_a_restart(tmp_path: Path) -> None:
    for expected in (["open_door"], []):
        edge, hardware = machine(Answers(), tmp_path / "memory")
        edge.perform(COMMAND, delivered=True)
        assert hardware.executed == expected


def test_an_expired_command_is_not_executed() -> None:
    edge, hardware = machine(Answers(Refused(410, "COMMAND_EXPIRED")))
    edge.perform(COMMAND, delivered=False)
    assert hardware.executed == []


@pytest.mark.parametrize("error", [OSError("no network"), Refused(503, ""), ValueError("HTML")])
def test_an_outcome_is_told_until_it_is_heard(error: Exception) -> None:
    server = Answers(error)
    edge, hardware = machine(server)
    edge.stop.set()  # pauses pass at once
    edge.perform(COMMAND, delivered=True)
    assert (hardware.executed, server.statuses) == (["open_door"], ["done"])


def test_a_command_that_could_not_be_announced_may_come_with_a_heartbeat() -> None:
    server = Answers(*[OSError("no network")] * 5)
    edge, hardware = machine(server)
    edge.stop.set()
    edge.perform(COMMAND, delivered=False)
    assert hardware.executed == []
    edge.perform(COMMAND, delivered=True)
    assert hardware.executed == ["open_door"]
