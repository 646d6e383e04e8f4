"""The Python client's devices against the real functions: nothing lost, nothing twice, in order."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from simpul_client import Buffer, Device, Refused, Unavailable, register
from simpul_client.__main__ import main
from simpul_client.http import LONGEST_PAUSE, Pauses

from tests.clients.doors import Door
from tests.devices.sensors import OWNER, Sensor


@pytest.fixture
def url(door: Door, sensor: Sensor) -> str:
    return door.to(sensor.client.application)


@pytest.fixture
def device(url: str, sensor: Sensor, tmp_path: Path) -> Callable[[], Device]:
    """Starts the device's program, with the file of its last run."""
    return lambda: Device(url, sensor.api_key, tmp_path / "readings.db")


def stored(sensor: Sensor) -> list[float]:
    """The values of the device's readings, the oldest first."""
    return [row["value"] for row in reversed(sensor.history(limit=500))]


def test_a_registered_device_sends_and_its_owner_sees_it(url: str, sensor: Sensor) -> None:
    made = register(url, OWNER, "KOS-01", "Kos Melati", metadata={"location": "Surabaya"})
    device = Device(url, made["api_key"])
    device.add("temperature", 31.5)
    device.add("acceleration", {"x": 3, "y": 4, "z": 0})
    assert device.flush() == 2
    rows = sensor.call("GET", "/KOS-01/data").get_json()
    assert sorted(row["value"] for row in rows) == [5, 31.5]
    with pytest.raises(Refused) as refused:
        register(url, OWNER, "KOS-01", "again")
    assert refused.value.status == 422


def test_readings_survive_a_restart_without_network_and_keep_their_order(
    device: Callable[[], Device], sensor: Sensor, door: Door
) -> None:
    door.network.close()
    for run in range(3):
        with device() as one:
            for step in range(2):
                one.add("temperature", 2 * run + step)
            with pytest.raises(Unavailable):
                one.flush()
    door.network.open()
    with device() as one:
        one.add("temperature", 6)
        assert one.flush() == 7
        assert len(one.buffer) == 0
    assert stored(sensor) == [0, 1, 2, 3, 4, 5, 6]


