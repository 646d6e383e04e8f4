"""A small server of the course contract, in memory, as a group of students might write it.

Subclasses are wrong in one thing each.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.web import Loopback, QuietHandler

STATUSES = {"missing_field": 400, "token": 401, "device_not_found": 404, "unknown_endpoint": 404}
Json = dict[str, Any]


class Refused(Exception):
    """An error code of the contract."""


def need(fields: Json, *names: str) -> None:
    """Refuses what lacks one of these."""
    for name in names:
        if fields.get(name) in (None, "", []):
            raise Refused(f"missing_field: {name}")


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Small:
    """The contract, as short as it goes."""

    echo = "/echo"  # where the result of a POST is, for a server like Apps Script

    def __init__(self) -> None:
        self.results: list[bytes] = []
        self.numbers = count(1)
        self.tokens: dict[str, Json] = {}
        self.presences: dict[tuple[str, ...], Json] = {}
        self.accel: dict[str, Json] = {}
        self.gps: dict[str, list[Json]] = {}

    def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
        """Status and body of one call."""
        name = method.lower() + "_" + path.strip("/").replace("/", "_")
        try:
            return 200, {"ok": True, "data": getattr(self, name, self.unknown)(fields)}
        except Refused as refused:
            code = str(refused)
            status = next(s for start, s in STATUSES.items() if code.startswith(start))
            return status, {"ok": False, "error": code}

    def allowed_origins(self, answer: "Reading") -> list[str]:
        """The lines of Access-Control-Allow-Origin in an answer."""
        return ["*"]

    def preflight(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer to OPTIONS."""
        return 204, {"Access-Control-Allow-Headers": "content-type"}

    def unknown(self, _: Json) -> Any:
        raise Refused("unknown_endpoint")

    def now(self) -> str:
        return text(datetime.now(UTC))

    def post_presence_qr_generate(self, fields: Json) -> Json:
        need(fields, "course_id", "session_id")
        start = datetime.fromisoformat(fields.get("ts") or self.now())
        token = {
            "qr_token": f"TKN-{next(self.numbers):06}",
            "expires_at": text(start + timedelta(minutes=2)),
        }
        self.tokens[token["qr_token"]] = {**fields, **token}
        return token

    def post_presence_checkin(self, fields: Json) -> Json:
        need(fields, "user_id", "device_id", "course_id", "session_id", "qr_token")
        self.admit(fields, self.tokens.get(fields["qr_token"]))
        key = (fields["user_id"], fields["course_id"], fields["session_id"])
        record = {"presence_id": f"PR-{next(self.numbers):04}", "ts": fields["ts"]}
        return {
            "presence_id": self.presences.setdefault(key, record)["presence_id"],
            "status": "checked_in",
        }

    def admit(self, fields: Json, token: Json | None) -> None:
        if token is None:
            raise Refused("token_invalid")
        if any(token[name] != fields[name] for name in ("course_id", "session_id")):
            raise Refused("token_mismatch")
        if fields["ts"] > token["expires_at"]:
            raise Refused("token_expired")

    def get_presence_status(self, fields: Json) -> Json:
        names = ("user_id", "course_id", "session_id")
        need(fields, *names)
        found = self.presences.get(tuple(fields[name] for name in names))
        return {
            **{name: fields[name] for name in names},
            "status": "checked_in" if found else "absent",
            "last_ts": found["ts"] if found else None,
        }

    def post_telemetry_accel(self, fields: Json) -> Json:
        need(fields, "device_id", "samples")
        self.accel[fields["device_id"]] = fields["samples"][-1]
        return {"accepted": len(fields["samples"])}

    def get_telemetry_accel_latest(self, fields: Json) -> Json:
        need(fields, "device_id")
        found: Json = self.found(self.accel.get(fields["device_id"]))
        return found

    def post_telemetry_gps(self, fields: Json) -> Json:
        need(fields, "device_id", "lat", "lng")
        point = {name: fields[name] for name in ("ts", "lat", "lng")}
        points = self.gps.setdefault(fields["device_id"], [])
        points.append({**point, "accuracy_m": fields.get("accuracy_m", 0)})
        return {"accepted": True}

    def get_telemetry_gps_latest(self, fields: Json) -> Json:
        need(fields, "device_id")
        points: list[Json] = self.found(self.gps.get(fields["device_id"]))
        return points[-1]

    def get_telemetry_gps_history(self, fields: Json) -> Json:
        need(fields, "device_id")
        points = self.found(self.gps.get(fields["device_id"]))
        return {"device_id": fields["device_id"], "items": points[-int(fields.get("limit", 200)) :]}

    def found(self, value: Any) -> Any:
        if value is None:
            raise Refused("device_not_found")
        return value


def by_paths(server: Small) -> Loopback:
    """The server at its paths, with the contract's status codes."""

    class Handler(Reading):
        small = server

        def answer(self, path: str, query: Json, body: Json) -> None:
            status, answer = server.call(self.command, path, {**query, **body})
            self.send(status, json.dumps(answer).encode())

    return Loopback(Handler)


def as_apps_script(server: Small) -> Loopback:
    """The server at one URL: always 200, and a POST is answered by a redirect to its result."""
    results = server.results

    class Handler(Reading):
        small = server

        def answer(self, path: str, query: Json, body: Json) -> None:
            if path == "/echo":
                self.send(200, results[int(query["n"])])
                return
            _, answer = server.call(self.command, query.pop("path", ""), {**query, **body})
            if self.command == "GET":
                self.send(200, json.dumps(answer).encode())
                return
            results.append(json.dumps(answer).encode())
            self.send(302, headers={"Location": f"{server.echo}?n={len(results) - 1}"})

    return Loopback(Handler)


class Reading(QuietHandler):
    """Reads a request, and lets pages of any origin read the answer; subclasses write it."""

    small = Small()
    status = 0

    def do_GET(self) -> None:  # noqa: N802  as http.server calls it
        self._read(b"{}")

    def do_POST(self) -> None:  # noqa: N802  as http.server calls it
        self._read(self.rfile.read(int(self.headers["Content-Length"])))

    def do_OPTIONS(self) -> None:  # noqa: N802  as http.server calls it
        status, headers = self.small.preflight()
        self.send(status, headers=headers)

    def send_response(self, code: int, message: str | None = None) -> None:
        self.status = code
        super().send_response(code, message)

    def end_headers(self) -> None:
        for origin in self.small.allowed_origins(self):
            self.send_header("Access-Control-Allow-Origin", origin)
        super().end_headers()

    def _read(self, body: bytes) -> None:
        url = urlsplit(self.path)
        try:
            fields = json.loads(body)
        except ValueError:
            fields = {}
        self.answer(url.path, dict(parse_qsl(url.query)), fields)

    def answer(self, path: str, query: Json, body: Json) -> None:
        raise NotImplementedError
