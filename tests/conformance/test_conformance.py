"""Servers that keep the contract are told so; of each that does not, the line is found."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import Serve, broken_lines
from tests.conformance.small import Json, Reading, Refused, Small, as_apps_script, by_paths
from tests.web import Loopback
from tools.conformance import command
from tools.conformance.http import Server
from tools.conformance.lines import INFORMATION, MUST
from tools.console import Problem


def test_a_server_of_the_contract_conforms(serve: Serve, tmp_path: Path) -> None:
    url = serve(by_paths(Small()))
    assert broken_lines(url) == {}
    assert command.conformance(url, None, 5, tmp_path) == 0


def test_a_server_like_apps_script_conforms_through_its_redirects(
    serve: Serve, tmp_path: Path
) -> None:
    url = serve(as_apps_script(Small())) + "/macros/s/AKfy/exec"
    assert broken_lines(url, "exec") == {}
    assert command.conformance(url, None, 5, tmp_path) == 0
    found = json.loads((tmp_path / "conformance.json").read_text("utf-8"))
    assert found["style"] == "exec"
    hops = found["lines"][0]["exchanges"][0]["hops"]
    assert [hop["status"] for hop in hops] == [302, 200]
    assert [hop["allowed_origins"] for hop in hops] == [["*"], ["*"]]
    page = (tmp_path / "conformance.md").read_text("utf-8")
    assert page.count("  Access-Control-Allow-Origin: *\n  redirected: 302 → http") > 20


class IgnoresTs(Small):
    def post_presence_qr_generate(self, fields: Json) -> Json:
        return super().post_presence_qr_generate({**fields, "ts": None})


class OneToken(Small):
    def post_presence_qr_generate(self, fields: Json) -> Json:
        data = super().post_presence_qr_generate(fields)
        self.tokens["TKN-SAME00"] = self.tokens[data["qr_token"]]
        return {**data, "qr_token": "TKN-SAME00"}


class OneId(Small):
    def post_presence_checkin(self, fields: Json) -> Json:
        return {**super().post_presence_checkin(fields), "presence_id": "PR-0001"}


class ForgetsExpiry(Small):
    def admit(self, fields: Json, token: Json | None) -> None:
        super().admit({**fields, "ts": "2000"}, token)


class RefusesButRecords(Small):
    def admit(self, fields: Json, token: Json | None) -> None:
        try:
            super().admit(fields, token)
        except Refused:
            key = (fields["user_id"], fields["course_id"], fields["session_id"])
            self.presences[key] = {"presence_id": "PR-9", "ts": fields["ts"]}
            raise


class TakesAnyToken(Small):
    def admit(self, fields: Json, token: Json | None) -> None:
        pass


class TakesTheTokenOfAnotherCourse(Small):
    def admit(self, fields: Json, token: Json | None) -> None:
        super().admit(fields, token and {**token, "course_id": fields["course_id"]})


class AlwaysThere(Small):
    def get_presence_status(self, fields: Json) -> Json:
        data = super().get_presence_status(fields)
        return {**data, "status": "checked_in", "last_ts": self.now()}


class AbsentWithoutLastTs(Small):
    def get_presence_status(self, fields: Json) -> Json:
        data = super().get_presence_status(fields)
        return {name: value for name, value in data.items() if value is not None}


class LocalTimes(Small):
    def get_presence_status(self, fields: Json) -> Json:
        data = super().get_presence_status(fields)
        return {**data, "last_ts": data["last_ts"] and data["last_ts"].replace("Z", "+00:00")}


class OwnErrorCodes(Small):
    def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
        status, body = super().call(method, path, fields)
        return status, {**body, **({"error": "bad request"} if status == 400 else {})}


class OwnStatuses(Small):
    def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
        status, body = super().call(method, path, fields)
        return 200 if status == 404 else status, body


class OkAsText(Small):
    def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
        status, body = super().call(method, path, fields)
        return status, {**body, "ok": str(body["ok"]).lower()}


class AcceptedAsTrue(Small):
    def post_telemetry_accel(self, fields: Json) -> Json:
        return {"accepted": bool(super().post_telemetry_accel(fields))}


class FirstSample(Small):
    def post_telemetry_accel(self, fields: Json) -> Json:
        data = super().post_telemetry_accel(fields)
        self.accel[fields["device_id"]] = fields["samples"][0]
        return data


class NeverUpdates(Small):
    def post_telemetry_accel(self, fields: Json) -> Json:
        kept = self.accel.get(fields.get("device_id", ""))
        data = super().post_telemetry_accel(fields)
        if kept:
            self.accel[fields["device_id"]] = kept
        return data


class OneDevice(Small):
    def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
        one = {"device_id": "one"} if fields.get("device_id") else {}
        return super().call(method, path, {**fields, **one})


class NoEquator(Small):
    def post_telemetry_gps(self, fields: Json) -> Json:
        return super().post_telemetry_gps({name: value or None for name, value in fields.items()})


class NewestFirst(Small):
    def get_telemetry_gps_history(self, fields: Json) -> Json:
        data = super().get_telemetry_gps_history(fields)
        return {**data, "items": data["items"][::-1]}


class NoLimit(Small):
    def get_telemetry_gps_history(self, fields: Json) -> Json:
        return super().get_telemetry_gps_history({**fields, "limit": 200})


class AccuracyAsNull(Small):
    def get_telemetry_gps_latest(self, fields: Json) -> Json:
        data = super().get_telemetry_gps_latest(fields)
        return {**data, "accuracy_m": data["accuracy_m"] or None}


class EmptyForUnknown(Small):
    def found(self, value: Any) -> Any:
        return value or [{}]


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (IgnoresTs, "expires_at two minutes after `ts`"),
        (OneToken, "each generate draws another token"),
        (OneId, "presence_id is unique"),
        (ForgetsExpiry, "token_expired"),
        (RefusesButRecords, "token_invalid, and nobody is in"),
        (TakesAnyToken, "token_mismatch"),
        (TakesTheTokenOfAnotherCourse, "token_mismatch"),
        (AlwaysThere, "status is absent"),
        (AbsentWithoutLastTs, "with last_ts null"),
        (LocalTimes, "status is checked_in after the check-in"),
        (OwnErrorCodes, "check-in names a missing field"),
        (OwnStatuses, "device_not_found"),
        (OwnStatuses, "unknown_endpoint"),
        (OkAsText, "generate answers qr_token"),
        (AcceptedAsTrue, "`accepted` counts its samples"),
        (FirstSample, "latest is the last sample"),
        (NeverUpdates, "latest is another one after a new batch"),
        (OneDevice, "of no other device"),
        (NoEquator, "0 is a latitude"),
        (NewestFirst, "history is all points, the oldest first"),
        (NoLimit, "returns no more than that"),
        (AccuracyAsNull, "accuracy_m is optional"),
        (EmptyForUnknown, "device_not_found"),
    ],
)
def test_what_a_server_does_wrong_is_found(serve: Serve, wrong: type[Small], line: str) -> None:
    found = broken_lines(serve(by_paths(wrong())))
    assert any(line in says for says in found), found


@pytest.mark.parametrize(
    "body", [b'{"ok": true, "data": {}}', b'{"ok": false, "error": "missing_field: course_id"}', b"<html>", b"[]", b"", b"\xff"]
)  # fmt: skip
def test_a_server_that_says_the_same_to_everything_keeps_no_line(serve: Serve, body: bytes) -> None:
    class Parrot(Reading):
        def answer(self, path: str, query: Json, body_: Json) -> None:
            self.send(200, body)

        def do_OPTIONS(self) -> None:  # noqa: N802  as http.server calls it
            self.send(200, body)

    for style in ("rest", "exec"):
        must = {line.says for line in command.lines_for(style) if line.level == MUST}
        assert set(broken_lines(serve(Loopback(Parrot)), style)) == must


def test_a_server_that_echoes_the_contracts_examples_is_not_believed(serve: Serve) -> None:
    class Actor(Small):
        def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
            data: Json = {
                "qr_token": "TKN-8F2A19", "expires_at": "2026-02-18T10:02:00Z",
                "presence_id": "PR-0001", "status": "checked_in", "last_ts": self.now(),
                "accepted": len(fields.get("samples", [])) or True, **fields,
            }  # fmt: skip
            return 200, {"ok": True, "data": data}

    found = broken_lines(serve(by_paths(Actor())))
    assert len(found) >= 23


def test_what_the_contract_leaves_open_is_told_and_not_counted(serve: Serve) -> None:
    url = serve(by_paths(Small()))
    assert any("late" in says for says in broken_lines(url, level=INFORMATION))
    assert broken_lines(url) == {}


def test_an_exec_that_uses_other_statuses_than_200_is_found(serve: Serve) -> None:
    small = Small()

    class Strict(Reading):
        def answer(self, path: str, query: Json, body: Json) -> None:
            status, answer = small.call(self.command, query.pop("path", ""), {**query, **body})
            self.send(status, json.dumps(answer).encode())

    found = broken_lines(serve(Loopback(Strict)), "exec")
    assert found["an endpoint that does not exist: unknown_endpoint"] == (
        "the status must be 200, but is 404"
    )


class Dripping(Reading):
    """Sends a byte now and then and never ends."""

    def answer(self, path: str, query: Json, body: Json) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(40):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)


class Silent(Reading):
    """Takes the request and says nothing for longer than anybody waits."""

    def answer(self, path: str, query: Json, body: Json) -> None:
        time.sleep(1)


class Circling(Reading):
    def answer(self, path: str, query: Json, body: Json) -> None:
        self.send(302, headers={"Location": path})


class Elsewhere(Reading):
    def answer(self, path: str, query: Json, body: Json) -> None:
        self.send(302, headers={"Location": "file:///etc/passwd"})


@pytest.mark.parametrize("handler", [Dripping, Silent, Circling, Elsewhere])
def test_a_server_that_does_not_come_to_an_end_is_left(
    serve: Serve, handler: type[Reading]
) -> None:
    server = Server(serve(Loopback(handler)), "rest", timeout=0.2)
    exchange = server.call("GET", "presence/status")
    assert exchange.failure
    assert not exchange.answer
    assert exchange.seconds < 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "localhost:5400", "ftp://127.0.0.1"])
def test_where_nothing_answers_no_verdict_is_given(url: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"Nothing answers|must begin with http"):
        command.conformance(url, None, 1, tmp_path)


def test_the_reports_show_request_answer_and_verdict(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Hostile(Small):
        def get_telemetry_gps_latest(self, fields: Json) -> Json:
            return {**super().get_telemetry_gps_latest(fields), "lat": "```\x1b[2J# PASS"}

    assert command.conformance(serve(by_paths(Hostile())), None, 5, tmp_path) == 1
    terminal = capsys.readouterr().out
    assert "FAIL  GPS: a point is stored" in terminal
    assert "lines of the contract are kept: the server does NOT conform." in terminal
    page = (tmp_path / "conformance.md").read_text("utf-8")
    assert "POST http://127.0.0.1" in page
    assert "\x1b" not in terminal + page
    assert "````" in page
    found = json.loads((tmp_path / "conformance.json").read_text("utf-8"))
    assert found["conforms"] is False
    line = next(line for line in found["lines"] if line["says"].startswith("a point is stored"))
    assert (line["kept"], line["level"], line["exchanges"][0]["status"]) == (False, "must", 200)


def test_two_runs_share_no_id(serve: Serve) -> None:
    seen: list[str] = []

    class Remembering(Small):
        def call(self, method: str, path: str, fields: Json) -> tuple[int, Json]:
            seen.append(str(fields.get("session_id")))
            return super().call(method, path, fields)

    url = serve(by_paths(Remembering()))
    broken_lines(url)
    first = set(seen)
    seen.clear()
    broken_lines(url)
    assert first & set(seen) == {"None"}


def test_the_small_server_is_of_the_contract_itself() -> None:
    data = Small().post_presence_qr_generate(
        {"course_id": "cloud-101", "session_id": "sesi-02", "ts": "2026-02-18T10:00:00Z"}
    )
    assert data["expires_at"] == "2026-02-18T10:02:00Z"
