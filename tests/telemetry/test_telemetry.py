"""Telemetry beyond the contract's examples: exact numbers, times, retries, ranges, bad input."""

import json
from typing import Any

import pytest

from shared.google.writes import Write
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.telemetry.phones import Phone
from tests.tokens import token
from tests.topic import Topic


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("9.70", "9.7"), ("9", "9"), ("9.0", "9.0"), ("-0.0", "-0.0"), ("1e-300", "1e-300"),
        ("0.1", "0.1"), ("-12345678901234567890", "-12345678901234567890"), ("5e-324", "5e-324"),
        ('"9.70"', "9.7"), ('" 12 "', "12"),
    ],
)  # fmt: skip
def test_numbers_come_back_exactly_as_they_went_in(phone: Phone, sent: str, shown: str) -> None:
    body = f'{{"device_id": "dev-1", "samples": [{{"x": {sent}, "y": 0, "z": {sent}}}]}}'
    assert phone.client.post("/telemetry/accel", data=body).status_code == 200
    assert phone.get("accel/latest").text == (
        f'{{"ok":true,"data":{{"t":"2026-02-18T10:00:00Z","x":{shown},"y":0,"z":{shown}}}}}'
    )


def test_times_come_back_to_the_millisecond_in_utc(phone: Phone) -> None:
    phone.clock.move(hours=1)
    phone.batch(("2026-02-18T17:15:29.1239+07:00", 1, 2, 3))
    assert phone.latest("accel")["t"] == "2026-02-18T10:15:29.123Z"


def test_a_sample_without_a_time_has_the_batchs_else_the_servers(
    phone: Phone, clock: MovableClock
) -> None:
    phone.post("accel", ts="2026-02-18T09:00:00Z", samples=[{"x": 1, "y": 1, "z": 1}])
    assert phone.latest("accel")["t"] == "2026-02-18T09:00:00Z"
    clock.move(milliseconds=5)
    phone.post(
        "accel", samples=[{"t": None, "x": 2, "y": 2, "z": 2}, {"t": "", "x": 3, "y": 3, "z": 3}]
    )
    assert phone.latest("accel") == {"t": "2026-02-18T10:00:00.005Z", "x": 3, "y": 3, "z": 3}


def test_a_late_batch_does_not_move_the_latest_back(phone: Phone) -> None:
    phone.batch(("2026-02-18T10:00:05Z", 5, 0, 0))
    phone.batch(("2026-02-18T10:00:01Z", 1, 0, 0))
    phone.batch(("2026-01-01T00:00:00Z", 0, 0, 0))
    assert phone.latest("accel")["x"] == 5
    phone.point("2026-02-18T10:00:05Z", lat=5)
    phone.point("2026-02-18T10:00:01Z", lat=1)
    phone.point("2026-01-01T00:00:00Z", lat=0)
    assert phone.latest("gps")["lat"] == 5


def test_of_equal_times_the_later_arrival_is_newer(phone: Phone, clock: MovableClock) -> None:
    for x in (1, 2, 3):
        clock.move(milliseconds=1)
        phone.batch(("2026-02-18T10:00:00Z", x, 0, 0))
        phone.point("2026-02-18T10:00:00Z", lat=x)
    assert phone.latest("accel")["x"] == 3
    assert phone.latest("gps")["lat"] == 3
    assert [item["x"] for item in phone.items("accel")] == [1, 2, 3]


def test_a_batch_sent_again_gets_the_same_answer_and_is_stored_once(
    phone: Phone, clock: MovableClock, topic: Topic
) -> None:
    samples = [("2026-02-18T10:00:00Z", 1, 2, 3), ("2026-02-18T10:00:01Z", 1, 2, 3)]
    first = phone.batch(*samples, ts="2026-02-18T10:00:02Z")
    clock.move(seconds=30)
    second = phone.batch(*samples, ts="2026-02-18T10:00:32Z")
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert len(phone.items("accel")) == 2
    told = topic.events(2)
    assert len({event["batch_id"] for event in told}) == 1


def test_a_point_sent_again_is_stored_once(phone: Phone) -> None:
    answers = {phone.point("2026-02-18T10:00:00Z").text for _ in range(3)}
    assert answers == {'{"ok":true,"data":{"accepted":true}}'}
    assert len(phone.items("gps")) == 1


def test_equal_batches_without_times_are_different_batches(
    phone: Phone, clock: MovableClock
) -> None:
    for _ in range(3):
        phone.post("accel", samples=[{"x": 0, "y": 0, "z": 9.8}])
        clock.move(seconds=1)
    assert len(phone.items("accel")) == 3


