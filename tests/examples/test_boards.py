"""The examples for boards, run on this computer against the real functions: nothing lost, nothing twice."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.doors import Door
from tests.devices.sensors import Sensor
from tests.examples.flaky import Flaky
from tools.machine import environment
from tools.paths import ROOT

SKETCH = ROOT / "examples/esp32/simpul_sensor/simpul_sensor.ino"
STUBS = ROOT / "tests/examples/arduino"
MICROPYTHON = ROOT / "tests/examples/micropython.mjs"
URL = "https://YOUR-PROJECT.web.app/api/v1/devices/data"


@pytest.fixture
def flaky(sensor: Sensor) -> Iterator[Flaky]:
    server = Flaky(sensor, ["lost", "503", "429"])
    yield server
    server.end()


def values(sensor: Sensor) -> list[float]:
    """The values of the device's readings, the oldest first."""
    return [row["value"] for row in reversed(sensor.history(limit=500))]


@pytest.mark.slow
def test_the_esp32_sketch_compiles_and_loses_nothing_of_an_outage(
    sensor: Sensor, flaky: Flaky, tmp_path: Path
) -> None:
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no g++: the sketch is compiled where there is one, as in CI")
    text = SKETCH.read_text("utf-8").replace(URL, f"{flaky.url}/api/v1/devices/data")
    sketch = tmp_path / "sketch.ino"
    sketch.write_text(text.replace('KEY = "KEY"', f'KEY = "{sensor.api_key}"'), "utf-8")
    program = tmp_path / "sketch"
    options = ["-std=c++17", "-Wall", "-Werror", f"-I{STUBS}", f'-DSKETCH="{sketch}"']
    subprocess.run([compiler, *options, STUBS / "main.cpp", "-o", program], check=True, timeout=120)
    subprocess.run([program, "900", "200", "500"], check=True, timeout=120)
    sent = values(sensor)
    assert sent == [float(second) for second in range(0, 5 * len(sent), 5)]
    assert len(sent) >= 168  # of 180; the last ones wait
    assert sensor.statistics()["total_data"] == len(sent)
    assert len(set(flaky.bodies[:4])) == len(set(flaky.names[:4])) == 1
    assert len(flaky.bodies) < 30


def micropython(tmp_path: Path, url: str, key: str, script: str) -> list[Any]:
    """What a script prints, as JSON lines, in MicroPython with the example as the module `main`."""
    source = (ROOT / "examples/micropython/main.py").read_text("utf-8").replace(URL, url)
    (tmp_path / "main.py").write_text(source.replace('KEY = "KEY"', f'KEY = "{key}"'), "utf-8")
    (tmp_path / "script.py").write_text(script, "utf-8")
    done = subprocess.run(
        ["node", MICROPYTHON, tmp_path / "main.py", tmp_path / "script.py"],
        capture_output=True, text=True, encoding="utf-8", env=environment(), check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


STEPS = """
import json, sys, main
number = 0
def measure():
    global number
    number += 1
    return [("temperature", number)]
main.measure = measure
said = []
for _ in range(15):
    main.keep()
while main.begin():
    said.append(main.post())
    main.keep()
# A restart after the server has accepted a batch, and before the board knew it.
for _ in range(12):
    main.keep()
assert main.begin()
done, main.done = main.done, lambda: None
main.post()
main.keep()
main.done = done
while main.begin():
    said.append(main.post())
# A power cut in the middle of a line.
with open(main.WAITING, "a") as file:
    file.write('{"type": "temp')
for _ in range(14):
    main.keep()
while main.begin():
    said.append(main.post())
print(json.dumps(said))
print(json.dumps(main.read(main.WAITING).count("\\n")))
"""


@pytest.mark.npm
def test_the_micropython_example_runs_and_counts_a_repeat_once(
    sensor: Sensor, flaky: Flaky, tmp_path: Path
) -> None:
    said, waiting = micropython(tmp_path, f"{flaky.url}/api/v1/devices/data", sensor.api_key, STEPS)
    assert said[:4] == [1, 2, 2, 0]
    stored = values(sensor)
    assert stored == sorted(
        set(stored)
    )  # each once, in order; the line that broke off is not there
    assert sensor.statistics()["total_data"] == len(stored)
    assert len(stored) + waiting >= 19 + 13 + 13
    assert len(set(flaky.bodies[:4])) == 1


@pytest.mark.npm
def test_the_micropython_example_waits_for_the_network(sensor: Sensor, tmp_path: Path) -> None:
    script = """
import json, main
for _ in range(12):
    main.keep()
main.begin()
print(json.dumps(main.post()))
main.connect()
print(json.dumps(main.size(main.BATCH) > 0))
"""
    nowhere = "http://127.0.0.1:9/api/v1/devices/data"
    assert micropython(tmp_path, nowhere, sensor.api_key, script) == [1, True]


def test_the_python_example_sends_what_it_measures(
    sensor: Sensor, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from examples import sensor as example

    url = door.to(sensor.client.application)
    credentials = tmp_path / "device.json"
    credentials.write_text(json.dumps({"base_url": url, "api_key": sensor.api_key}), "utf-8")
    rounds = iter(range(3))

    def measure() -> list[tuple[str, float]]:
        if next(rounds, None) is None:
            raise KeyboardInterrupt
        return [("temperature", 30.5)]

    monkeypatch.setattr(example, "measure", measure)
    arguments = ["sensor.py", "--device", str(credentials), "--every", "0", "--post-every", "0"]
    monkeypatch.setattr("sys.argv", arguments)
    example.main()
    assert sensor.statistics()["total_data"] == 3


def test_an_example_that_is_not_compiled_here_says_so() -> None:
    text = (ROOT / "examples/flutter/lib/main.dart").read_text("utf-8")
    assert "Not compiled here" in text
