"""Handshake, heartbeat, telemetry, commands: as a machine in the field and an admin meet them."""

import base64
import json
from typing import Any

import pytest

from shared.base.errors import Unavailable
from tests.conftest import MovableClock
from tests.edge.machines import EDGE, STUDENT, Bench
from tests.meter import Meter
from tests.topic import Topic

FIELD_REPORT = {
    "hardware_id": "RVM-0001", "name": "RVM-Edge", "ip_address": "10.0.0.7", "ip_vpn": "100.64.0.7",
    "timezone": "Asia/Jakarta", "firmware_version": "2.4.1", "controller_type": "ESP32",
    "ai_model_version": "1.0.0", "system": {"os": "jetson", "mem": [4, 8]},
    "health_metrics": {"cpu_temp": 51.5}, "config": {"x": None}, "diagnostics": {"camera": "ok"},
    "a_field_of_tomorrow": {"kept": True},
}  # fmt: skip


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


def test_a_handshake_answers_in_both_forms_that_machines_read(bench: Bench) -> None:
    answer = bench.send("/handshake", FIELD_REPORT)
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["status"], body["success"]) == ("success", True)
    data = body["data"]
    assert list(data) == [
        "uuid", "kiosk_url", "ws_auth_token", "identity", "kiosk", "websocket", "policy", "ai_model",
    ]  # fmt: skip
    assert data["uuid"] == bench.uuid
    assert data["identity"] == {
        "rvm_id": bench.machine["rvm_id"],
        "rvm_uuid": bench.uuid,
        "rvm_name": "RVM Perpustakaan",
    }
    assert data["kiosk"] == {"url": data["kiosk_url"], "timezone": "Asia/Jakarta"}
    assert data["kiosk_url"].startswith(f"https://simpul.test/rvm-ui/{bench.uuid}?expires=")
    assert data["websocket"] == {
        "channel": f"rvm.{bench.uuid}",
        "auth_token": data["ws_auth_token"],
        "project_id": "demo-loaded",
        "api_key": "web-key",
        "path": f"rvm/{bench.uuid}",
    }
    assert set(data["policy"]) == {
        "is_maintenance_mode", "bin_full_threshold_percent", "camera_idle_timeout_sec",
        "motor_speed_delay",
    }  # fmt: skip
    assert data["ai_model"] is None  # no bucket here
    assert claims(data["ws_auth_token"])["claims"] == {"machine": bench.uuid, "generation": 1}


def test_a_handshake_shows_the_machine_online_and_keeps_what_it_does_not_know(
    bench: Bench,
) -> None:
    assert bench.live()["status"] == "offline"
    bench.send("/handshake", FIELD_REPORT)
    assert bench.live()["status"] == "online"
    assert bench.live()["version"] == "2.4.1"
    stored = bench.database.get(bench.database.path("machines", bench.uuid)) or {}
    assert json.loads(stored["handshake"]) == FIELD_REPORT


@pytest.mark.parametrize("header", ["X-RVM-API-KEY", "X-API-Key"])
def test_either_header_carries_the_key(bench: Bench, header: str) -> None:
    answer = bench.edge.post(f"{EDGE}/heartbeat", headers={header: bench.api_key}, data="")
    assert answer.status_code == 200


def test_a_handshake_without_hardware_id_says_so(bench: Bench) -> None:
    answer = bench.send("/handshake", {})
    assert answer.status_code == 422
    assert answer.get_json() == {
        "status": "error", "success": False, "message": "Invalid fields",
        "error_code": "INVALID_FIELDS",
        "errors": {"hardware_id": ["The hardware_id field is required."]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "MISSING_API_KEY"),
        ("nonsense", "INVALID_API_KEY"),
        ("rvm_" + "0" * 32 + "_" + "a" * 32, "INVALID_API_KEY"),
    ],
)
@pytest.mark.parametrize("path", ["/handshake", "/heartbeat", "/telemetry", "/commands/x/ack"])
def test_no_door_opens_without_the_key(bench: Bench, path: str, key: str, code: str) -> None:
    answer = bench.send(path, {"hardware_id": "x"}, key=key)
    assert (answer.status_code, answer.get_json()["error_code"]) == (401, code)
    assert answer.get_json()["status"] == "error"