def test_devices_are_kept_apart_whatever_their_ids_are(phone: Phone) -> None:
    for number, device in enumerate(["a/b", "a%2Fb", ".", "..", "__x__", "😀"]):
        phone.device_id = device
        phone.point("2026-02-18T10:00:00Z", lat=number)
        phone.batch(("2026-02-18T10:00:00Z", number, 0, 0))
        assert phone.latest("gps")["lat"] == number
        assert phone.latest("accel")["x"] == number


def test_history_may_be_cut_by_from_and_to(phone: Phone) -> None:
    for second in range(10):
        phone.point(f"2026-02-18T10:00:0{second}Z", lat=second)
        phone.batch((f"2026-02-18T10:00:0{second}Z", second, 0, 0))
    span = {"from": "2026-02-18T10:00:02Z", "to": "2026-02-18T17:00:06+07:00"}
    assert [item["lat"] for item in phone.items("gps", **span)] == [2, 3, 4, 5, 6]
    assert [item["x"] for item in phone.items("accel", **span)] == [2, 3, 4, 5, 6]
    assert [item["lat"] for item in phone.items("gps", **span, limit=2)] == [5, 6]
    before = {"to": "2026-02-17T00:00:00Z"}
    assert phone.items("gps", **before) == phone.items("accel", **before) == []


@pytest.mark.parametrize("limit", ["0", "1001", "x", "1.5"])
def test_a_limit_that_is_none_is_named(phone: Phone, limit: str) -> None:
    assert error(phone.get("gps/history", limit=limit)) == (400, "invalid_field: limit")


def test_a_bound_that_is_no_time_is_named(phone: Phone) -> None:
    assert error(phone.get("gps/history", **{"from": "soon"})) == (400, "invalid_field: from")
    assert error(phone.get("accel/history", to="soon")) == (400, "invalid_field: to")


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        ('[{"x": 1, "y": 1, "z": 1}, {"x": true, "y": 1, "z": 1}]', "invalid_field: samples.1.x"),
        ('[{"x": 1, "y": "east", "z": 1}]', "invalid_field: samples.0.y"),
        ('[{"x": 1, "y": 1, "z": NaN}]', "invalid_field: samples.0.z"),
        ('[{"x": 1, "y": 1, "z": 1e999}]', "invalid_field: samples.0.z"),
        ('[{"x": 1, "y": 1, "z": [1]}]', "invalid_field: samples.0.z"),
        ('[{"x": 1, "y": 1}]', "missing_field: samples.0.z"),
        ('[{"x": 1, "y": 1, "z": null}]', "missing_field: samples.0.z"),
        ('[{"x": 1, "y": 1, "z": 1, "t": "soon"}]', "invalid_field: samples.0.t"),
        ('[5]', "invalid_field: samples.0"), ('{}', "invalid_field: samples"),
        ('"x"', "invalid_field: samples"), ("null", "missing_field: samples"),
        ("[" + ",".join(['{"x": 1, "y": 1, "z": 1}'] * 1001) + "]", "invalid_field: samples"),
    ],
)  # fmt: skip
def test_one_bad_sample_refuses_the_whole_batch(phone: Phone, samples: str, code: str) -> None:
    body = f'{{"device_id": "dev-1", "samples": {samples}}}'
    assert error(phone.client.post("/telemetry/accel", data=body)) == (400, code)
    assert error(phone.get("accel/latest")) == (404, "device_not_found")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("lat", 90.1, "invalid_field: lat"), ("lat", -91, "invalid_field: lat"), ("lat", "north", "invalid_field: lat"),
        ("lng", 180.5, "invalid_field: lng"), ("lng", True, "invalid_field: lng"), ("lng", None, "missing_field: lng"),
        ("accuracy_m", -1, "invalid_field: accuracy_m"), ("accuracy_m", {}, "invalid_field: accuracy_m"),
        ("ts", "soon", "invalid_field: ts"), ("device_id", [], "invalid_field: device_id"),
    ],
)  # fmt: skip
def test_a_bad_point_is_refused(phone: Phone, field: str, value: object, code: str) -> None:
    fields: dict[str, Any] = {"ts": "2026-02-18T10:00:00Z", "lat": 1, "lng": 2, field: value}
    assert error(phone.post("gps", **fields)) == (400, code)


@pytest.mark.parametrize("accuracy", [None, "", "absent"])
def test_accuracy_is_zero_where_it_is_not_sent(phone: Phone, accuracy: str | None) -> None:
    fields = {} if accuracy == "absent" else {"accuracy_m": accuracy}
    phone.point("2026-02-18T10:00:00Z", **fields)
    assert phone.latest("gps")["accuracy_m"] == 0


