"""The program of the makers' page, as it stands there, started again until the server takes what it measured."""

import json
from pathlib import Path

import pytest
from simpul_client import Unavailable

from tests.devices.sensors import Sensor
from tests.examples.flaky import Flaky
from tools.paths import ROOT


def program() -> str:
    page = (ROOT / "docs" / "device-makers.md").read_text("utf-8")
    section = page.split("## Python")[1].split("## MicroPython")[0].split("A program:")[1]
    return "\n".join(
        line[4:] for line in section.splitlines() if line.startswith("    ") or not line
    )


def test_the_python_of_the_makers_page_loses_nothing_through_failures_and_counts_once(
    sensor: Sensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server = Flaky(sensor, ["lost", "503", "429"])
    text = program().replace(
        '"http://127.0.0.1:5400", "KEY"', json.dumps([server.url, sensor.api_key])[1:-1]
    )
    code = compile(text, "device-makers.md", "exec")
    for _ in range(3):
        with pytest.raises(Unavailable):
            exec(code, {})
    exec(code, {})
    server.end()
    assert len(set(server.bodies[:4])) == len(set(server.names[:4])) == 1
    assert sensor.statistics()["total_data"] == 8
    assert {row["data_type"] for row in sensor.history()} == {"temperature", "humidity"}