def test_another_machines_secret_does_not_open_this_machine(bench: Bench) -> None:
    other = bench.register(name="other")["api_key"]
    mixed = bench.api_key[:37] + other[37:]
    assert bench.send("/heartbeat", key=mixed).get_json()["error_code"] == "INVALID_API_KEY"


def test_a_key_is_stored_only_as_its_hash_and_ends_when_a_new_one_is_made(
    bench: Bench, clock: MovableClock
) -> None:
    stored = bench.database.get(bench.database.path("machines", bench.uuid))
    assert bench.api_key not in repr(stored)
    assert bench.api_key[37:] not in repr(stored)
    new = bench.admin("POST", f"/{bench.uuid}/key").get_json()["data"]["api_key"]
    clock.move(seconds=6)
    assert bench.send("/heartbeat").status_code == 401
    assert bench.send("/heartbeat", key=new).status_code == 200


def test_a_blocked_machine_is_refused_until_it_is_let_in_again(
    bench: Bench, clock: MovableClock
) -> None:
    bench.admin("PUT", f"/{bench.uuid}", json={"is_blocked": True})
    answer = bench.send("/handshake", {"hardware_id": "x"})
    assert (answer.status_code, answer.get_json()["error_code"]) == (403, "MACHINE_BLOCKED")
    bench.admin("PUT", f"/{bench.uuid}", json={"is_blocked": False})
    assert bench.send("/heartbeat").status_code == 200


def test_an_admin_changes_what_the_handshake_tells(bench: Bench) -> None:
    change = {"name": "RVM Kantin", "policy": {"is_maintenance_mode": True}}
    answer = bench.admin("PUT", f"/{bench.uuid}", json=change)
    assert answer.status_code == 200
    data = bench.handshake()
    assert data["identity"]["rvm_name"] == "RVM Kantin"
    assert data["policy"]["is_maintenance_mode"] is True
    assert data["policy"]["bin_full_threshold_percent"] == 90
    assert bench.live()["is_maintenance_mode"] is True


@pytest.mark.parametrize("bearer", [None, STUDENT, "garbage"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""), ("GET", ""), ("GET", "/{uuid}"), ("PUT", "/{uuid}"), ("POST", "/{uuid}/key"),
        ("POST", "/{uuid}/commands"), ("POST", "/{uuid}/pins"), ("GET", "/{uuid}/pins"),
        ("DELETE", "/{uuid}/pins/x"), ("POST", "/{uuid}/unlock"),
    ],
)  # fmt: skip
def test_only_admins_look_after_machines(
    bench: Bench, method: str, path: str, bearer: str | None
) -> None:
    answer = bench.admin(method, path.format(uuid=bench.uuid), bearer, json={"name": "x"})
    assert answer.status_code == (403 if bearer == STUDENT else 401)


def test_the_same_hardware_is_registered_once(bench: Bench) -> None:
    bench.register(hardware_id="HW-1")
    answer = bench.admin("POST", "", json={"name": "again", "hardware_id": "HW-1"})
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {
        "hardware_id": ["The hardware_id has already been taken."]
    }


def test_admins_see_machines_with_their_state_and_never_a_key(bench: Bench) -> None:
    bench.beat(bin_capacity=70)
    (machine,) = bench.admin("GET", "").get_json()["data"]
    assert (machine["status"], machine["bin_level"]) == ("online", 70)
    assert "key" not in repr(machine)
    bench.clock.move(seconds=601)
    assert bench.admin("GET", f"/{bench.uuid}").get_json()["data"]["status"] == "offline"
    assert bench.admin("GET", "/nobody").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {}, {"status": 7, "version": ["x"], "health_metrics": "hot", "bin_capacity": "full"},
        {"bin_capacity": -3, "health_metrics": {"t": {}}},
        {"bin_capacity": {"plastic": 1}, "discovery": {"mdns": []}, "unknown": {"a": [1, [2]]}},
    ],
)  # fmt: skip
def test_a_heartbeat_takes_whatever_a_machine_says(bench: Bench, body: dict[str, Any]) -> None:
    beat = bench.beat(**body)
    assert (beat["status"], beat["success"]) == ("success", True)
    assert beat["server_time"] == "2026-02-18T10:00:00Z"
    assert beat["commands"] == []
    assert beat["data"]["commands"] == []
    assert bench.admin("GET", "").status_code == 200


