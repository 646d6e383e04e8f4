"""A server that fails as a test says, after the real functions have stored what it got."""

from tests.devices.sensors import Sensor
from tests.web import Loopback, QuietHandler


class Flaky(Loopback):
    """A server in front of the device endpoints that fails as a test says, after the readings are stored."""

    def __init__(self, sensor: Sensor, kinds: list[str]) -> None:
        self.names: list[str | None] = []
        self.bodies: list[bytes] = []
        outer = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:  # noqa: N802  as http.server calls it
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.names.append(self.headers["Idempotency-Key"])
                outer.bodies.append(body)
                key = self.headers["X-API-Key"]
                headers = {"Idempotency_Key": outer.names[-1]} if outer.names[-1] else {}
                stored = sensor.send("/data", body, key, **headers)
                kind = kinds.pop(0) if kinds else "pass"
                if kind == "lost":
                    self.close_connection = True
                elif kind == "pass":
                    self.send(stored.status_code, stored.data)
                else:
                    self.send(int(kind), headers={"Retry-After": "2"})

        super().__init__(Handler)