def test_a_batch_that_was_accepted_before_a_crash_counts_once(
    device: Callable[[], Device], sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_fails(*_: object) -> None:
        raise KeyboardInterrupt

    one = device()
    one.add("temperature", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Buffer, "accepted", power_fails)
        with pytest.raises(KeyboardInterrupt):
            one.flush()
    one.buffer.close()
    with device() as again:
        again.add("temperature", 2)
        assert again.flush() == 2
    assert stored(sensor) == [1, 2]
    assert sensor.statistics()["total_data"] == 2


def test_a_reading_that_the_server_refuses_is_put_aside_and_the_others_are_stored(
    device: Callable[[], Device], sensor: Sensor
) -> None:
    with device() as one:
        one.add("temperature", 1)
        one.buffer.add({"type": "nothing", "value": 2, "timestamp": "2026-02-18T10:00:00Z"})
        one.add("temperature", 3)
        assert one.flush() == 2
        ((reading, why),) = one.buffer.refused()
    assert reading["value"] == 2
    assert "type" in why
    assert stored(sensor) == [1, 3]


@pytest.mark.parametrize("value", [True, "31", None, {}, {"x": "1"}, float("nan"), [1, 2]])
def test_what_no_server_accepts_is_refused_before_it_waits(value: Any) -> None:
    device = Device("http://nowhere.invalid", "key")
    with pytest.raises(ValueError, match="number"):
        device.add("temperature", value)
    with pytest.raises(ValueError, match="type"):
        device.add("warmth", 1)
    assert len(device.buffer) == 0


def test_a_wrong_key_is_an_error_and_the_readings_wait_for_the_right_one(
    url: str, sensor: Sensor, tmp_path: Path
) -> None:
    with Device(url, "a key of 32 characters, but wrong", tmp_path / "readings.db") as wrong:
        wrong.add("temperature", 1)
        with pytest.raises(Refused) as refused:
            wrong.flush()
    assert (refused.value.status, refused.value.code) == (401, "INVALID_API_KEY")
    with Device(url, sensor.api_key, tmp_path / "readings.db") as right:
        assert right.flush() == 1


def test_a_busy_server_says_when(device: Callable[[], Device]) -> None:
    def hurry() -> None:
        with device() as one:
            for _ in range(40):
                one.heartbeat()

    with pytest.raises(Unavailable) as busy:
        hurry()
    assert busy.value.retry_after >= 1


def test_readings_of_many_days_and_of_thousands_go_in_several_posts(
    device: Callable[[], Device], sensor: Sensor
) -> None:
    now = datetime.now(UTC)
    with device() as one:
        for days in range(70, 0, -1):
            one.add("temperature", days, now - timedelta(days=days))
        for number in range(1100):
            one.add("humidity", number)
        assert one.flush() == 1170
        assert one.buffer.refused() == []
    assert sensor.statistics()["total_data"] == 1170


def test_a_full_buffer_gives_up_its_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simpul_client.buffer.MOST_WAITING", 10)
    buffer = Buffer()
    for number in range(1000):
        buffer.add({"type": "custom", "value": number, "timestamp": "2026-02-18T10:00:00Z"})
    assert [reading["value"] for reading in buffer.batch()[1]] == list(range(990, 1000))


def test_pauses_double_up_to_a_minute_and_are_never_shorter_than_the_server_says() -> None:
    pauses = Pauses()
    assert [pauses.after(Unavailable("", 0)) for _ in range(3)] == [1, 2, 4]
    assert pauses.after(Unavailable("", 100)) == 100
    for _ in range(9):
        pauses.after(Unavailable(""))
    assert pauses.after(Unavailable("")) == LONGEST_PAUSE
    pauses.succeed()
    assert pauses.after(Unavailable("")) == 1


class Time:
    """The client's clock, which its own waiting moves; it stops after some seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stop_after: float) -> None:
        self.now, self._stop_after = 0.0, stop_after
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def is_set(self) -> bool:
        return self.now >= self._stop_after

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_the_loop_measures_posts_and_says_that_it_is_there(
    device: Callable[[], Device], sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    time: Any = Time(monkeypatch, stop_after=600)
    beats: list[float] = []
    with device() as one:
        real = one.heartbeat

        def beat() -> dict[str, Any]:
            beats.append(time.now)
            return real()

        monkeypatch.setattr(one, "heartbeat", beat)

        def measure() -> list[tuple[str, float]]:
            return [("temperature", time.now)] if time.now < 60 else []

        one.run(measure, every=5, post_every=60, stop=time)
    assert stored(sensor) == [float(second) for second in range(0, 60, 5)]
    assert beats == [360]


def test_a_loop_without_network_goes_on_and_sends_all_when_it_is_back(
    device: Callable[[], Device], sensor: Sensor, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    time: Any = Time(monkeypatch, stop_after=300)

    def measure() -> list[tuple[str, float]]:
        (door.network.close if time.now < 200 else door.network.open)()
        return [("temperature", time.now)]

    with device() as one:
        one.run(measure, every=10, post_every=20, stop=time)
        one.flush()
    assert stored(sensor) == [float(second) for second in range(0, 300, 10)]


def test_the_command_registers_once_and_sends(
    url: str,
    sensor: Sensor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda _: "secret")
    monkeypatch.setattr("simpul_client.__main__.sign_in", lambda *_: OWNER)
    who = ["register", "--base-url", url, "--email", "owner@x.test", "--device-id", "KOS-02"]
    assert main(who) == 0
    assert json.loads(Path("device.json").read_text("utf-8"))["device_id"] == "KOS-02"
    assert main(["send", "temperature", "31.5"]) == 0
    assert capsys.readouterr().out.endswith("Sent: 1\n")
    assert sensor.call("GET", "/KOS-02/data").get_json()[0]["value"] == 31.5
    assert main(who) == 1
    assert "registered" in capsys.readouterr().err