def test_nan_from_a_machine_reaches_no_reader(bench: Bench) -> None:
    assert (
        bench.send("/heartbeat", '{"bin_capacity": NaN, "health_metrics": {"t": NaN}}').status_code
        == 200
    )
    assert not {"bin_level", "health"} & set(bench.live())


@pytest.mark.parametrize("body", ["[]", "nonsense", '"x"', '{"a": ', "\x00"])
@pytest.mark.parametrize("path", ["/handshake", "/heartbeat", "/telemetry"])
def test_broken_json_is_told_in_the_machines_envelope(bench: Bench, path: str, body: str) -> None:
    answer = bench.send(path, body)
    assert answer.status_code in (400, 422)
    assert answer.get_json()["status"] == "error"


def test_telemetry_is_stored_and_told_once_however_often_it_is_sent(
    bench: Bench, topic: Topic
) -> None:
    body = {
        "sensors": {"temperature": 31.5, "bin_capacity": "61"},
        "timestamp": "2026-02-18T09:59Z",
    }
    for _ in range(3):
        assert bench.send("/telemetry", body).status_code == 200
    stored = bench.database.query(
        bench.database.path("machines", bench.uuid), "telemetry", order_by="received_at", limit=9
    )
    assert [json.loads(batch["sensors"]) for batch in stored] == [
        {"temperature": 31.5, "bin_capacity": 61}
    ]
    events = topic.events(3)
    assert {event["batch_id"] for event in events} == {events[0]["batch_id"]}


def test_flat_numbers_are_telemetry_too(bench: Bench, topic: Topic) -> None:
    body = {"temperature": 31.5, "capacity": 80, "status": "ok", "door_open": True}
    assert bench.send("/telemetry", body).get_json()["count"] == 2
    (event,) = topic.events(1)
    assert event["sensors"] == {"temperature": 31.5, "capacity": 80}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"sensors": {}}, {"sensors": {"t": "hot"}}, {"sensors": {"t": None}}, {"sensors": [1]},
        {"sensors": {"__x__": 1}}, {"sensors": {"": 1}}, {"status": "ok"},
        {"sensors": {"t": 1}, "timestamp": "yesterday"},
        '{"sensors": {"t": 1e999}}', {"sensors": {f"s{n}": n for n in range(101)}},
    ],
)  # fmt: skip
def test_telemetry_without_numbers_is_refused_and_nothing_is_kept(
    bench: Bench, topic: Topic, meter: Meter, body: Any
) -> None:
    meter.reset()
    answer = bench.send("/telemetry", body)
    assert answer.status_code == 422
    assert answer.get_json()["errors"]
    assert meter.writes == 0


def test_a_heartbeat_costs_two_calls_and_telemetry_one(bench: Bench, meter: Meter) -> None:
    bench.handshake()
    bench.beat()
    meter.reset()
    bench.beat(bin_capacity=1)
    assert meter.cost == (2, 1, 1)
    meter.reset()
    bench.send("/telemetry", {"sensors": {"t": 1}})
    assert meter.cost == (1, 0, 1)
    bench.restart()
    meter.reset()
    bench.handshake()
    assert meter.cost == (2, 1, 2)


def test_a_command_waits_for_the_heartbeat_and_is_given_out_once(bench: Bench) -> None:
    sent = bench.command("open_door", params={"seconds": 5})
    assert bench.event(sent)["status"] == "pending"
    (command,) = bench.beat()["commands"]
    assert command == {
        "id": sent, "action": "open_door", "command": "open_door", "params": {"seconds": 5},
        "created_at": "2026-02-18T10:00:00Z", "expires_at": "2026-02-18T10:05:00Z",
    }  # fmt: skip
    assert bench.event(sent)["status"] == "delivered"
    assert bench.beat()["commands"] == []
    assert bench.ack(sent, "done", {"door": "open"}).get_json()["data"]["status"] == "done"
    event = bench.event(sent)
    assert (event["event"], event["status"], event["result"]) == (
        "HardwareCommandEvent",
        "done",
        '{"door": "open"}',
    )


