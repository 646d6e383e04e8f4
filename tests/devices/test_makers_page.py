"""The program of the makers' page, as it stands there, against a server that fails at first."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.devices.sensors import BASE, Sensor
from tools.places import ROOT


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

    class Flaky(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names.append(self.headers["Idempotency-Key"])
            kept = sensor.send("/data", body, Idempotency_Key=names[-1])
            assert kept.status_code == 200
            kind = next(answers)
            if kind == "lost":
                self.close_connection = True
                return
            self.send_response(200 if kind == "pass" else int(kind))
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Flaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("time.sleep", lambda _: None)
    url = f"http://127.0.0.1:{server.server_address[1]}{BASE}/data"
    text = program().replace('"http://127.0.0.1:5400/api/v1/devices/data"', json.dumps(url))
    exec(compile(text, "device-makers.md", "exec"), {})
    server.shutdown()
    server.server_close()
    assert len(names) == 4
    assert len(set(names)) == 1
    assert sensor.statistics()["total_data"] == 2
    assert {row["data_type"] for row in sensor.history()} == {"temperature", "humidity"}
