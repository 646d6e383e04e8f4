"""The Python client's machine: a command is executed once, whatever comes twice or fails; models are checked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from simpul_client import Machine, Memory, Refused, Unavailable
from simpul_client.machines import Command

from tests.clients.doors import Door
from tests.edge.machines import Bench
from tools import bucket
from tools.processes import free_ports

COMMAND = {"id": "c1", "action": "open_door", "params": {}}


class Fake(Machine):
    """A machine whose server answers acknowledgements as a test says."""

    def __init__(self, *refusals: Exception, memory: Path | None = None) -> None:
        self.executed: list[str] = []
        self.refusals, self.statuses = list(refusals), list[str]()
        super().__init__(
            "http://nowhere.invalid", "key", "HW", memory=Memory(memory),
            execute=self.execute, sensors=lambda: {"bin_capacity": 40.5},
        )  # fmt: skip
        self.stop.set()  # pauses pass at once

    def execute(self, command: Command) -> dict[str, Any]:
        self.executed.append(command["action"])
        return {"door": "open"}

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.refusals:
            raise self.refusals.pop(0)
        self.statuses.append(body["status"])
        return {}


def test_a_command_that_comes_by_two_ways_at_once_is_executed_once() -> None:
    machine = Fake()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: machine.perform(COMMAND, delivered=n % 2 == 0), range(20)))
    assert machine.executed == ["open_door"]
    assert machine.statuses.count("done") == 1


def test_a_command_is_not_executed_again_after_a_restart(tmp_path: Path) -> None:
    for expected in (["open_door"], []):
        machine = Fake(memory=tmp_path / "memory")
        machine.perform(COMMAND, delivered=True)
        assert machine.executed == expected


def test_an_expired_command_is_not_executed() -> None:
    machine = Fake(Refused(410, "COMMAND_EXPIRED"))
    machine.perform(COMMAND, delivered=False)
    assert machine.executed == []


def test_an_outcome_is_told_until_it_is_heard() -> None:
    machine = Fake(Unavailable("no network"), Unavailable("503"))
    machine.perform(COMMAND, delivered=True)
    assert (machine.executed, machine.statuses) == (["open_door"], ["done"])


def test_a_command_that_could_not_be_announced_may_come_with_a_heartbeat() -> None:
    machine = Fake(*[Unavailable("no network")] * 5)
    machine.perform(COMMAND, delivered=False)
    assert machine.executed == []
    machine.perform(COMMAND, delivered=True)
    assert machine.executed == ["open_door"]


def real(url: str, bench: Bench, execute: Any = None) -> Machine:
    return Machine(
        url, bench.api_key, "RVM-0001", sensors=lambda: {"bin_capacity": 40.5, "temperature": 29.5},
        execute=execute or (lambda command: {command["action"]: "ok"}),
    )  # fmt: skip


def test_a_machine_shakes_hands_measures_and_executes_what_a_heartbeat_brings(
    bench: Bench, door: Door
) -> None:
    machine = real(door.to(bench.edge.application), bench)
    assert machine.handshake()["uuid"] == bench.uuid
    command = bench.command("test_motor")
    machine.measure()
    machine.beat()
    assert bench.event(command)["status"] == "done"
    assert bench.event(command)["result"] == '{"test_motor": "ok"}'
    assert bench.live()["bin_level"] == 40.5


def test_what_the_hardware_raises_is_the_outcome_of_its_command(bench: Bench, door: Door) -> None:
    def jammed(_: Command) -> dict[str, Any]:
        raise RuntimeError("the door is jammed")

    command = bench.command("open_door")
    real(door.to(bench.edge.application), bench, jammed).beat()
    event = bench.event(command)
    assert (event["status"], event["result"]) == ("failed", '{"error": "the door is jammed"}')


def test_the_loop_says_what_failed_and_goes_on(
    bench: Bench, door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = real(door.to(bench.edge.application), bench)
    door.network.close()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        door.network.open()
        if len(waits) == 2:
            machine.stop.set()

    machine.stop.wait = wait  # type: ignore[assignment,method-assign]
    machine._every(10, machine.beat)
    assert (waits, bench.live()["bin_level"]) == ([10, 10], 40.5)
    assert capsys.readouterr().out.count("beat: no answer") == 1


@pytest.fixture
def with_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An S3 server with the demo's model in its bucket."""
    (number,) = free_ports(1)
    process = bucket.start(number, tmp_path)
    monkeypatch.setenv("MODEL_SECRET_KEY", "demo-secret-of-the-bucket")
    for name, value in bucket.settings(number).items():
        monkeypatch.setenv(name, value)
    yield
    process.stop()


@pytest.mark.usefixtures("with_bucket")
def test_a_newer_model_is_downloaded_whole_and_checked(
    bench: Bench, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = real(door.to(bench.edge.application), bench)
    with monkeypatch.context() as patch:
        patch.setattr("simpul_client.machines.download", lambda url, file: file.write_text("x"))
        with pytest.raises(Unavailable, match="hash"):
            machine.sync_model(tmp_path, "1.0.0", "rvm-detector")
    assert not list(tmp_path.glob("rvm-detector*"))
    model = machine.sync_model(tmp_path, "1.0.0", "rvm-detector")
    assert model == tmp_path / f"rvm-detector-{bucket.VERSION}"
    assert machine.sync_model(tmp_path, bucket.VERSION, "rvm-detector") is None