def test_an_expired_command_is_never_delivered(bench: Bench, clock: MovableClock) -> None:
    sent = bench.command()
    clock.move(minutes=5)
    assert bench.beat()["commands"] == []
    for status in ("delivered", "done"):
        answer = bench.ack(sent, status)
        assert (answer.status_code, answer.get_json()["error_code"]) == (410, "COMMAND_EXPIRED")
    assert bench.event(sent)["status"] == "pending"  # upkeep calls it expired


def test_an_admin_chooses_how_long_a_command_lives(bench: Bench, clock: MovableClock) -> None:
    sent = bench.command(expires_in=3600)
    clock.move(minutes=59)
    assert [command["id"] for command in bench.beat()["commands"]] == [sent]


def test_telling_the_same_again_changes_nothing(bench: Bench) -> None:
    sent = bench.command()
    for status, state in [
        ("delivered", "delivered"), ("delivered", "delivered"), ("done", "done"), ("done", "done"),
        ("delivered", "done"), ("completed", "done"),
    ]:  # fmt: skip
        answer = bench.ack(sent, status)
        assert (answer.status_code, answer.get_json()["data"]["status"]) == (200, state)
    assert bench.ack(sent, "failed").status_code == 409


def test_a_machine_acknowledges_only_its_own_commands(bench: Bench) -> None:
    sent = bench.command()
    other = bench.register(name="other")["api_key"]
    answer = bench.send(f"/commands/{sent}/ack", {"status": "done"}, key=other)
    assert (answer.status_code, answer.get_json()["error_code"]) == (404, "COMMAND_NOT_FOUND")
    assert bench.ack("nothing", "done").status_code == 404
    assert bench.ack("..", "done").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {}, {"command": "self_destruct"}, {"command": "open_door", "params": []},
        {"command": "open_door", "params": {"__x__": 1}},
        {"command": "open_door", "params": {"a": {"": 1}}},
        {"command": "open_door", "expires_in": 0}, {"command": ["open_door"]},
    ],
)  # fmt: skip
def test_a_command_nobody_could_execute_is_refused(bench: Bench, body: dict[str, Any]) -> None:
    assert bench.admin("POST", f"/{bench.uuid}/commands", json=body).status_code == 422
    assert bench.events() == []


def test_pins_are_shown_once_and_kept_under_a_slow_hash(bench: Bench) -> None:
    pin = bench.add_pin("424242", expires_in_hours=1)
    assert pin["pin"] == "424242"
    (listed,) = bench.admin("GET", f"/{bench.uuid}/pins").get_json()["data"]
    assert "pin" not in listed
    assert listed["technician_name"] == "Dewi"
    stored = bench.database.query(
        bench.database.path("machines", bench.uuid), "pins", order_by="created_at", limit=9
    )
    assert "424242" not in repr(stored)
    assert (
        bench.admin(
            "POST", f"/{bench.uuid}/pins", json={"technician_name": "x", "pin": "424242"}
        ).status_code
        == 422
    )


@pytest.mark.parametrize("pin", ["12345", "1234567", "abcdef", "１２３４５６", 123456])
def test_a_pin_is_six_digits(bench: Bench, pin: Any) -> None:
    body = {"technician_name": "x", "pin": pin}
    assert bench.admin("POST", f"/{bench.uuid}/pins", json=body).status_code == 422


def test_a_drawn_pin_has_six_digits(bench: Bench) -> None:
    answer = bench.admin("POST", f"/{bench.uuid}/pins", json={"technician_name": "x"})
    pin = answer.get_json()["data"]["pin"]
    assert len(pin) == 6
    assert pin.isdecimal()


def test_without_its_secrets_nothing_is_signed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_KEYS", "short")
    answer = bench.send("/handshake", {"hardware_id": "x"})
    assert (answer.status_code, answer.get_json()["error_code"]) == (500, "INTERNAL")
    monkeypatch.delenv("PIN_SECRET")
    body = {"technician_name": "x", "pin": "123456"}
    assert bench.admin("POST", f"/{bench.uuid}/pins", json=body).status_code == 500