def test_each_accepted_post_is_told_once_with_its_newest(phone: Phone, topic: Topic) -> None:
    phone.batch(("2026-02-18T10:00:02Z", 2, 0, 0), ("2026-02-18T10:00:01Z", 1, 0, 0))
    phone.point("2026-02-18T10:00:03Z", lat=1.5, accuracy_m=3)
    phone.post("gps", lat=1)
    accel, gps = sorted(topic.events(2), key=lambda event: str(event["kind"]))
    assert accel == {
        "kind": "accel",
        "device_id": "dev-1",
        "owner": None,
        "batch_id": accel["batch_id"],
        "newest": {"t": "2026-02-18T10:00:02Z", "x": 2, "y": 0, "z": 0},
        "count": 2,
        "received_at": "2026-02-18T10:00:00Z",
    }
    assert gps["newest"] == {
        "ts": "2026-02-18T10:00:03Z",
        "lat": 1.5,
        "lng": 112.75,
        "accuracy_m": 3,
    }


def test_what_is_stored_can_be_read_by_people(phone: Phone) -> None:
    phone.batch(("2026-02-18T10:00:00.5Z", 0.1, 2, 9.7))
    (found,) = phone.database.query(
        phone.database.path("telemetry", "dev-1"), "accel", order_by="key", limit=9
    )
    assert json.loads(found["samples"]) == [[1771408800500, 0.1, 2, 9.7]]
    assert found["count"] == 1


def test_three_batches_within_a_millisecond_have_one_latest(phone: Phone) -> None:
    for x in (1, 2, 3):
        phone.batch(("2026-02-18T10:00:00Z", x, 0, 0))
    assert phone.latest("accel") == phone.items("accel")[-1]


def test_more_points_than_a_document_holds_are_all_kept(phone: Phone) -> None:
    """Clients that send the example's `ts` for ever fill one document."""
    phone.clock.move(hours=1)
    digits, ts = 10**300, "2026-02-18T10:15:30Z"
    phone.point(ts, lat=0, accuracy_m=digits)
    bucket = phone.database.path("telemetry", "dev-1", "gps", "2026-02-18T10:00:00.000Z")
    ms = 1_771_409_730_000
    full = [f"[{ms},{number / 100},112.75,{digits}]" for number in range(1, 3_110)]
    phone.database.commit(Write.set(bucket, {}, merge=True, array_union={"points": full}))
    for number in range(3_110, 3_300):
        assert phone.point(ts, lat=number / 100, accuracy_m=digits).status_code == 200
    assert phone.point(ts, lat=32.99, accuracy_m=digits).status_code == 200
    phone.point("2026-02-18T10:15:29Z", lat=-1)
    phone.point("2026-02-18T09:59:59Z", lat=-2)
    newest = phone.items("gps", limit=1000)
    assert len({item["lat"] for item in newest}) == 1000
    assert {item["ts"] for item in newest} == {ts}
    kept = phone.database.query(
        phone.database.path("telemetry", "dev-1"), "gps", order_by="key", limit=500
    )
    assert len(kept) > 2
    assert sum(len(document["points"]) for document in kept) == 3_300 + 2
    assert phone.latest("gps")["ts"] == ts
    older = phone.items("gps", to="2026-02-18T10:15:29Z")
    assert [item["lat"] for item in older] == [-2, -1]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "accel"), ("POST", "gps"), ("GET", "accel/latest"), ("GET", "accel/history"),
     ("GET", "gps/latest"), ("GET", "gps/history")],
)  # fmt: skip
def test_in_verified_mode_a_token_with_a_role_is_asked_for(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setenv("AUTH_MODE", "verified")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")  # asked for nothing
    call: dict[str, Any] = {"method": method, "path": f"/telemetry/{path}"}
    assert error(phone.client.open(**call)) == (401, "unauthorized")
    signed_in = {"Authorization": f"Bearer {token('anybody')}"}
    assert error(phone.client.open(**call, headers=signed_in)) == (403, "forbidden")
    signed_in = {"Authorization": f"Bearer {token('anybody', role='student')}"}
    assert error(phone.client.open(**call, headers=signed_in)) == (400, "missing_field: device_id")


def test_an_offset_in_a_url_written_by_hand_is_read(phone: Phone) -> None:
    phone.point("2026-02-18T10:00:00Z")
    url = "/telemetry/gps/history?device_id=dev-1&limit=10.0&from=2026-02-18T17:00:00+07:00"
    assert len(phone.client.get(url).get_json()["data"]["items"]) == 1


def test_history_reads_on_where_an_older_chunk_holds_newer_samples(phone: Phone) -> None:
    """Four chunks whose newest are the newest of all, and a fifth that beats their older ones."""
    for batch in range(4):
        late = [(f"2026-02-18T10:50:0{batch}Z", 100 + batch, 0, 0)]
        early = [(f"2026-02-18T10:00:0{second}Z", second, batch, 0) for second in range(7)]
        phone.batch(*late, *early)
    phone.batch(("2026-02-18T10:20:00Z", 50, 0, 0))
    assert [item["x"] for item in phone.items("accel", limit=5)] == [50, 100, 101, 102, 103]
