"""The program of the makers' page, as it stands there, against a server that fails at first."""

import json

import pytest

from tests.devices.sensors import BASE, Sensor
from tests.web import Loopback, QuietHandler
from tools.paths import ROOT


def program() -> str:
    page = (ROOT / "docs" / "device-makers.md").read_text("utf-8")
    section = page.split("## Python")[1].split("## ESP32")[0]
    return "\n".join(
        line[4:] for line in section.splitlines() if line.startswith("    ") or not line
    )


def test_the_python_of_the_makers_page_posts_through_failures_and_counts_once(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["lost", "503", "429", "pass"])
    names: list[str] = []

    class Flaky(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802  as http.server calls it
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names.append(self.headers["Idempotency-Key"])
            stored = sensor.send("/data", body, Idempotency_Key=names[-1])
            assert stored.status_code == 200
            kind = next(answers)
            if kind == "lost":
                self.close_connection = True
                return
            self.send(200 if kind == "pass" else int(kind), headers={"Retry-After": "0"})

    server = Loopback(Flaky)
    monkeypatch.setattr("time.sleep", lambda _: None)
    url = f"{server.url}{BASE}/data"
    text = program().replace('"http://127.0.0.1:5400/api/v1/devices/data"', json.dumps(url))
    exec(compile(text, "device-makers.md", "exec"), {})
    server.end()
    assert len(names) == 4
    assert len(set(names)) == 1
    assert sensor.statistics()["total_data"] == 2
    assert {row["data_type"] for row in sensor.history()} == {"temperature", "humidity"}