def test_two_admins_at_once_undo_nothing_of_each_other(bench: Bench, clock: MovableClock) -> None:
    store = bench._edge_store
    read_before = store.machine(bench.uuid)
    assert read_before is not None
    bench.admin("PUT", f"/{bench.uuid}", json={"is_blocked": True})
    new = bench.admin("POST", f"/{bench.uuid}/key").get_json()["data"]["api_key"]
    store.change(read_before, {"name": "RVM Kantin"})
    clock.move(seconds=6)
    assert bench.send("/heartbeat").get_json()["error_code"] == "INVALID_API_KEY"
    assert bench.send("/heartbeat", key=new).get_json()["error_code"] == "MACHINE_BLOCKED"
    assert (bench.live()["name"], bench.live()["is_blocked"]) == ("RVM Kantin", True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/heartbeat", '{"bin_capacity": 1' + "0" * 400 + "}"),
        ("/telemetry", '{"t": 1, "deep": ' + "[" * 50_000 + "]" * 50_000 + "}"),
        ("/telemetry", '{"\\ud800": 1}'),
        ("/telemetry", '{"t": 1, "timestamp": "\\ud800"}'),
    ],
)
def test_hostile_json_is_no_error_of_ours(bench: Bench, path: str, body: str) -> None:
    assert bench.send(path, body).status_code in (200, 400, 422)


def test_a_command_with_an_integer_that_cannot_be_kept_is_refused(bench: Bench) -> None:
    body = {"command": "open_door", "params": {"n": 10**400}}
    answer = bench.admin("POST", f"/{bench.uuid}/commands", json=body)
    assert answer.status_code == 422
    assert "params" in answer.get_json()["errors"]


@pytest.mark.parametrize("when", [1771408740, 1771408740.0, 1771408740000])
def test_telemetry_may_carry_its_time_as_a_number_and_sensors_without_a_value(
    bench: Bench, topic: Topic, when: float
) -> None:
    body = {"sensors": {"temperature": 31.5, "broken": None}, "timestamp": when}
    answer = bench.send("/telemetry", body)
    assert (answer.status_code, answer.get_json()["count"]) == (200, 1)


def test_overdue_commands_do_not_hide_a_new_one(bench: Bench, clock: MovableClock) -> None:
    for _ in range(20):
        bench.command()
    clock.move(minutes=6)
    new = bench.command()
    assert [command["id"] for command in bench.beat()["commands"]] == [new]


def test_a_heartbeat_that_fails_midway_delivers_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [bench.command() for _ in range(3)]
    reads, read = iter(range(9)), bench.database.get_with_update_time

    def failing(name: str) -> Any:
        if next(reads) == 2:
            raise Unavailable
        return read(name)

    monkeypatch.setattr(bench.database, "get_with_update_time", failing)
    assert bench.send("/heartbeat").status_code == 503
    monkeypatch.undo()
    bench.restart()
    assert {bench.event(command)["status"] for command in sent} == {"pending"}


def test_a_place_can_be_taken_away(bench: Bench) -> None:
    answer = bench.admin("PUT", f"/{bench.uuid}", json={"place": ""})
    assert answer.get_json()["data"]["place"] is None
    assert bench.live()["place"] is None
    bench.admin("PUT", f"/{bench.uuid}", json={"name": "RVM"})
    assert bench.live()["place"] is None


def test_the_last_heartbeat_is_kept_whole(bench: Bench) -> None:
    bench.beat(discovery={"mdns": ["a"]}, ip_local="10.0.0.7", a_field_of_tomorrow=1)
    report = json.loads(bench.live()["report"])
    assert report["discovery"] == {"mdns": ["a"]}
    assert report["a_field_of_tomorrow"] == 1


def test_the_newest_pins_are_listed_and_one_that_is_over_makes_room(
    bench: Bench, clock: MovableClock
) -> None:
    bench.add_pin("111111", expires_in_hours=1)
    clock.move(hours=2)
    bench.add_pin("111111", technician_name="Budi")
    clock.move(seconds=1)
    bench.add_pin("222222")
    listed = bench.admin("GET", f"/{bench.uuid}/pins").get_json()["data"]
    assert [pin["technician_name"] for pin in listed] == ["Dewi", "Budi"]
    assert bench.enter("111111").get_json()["data"]["technician_name"] == "Budi"
