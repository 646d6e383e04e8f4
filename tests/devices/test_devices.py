"""Devices beyond the contract's examples: owners, keys, haste, retries, ids, validation, caches."""

from typing import Any

import pytest

from devices.access import KEY_LIFE
from tests.conftest import MovableClock
from tests.devices.sensors import ADMIN, OTHER, OWNER, Sensor, reading
from tests.meter import Meter
from tests.topic import Topic


def message(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["message"]


def test_the_same_device_id_again_is_refused(sensor: Sensor) -> None:
    for bearer in (OWNER, OTHER):
        answer = sensor.register("SENSOR-001", bearer)
        assert (answer.status_code, answer.get_json()) == (
            422,
            {"success": False, "errors": {"device_id": ["The device_id has already been taken."]}},
        )


def test_numbers_are_given_once_and_found_by_either_name(sensor: Sensor) -> None:
    second = sensor.register("SENSOR-002").get_json()["data"]
    assert second["id"] > sensor.id
    for name in (str(second["id"]), "SENSOR-002"):
        assert sensor.call("GET", f"/{name}").get_json()["data"]["id"] == second["id"]


@pytest.mark.parametrize("device_id", ["a.b", "..", "__x__", "ü 1", "😀", "%2F"])
def test_a_device_may_be_named_by_any_text(sensor: Sensor, device_id: str) -> None:
    from urllib.parse import quote

    number = sensor.register(device_id).get_json()["data"]["id"]
    assert sensor.call("GET", "/" + quote(device_id, safe="")).get_json()["data"]["id"] == number


def test_somebody_elses_device_does_not_exist_and_an_admin_sees_all(sensor: Sensor) -> None:
    for method, path in [
        ("GET", ""), ("GET", "/statistics"), ("GET", "/data"), ("POST", "/key"), ("DELETE", ""),
    ]:  # fmt: skip
        answer = sensor.call(method, f"/{sensor.id}{path}", OTHER)
        assert message(answer) == (404, "Device not found")
    assert sensor.call("GET", f"/{sensor.id}", ADMIN).status_code == 200
    assert sensor.call("GET", "", OTHER).get_json() == {"success": True, "data": [], "count": 0}
    for bearer in (OWNER, ADMIN):
        listed = sensor.call("GET", "", bearer).get_json()["data"]
        assert [device["device_id"] for device in listed] == ["SENSOR-001"]


def test_an_admin_sees_no_key_of_somebody_elses_device(sensor: Sensor) -> None:
    for bearer, key in ((OWNER, sensor.api_key), (ADMIN, None)):
        assert sensor.call("GET", f"/{sensor.id}", bearer).get_json()["data"]["api_key"] == key
        (listed,) = sensor.call("GET", "", bearer).get_json()["data"]
        assert listed["api_key"] == key
    made = sensor.call("POST", "", ADMIN, json={"device_id": "ADMINS", "name": "x"}).get_json()
    own = sensor.call("GET", "/ADMINS", ADMIN).get_json()["data"]
    assert own["api_key"] == made["data"]["api_key"]


def test_a_cached_answer_is_not_given_to_somebody_else(sensor: Sensor) -> None:
    for path in ("statistics", "data"):
        assert sensor.call("GET", f"/{sensor.id}/{path}").status_code == 200
        assert sensor.call("GET", f"/{sensor.id}/{path}", OTHER).status_code == 404


def test_a_key_is_never_stored_and_is_the_same_whenever_it_is_shown(sensor: Sensor) -> None:
    assert len(sensor.api_key) == 32
    assert sensor.api_key.isalnum()
    assert sensor.details()["api_key"] == sensor.api_key
    for collection in ("devices", "keys", "device_ids"):
        documents = sensor.database.query(
            sensor.database.path(), collection, order_by="id", limit=9
        )
        assert documents
        assert sensor.api_key not in repr(documents)


def test_a_rotated_key_is_refused_within_seconds_and_the_new_one_opens_at_once(
    sensor: Sensor, clock: MovableClock
) -> None:
    old = sensor.api_key
    assert sensor.data(reading()).status_code == 200
    rotated = sensor.call("POST", f"/{sensor.id}/key").get_json()["data"]
    assert rotated["api_key"] != old
    assert sensor.send("/data", {"data": [reading()]}, rotated["api_key"]).status_code == 200
    clock.move(seconds=KEY_LIFE.total_seconds())
    assert message(sensor.send("/data", {"data": [reading()]}, old)) == (401, "Invalid API key")
    assert sensor.details()["api_key"] == rotated["api_key"]


def test_a_deleted_device_is_gone_and_its_remembered_key_stores_nothing(
    sensor: Sensor, clock: MovableClock
) -> None:
    sensor.data(reading())
    assert sensor.call("DELETE", f"/{sensor.id}").get_json()["success"] is True
    assert message(sensor.data(reading())) == (401, "Invalid API key")
    assert message(sensor.send("/heartbeat", {})) == (401, "Invalid API key")
    clock.move(seconds=KEY_LIFE.total_seconds())
    assert message(sensor.data(reading())) == (401, "Invalid API key")
    assert message(sensor.call("GET", f"/{sensor.id}")) == (404, "Device not found")
    assert sensor.register("SENSOR-001").status_code == 201


def test_a_missing_secret_fails_closed(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICE_KEY_SECRET", "")
    assert sensor.register("SENSOR-002").status_code == 500
    assert sensor.call("GET", f"/{sensor.id}").status_code == 500


def test_haste_is_refused_and_waiting_as_told_succeeds_at_once(
    sensor: Sensor, clock: MovableClock
) -> None:
    answers = [sensor.data(reading()) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    refused = answers[-1]
    body = refused.get_json()
    assert (body["success"], body["message"]) == (False, "Too many requests")
    assert refused.headers["Retry-After"] == str(body["retry_after"])
    assert body["limit"] == "10 per second"
    clock.move(seconds=body["retry_after"])
    assert sensor.data(reading()).status_code == 200


def test_a_rate_of_zero_is_no_limit(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICE_RATE", "0")
    assert {sensor.data(reading()).status_code for _ in range(40)} == {200}


def test_haste_of_one_device_does_not_touch_another_and_costs_nothing(
    sensor: Sensor, meter: Meter
) -> None:
    other = sensor.register("SENSOR-002").get_json()["data"]["api_key"]
    for _ in range(30):
        sensor.data(reading())
    meter.reset()
    assert sensor.data(reading()).status_code == 429
    assert meter.cost == (0, 0, 0)
    assert sensor.send("/data", {"data": [reading()]}, other).status_code == 200


@pytest.mark.parametrize(
    ("value", "number", "raw"),
    [
        (250, 250, {}), (35.5, 35.5, {}), ("35.5", 35.5, {}),
        ({"intensitas": 250, "magnitude": 5.2}, 250, None), ({"magnitude": 5.2, "kedalaman": 10}, 5.2, None),
        ({"x": 3, "y": 4, "z": 0}, 5, None), ({"kedalaman": 10}, None, None), ({"a": {"b": 1}}, None, None),
    ],
)  # fmt: skip
def test_a_reading_shows_its_number_and_all_that_was_sent(
    sensor: Sensor, value: Any, number: float | None, raw: dict[str, Any] | None
) -> None:
    sensor.data(reading(value))
    (row,) = sensor.history()
    assert row["value"] == number
    assert row["raw_data"] == (value if raw is None else raw)


@pytest.mark.parametrize(
    ("row", "path", "text"),
    [
        ({"value": 1}, "data.1.type", "The data.1.type field is required."),
        ({"type": "sound", "value": 1}, "data.1.type", "The selected data.1.type is invalid."),
        ({"type": "gempa"}, "data.1.value", "The data.1.value field is required."),
        ({"type": "gempa", "value": None}, "data.1.value", "The data.1.value field is required."),
        ({"type": "gempa", "value": ""}, "data.1.value", "The data.1.value field is required."),
        ({"type": "gempa", "value": "x"}, "data.1.value", "The data.1.value must be numeric"),
        ({"type": "gempa", "value": True}, "data.1.value", "The data.1.value must be numeric"),
        ({"type": "gempa", "value": [1]}, "data.1.value", "The data.1.value must be numeric"),
        ({"type": "gempa", "value": {}}, "data.1.value", "The data.1.value must be numeric"),
        ({"type": "gempa", "value": {"x": "a"}}, "data.1.value", "The data.1.value must be numeric"),
        ({"type": "gempa", "value": 1, "timestamp": "soon"}, "data.1.timestamp",
         "The data.1.timestamp field must be an ISO-8601 timestamp."),
        (5, "data.1", "The data.1 field is invalid."),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_path_and_nothing_is_stored(
    sensor: Sensor, row: Any, path: str, text: str
) -> None:
    answer = sensor.send("/data", {"data": [reading(), row]})
    assert (answer.status_code, answer.get_json()) == (
        422,
        {"success": False, "errors": {path: [text]}},
    )
    assert sensor.history() == []


def test_an_empty_and_an_overlong_batch_are_refused(sensor: Sensor) -> None:
    assert sensor.send("/data", {"data": []}).get_json()["errors"] == {
        "data": ["The data field is required."]
    }
    assert sensor.data(*[reading()] * 1001).get_json()["errors"] == {
        "data": ["The data field must not have more than 1000 items."]
    }


def test_a_batch_sent_again_counts_once_if_its_readings_carry_their_times(
    sensor: Sensor, clock: MovableClock, topic: Topic
) -> None:
    batch = [reading(1, "2026-02-18T09:00:00Z"), reading(2, "2026-02-18T09:00:01Z")]
    first = sensor.data(*batch)
    clock.move(seconds=30)
    assert sensor.data(*batch).text == first.text
    assert sensor.statistics()["total_data"] == 2
    assert len(sensor.history()) == 2
    assert len({event["batch_id"] for event in topic.events(2)}) == 1


def test_a_batch_with_a_repeated_idempotency_key_counts_once(
    sensor: Sensor, clock: MovableClock
) -> None:
    for _ in range(3):
        assert sensor.data(reading(), Idempotency_Key="boot-7/12").status_code == 200
        clock.move(seconds=1)
    assert sensor.statistics()["total_data"] == 1


def test_equal_batches_without_times_count_each(sensor: Sensor, clock: MovableClock) -> None:
    for _ in range(3):
        sensor.data(reading())
        clock.move(seconds=1)
    assert sensor.statistics()["total_data"] == 3


def test_reading_ids_are_unique_and_grow_with_arrival(sensor: Sensor) -> None:
    for number in range(3):
        sensor.data(
            *[reading(number, f"2026-02-18T0{9 - number}:00:00Z")] * 3, Idempotency_Key=str(number)
        )
    by_id = sorted(sensor.history(), key=lambda row: int(row["id"]))
    assert [row["value"] for row in by_id] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert len({row["id"] for row in by_id}) == 9
    assert max(row["id"] for row in by_id) < 2**53


def test_history_is_newest_first_and_as_long_as_asked_for(
    sensor: Sensor, clock: MovableClock
) -> None:
    for number in range(60):
        sensor.data(reading(number, f"2026-02-18T09:{number:02}:00Z"))
        clock.move(seconds=1)
    assert [row["value"] for row in sensor.history(limit=3)] == [59, 58, 57]
    assert len(sensor.history()) == 50


@pytest.mark.parametrize("limit", ["0", "501", "x"])
def test_a_limit_that_is_none_is_told(sensor: Sensor, limit: str) -> None:
    answer = sensor.call("GET", f"/{sensor.id}/data", query_string={"limit": limit})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["limit"])


def test_a_device_is_online_for_ten_minutes_after_anything(
    sensor: Sensor, clock: MovableClock
) -> None:
    assert sensor.details()["status"] == "offline"
    sensor.send("/heartbeat", {})
    clock.move(seconds=600)
    assert (sensor.details()["status"], sensor.details()["stats"]["uptime"]) == (
        "online",
        "10 minutes ago",
    )
    clock.move(seconds=1)
    assert sensor.details()["status"] == "offline"
    sensor.data(reading())
    assert sensor.details()["status"] == "online"


def test_a_heartbeat_needs_no_body(sensor: Sensor, clock: MovableClock) -> None:
    answer = sensor.send("/heartbeat", b"")
    assert answer.get_json()["server_time"] == "2026-02-18T10:00:00Z"
    assert sensor.details()["last_heartbeat"] == "2026-02-18T10:00:00Z"


def test_what_an_owner_says_of_a_device_comes_back_whatever_it_is(sensor: Sensor) -> None:
    metadata = {"": [[1], [None]], "__x__": {"a.b": "`"}, "deep": {"er": {"still": [True]}}}
    number = sensor.register("ODD", metadata=metadata).get_json()["data"]["id"]
    assert sensor.call("GET", f"/{number}").get_json()["data"]["metadata"] == metadata


def test_a_registration_that_is_none_is_told(sensor: Sensor) -> None:
    answer = sensor.call("POST", "", json={"device_id": "", "capabilities": "x", "metadata": []})
    assert answer.status_code == 422
    assert set(answer.get_json()["errors"]) == {"device_id", "name", "capabilities", "metadata"}


def test_cached_answers_say_how_old_they_are(sensor: Sensor, clock: MovableClock) -> None:
    sensor.call("GET", f"/{sensor.id}/statistics")
    clock.move(seconds=40)
    sensor.data(reading())
    answer = sensor.call("GET", f"/{sensor.id}/statistics")
    assert (answer.headers["Age"], answer.get_json()["data"]["total_data"]) == ("40", 0)
    clock.move(seconds=20)
    answer = sensor.call("GET", f"/{sensor.id}/statistics")
    assert (answer.headers["Age"], answer.get_json()["data"]["total_data"]) == ("0", 1)


def test_each_accepted_post_is_told_with_its_newest(sensor: Sensor, topic: Topic) -> None:
    sensor.data(reading(2, "2026-02-18T09:00:02Z"), reading(1, "2026-02-18T09:00:01Z"))
    sensor.send("/heartbeat", {})
    events = {event["kind"]: event for event in topic.events(2)}
    assert events["device"]["newest"] == {
        "timestamp": "2026-02-18T09:00:02Z", "type": "gempa", "value": 2,
    }  # fmt: skip
    assert events["heartbeat"]["device_id"] == "SENSOR-001"
    assert sensor.api_key not in repr(events)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_what_json_does_not_have_is_no_metadata(sensor: Sensor, number: str) -> None:
    body = f'{{"device_id": "ODD", "name": "n", "metadata": {{"deep": [{{"x": {number}}}]}}}}'
    answer = sensor.call("POST", "", data=body)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["metadata"])
    assert sensor.call("GET", "").get_json()["count"] == 1


def test_a_list_that_is_too_long_says_how_long_it_may_be(sensor: Sensor) -> None:
    answer = sensor.register("MANY", capabilities=["x"] * 51)
    text = "The capabilities field must not have more than 50 items."
    assert answer.get_json()["errors"] == {"capabilities": [text]}


def test_digits_only_are_no_device_id(sensor: Sensor) -> None:
    assert list(sensor.register("20230001").get_json()["errors"]) == ["device_id"]


def test_readings_that_no_document_holds_are_refused(sensor: Sensor) -> None:
    value = {f"v{leaf}": 10**15 for leaf in range(100)}
    body = (
        '{"data": ['
        + ",".join([f'{{"type":"gempa","value":{value}}}'.replace("'", '"')] * 500)
        + "]}"
    )
    assert len(body) > 1_000_000
    answer = sensor.send("/data", body)
    assert (answer.status_code, answer.get_json()["success"]) == (413, False)


def test_extremes_are_shown_exactly(sensor: Sensor) -> None:
    sensor.data(reading(1747650645123), reading(0.1 + 0.2))
    statistics = sensor.statistics()
    assert (statistics["max_value"], statistics["min_value"]) == (1747650645123, 0.1 + 0.2)


def test_a_clock_a_little_ahead_counts_in_the_windows_over_midnight(
    sensor: Sensor, clock: MovableClock
) -> None:
    clock.move(hours=13, minutes=59, seconds=50)
    sensor.data(reading(1, "2026-02-19T00:00:10Z"))
    statistics = sensor.statistics()
    assert (statistics["last_24h"], statistics["last_7d"]) == (1, 1)


def test_after_a_delete_nothing_of_the_device_is_answered(sensor: Sensor) -> None:
    sensor.data(reading())
    for path in ("", "/statistics", "/data"):
        assert sensor.call("GET", f"/SENSOR-001{path}").status_code == 200
    sensor.call("DELETE", "/SENSOR-001")
    for path in ("", "/statistics", "/data"):
        assert sensor.call("GET", f"/{sensor.id}{path}").status_code == 404
    number = sensor.register("SENSOR-001").get_json()["data"]["id"]
    assert sensor.call("GET", "/SENSOR-001/statistics").status_code == 200
    assert sensor.call("GET", f"/{number + 1}/statistics").status_code == 404
    sensor.register("SENSOR-002")
    assert sensor.call("GET", f"/{number + 1}/statistics").status_code == 200


def test_private_answers_vary_by_who_asks(sensor: Sensor) -> None:
    answer = sensor.call("GET", f"/{sensor.id}/statistics")
    assert answer.headers["Vary"] == "Authorization"
