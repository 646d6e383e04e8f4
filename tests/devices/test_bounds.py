"""How much one POST may touch, how large documents get, and how long they are kept."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.base.timestamps import from_millis, text
from shared.domain.alerts import MOST_ENDED
from shared.domain.series import AHEAD
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.devices.sensors import Sensor, reading
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message
from tests.meter import Meter
from tests.sizes import LARGEST, stored_size
from tests.topic import Topic

TYPES = (
    "gempa", "vibration", "acceleration", "frequency", "temperature", "humidity", "pressure", "custom",
)  # fmt: skip


def of_days(sensor: Sensor, days: int) -> list[dict[str, Any]]:
    """A reading of each of the last days, today among them."""
    now = sensor.clock()
    return [reading(day, text(now - timedelta(days=day))) for day in range(days)]


def test_a_post_counts_in_31_days_at_most_and_else_nothing_is_stored(
    sensor: Sensor, meter: Meter, topic: Topic
) -> None:
    sensor.data(reading())
    topic.events(1)
    meter.reset()
    answer = sensor.data(*of_days(sensor, 32))
    assert (answer.status_code, answer.get_json()) == (
        422,
        {"success": False, "errors": {"data": ["The data field must not span more than 31 days."]}},
    )
    assert meter.cost == (0, 0, 0)
    assert topic.events(0) == []
    assert sensor.data(*of_days(sensor, 31)).status_code == 200
    assert meter.cost == (1, 0, 33)
    assert sensor.statistics()["total_data"] == 32


def test_a_value_has_a_hundred_numbers_at_most_however_they_are_nested(sensor: Sensor) -> None:
    nested = {f"a{i}": {f"b{j}": {"c": j} for j in range(10)} for i in range(10)}
    assert sensor.data(reading(nested)).status_code == 200
    nested["a10"] = {"b0": {"c": 1}}
    assert sensor.data(reading(nested)).status_code == 422


def test_the_day_of_arrival_is_one_of_the_31_and_a_day_of_the_future_is_none(
    sensor: Sensor,
) -> None:
    past = of_days(sensor, 32)[1:]
    assert sensor.data(*past).status_code == 422
    ahead = [reading(day, text(sensor.clock() + timedelta(days=day))) for day in range(1, 60)]
    assert sensor.data(*past[1:], *ahead).status_code == 200


def test_a_reading_five_minutes_ahead_is_of_now_and_a_later_one_is_of_the_future(
    sensor: Sensor, topic: Topic
) -> None:
    assert timedelta(minutes=5) == AHEAD
    now = sensor.clock()
    sensor.data(reading(1, text(now + AHEAD)), reading(2, text(now + AHEAD + timedelta(seconds=1))))
    (event,) = topic.events(1)
    assert event["newest"]["value"] == 1
    statistics = sensor.statistics()
    assert (statistics["total_data"], statistics["last_24h"]) == (2, 1)


def test_readings_of_the_future_alone_are_a_sign_of_life(sensor: Sensor, topic: Topic) -> None:
    sensor.data(reading(2, text(sensor.clock() + timedelta(hours=1))))
    (event,) = topic.events(1)
    assert event["newest"] is None


@pytest.mark.parametrize(("days", "purged"), [("", 400), ("7", 7), ("0", None)])
def test_readings_and_days_are_kept_as_long_as_the_setting_says(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch, days: str, purged: int | None
) -> None:
    monkeypatch.setenv("READINGS_DAYS", days)
    sensor.data(reading())
    sensor.send("/heartbeat", {})
    wanted = purged and sensor.clock() + timedelta(days=purged)
    parent = sensor.database.path("devices", str(sensor.id))
    stored = [
        *sensor.database.query(parent, "readings", order_by="key", limit=9),
        *sensor.database.query(parent, "days", order_by="day", limit=9),
    ]
    assert [document.get("purge_at") for document in stored] == [wanted] * 2


@pytest.mark.parametrize("collection", ["readings", "days", "dead"])
def test_firestore_deletes_what_is_over_its_time(collection: str) -> None:
    from tools.paths import ROOT

    overrides = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))["fieldOverrides"]
    ttl = {"collectionGroup": collection, "fieldPath": "purge_at", "ttl": True, "indexes": []}
    assert ttl in overrides


def test_a_capability_is_short_and_there_are_not_many(sensor: Sensor) -> None:
    answer = sensor.register("NEW", capabilities=["y" * 64, "y" * 65])
    assert (answer.status_code, answer.get_json()["errors"]) == (
        422,
        {"capabilities.1": ["The capabilities.1 field must not be longer than 64 characters."]},
    )
    assert sensor.register("NEW", capabilities=["y" * 64] * 51).status_code == 422
    assert sensor.register("NEW", capabilities=["y" * 64] * 50).status_code == 201


def fields(database: Database, *path: str) -> Document:
    return database.get(database.path(*path)) or {}


def test_the_largest_device_is_below_200_kb(sensor: Sensor, clock: MovableClock) -> None:
    smiles = "\U0001f600" * 200
    most = {"x": "\U0001f600" * 2_490}
    device = sensor.register(
        smiles, name=smiles, type=smiles, firmware_version=smiles, metadata=most,
        capabilities=["\U0001f600" * 64] * 50,
    ).get_json()["data"]  # fmt: skip
    sensor.api_key = device["api_key"]
    rules = [{"type": kind, "above": n, "seconds": n} for n in range(3) for kind in TYPES][:20]
    path = f"/{device['id']}/alerts"
    assert sensor.call("PUT", path, json={"alerts": rules}).status_code == 200
    for _ in range(3):
        assert sensor.send("/heartbeat", {"metadata": most}).status_code == 200
        batch = [reading(-n / 7, None, kind) for n in range(3) for kind in TYPES]
        assert sensor.data(*batch).status_code == 200
        clock.move(seconds=5)
    stored = fields(sensor.database, "devices", str(device["id"]))
    assert len(stored["alerts"]) == 20
    assert len(stored["totals"]["by_type"]) == 8
    assert 30_000 < stored_size(stored) < LARGEST


def test_the_fullest_day_is_below_200_kb(sensor: Sensor, clock: MovableClock) -> None:
    midnight = 1_771_372_800_000  # of the clock's day
    for begin in (0, 720):
        batch = [
            reading(1, text(from_millis(midnight - 86_400_000 + minute * 60_000)))
            for minute in range(begin, begin + 720)
        ]
        assert sensor.data(*batch, Idempotency_Key=str(begin)).status_code == 200
    day = str(midnight // 86_400_000 - 1)
    path = sensor.database.path("devices", str(sensor.id), "days", day)
    arrivals = {"active": range(1440)}  # as one heartbeat a minute leaves them
    sensor.database.commit(Write.set(path, {}, merge=True, array_union=arrivals))
    stored = fields(sensor.database, "devices", str(sensor.id), "days", day)
    assert (len(stored["minutes"]), len(stored["active"])) == (480, 1440)
    assert 10_000 < stored_size(stored) < LARGEST


def test_states_of_thresholds_are_kept_up_to_a_bound_the_newest_of_those_that_ended(
    sensor: Sensor, topic: Topic, clock: MovableClock
) -> None:
    consume = consumer(sensor.database, clock)
    for change in range(12):
        rules = [{"type": "gempa", "above": change * 20 + n, "seconds": 1} for n in range(20)]
        path = f"/{sensor.id}/alerts"
        assert sensor.call("PUT", path, json={"alerts": rules}).status_code == 200
        sensor.restart()
        clock.move(seconds=5)
        assert sensor.data(reading(-1)).status_code == 200
        (event,) = topic.events(1)
        consume(message(event))
    states = fields(sensor.database, "watches", str(sensor.id))
    assert len(states) == MOST_ENDED + 20
    seen = sorted({state["seen_ms"] for state in states.values()})
    assert len(seen) == 6
    assert stored_size(states) < LARGEST
    assert sensor.call("PUT", f"/{sensor.id}/alerts", json={"alerts": []}).status_code == 200
    kept = fields(sensor.database, "watches", str(sensor.id))
    assert len(kept) == MOST_ENDED
    assert sorted({state["seen_ms"] for state in kept.values()}) == seen[1:]


def test_what_is_to_be_kept_for_ever_from_now_on_loses_its_end(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor.data(reading())
    monkeypatch.setenv("READINGS_DAYS", "0")
    sensor.send("/heartbeat", {})
    parent = sensor.database.path("devices", str(sensor.id))
    (day,) = sensor.database.query(parent, "days", order_by="day", limit=9)
    assert "purge_at" not in day


@pytest.mark.parametrize(
    ("values", "average"),
    [((1.7e308, 1.7e308), None), ((1.7e308, 1.7e308, -1.7e308, -1.7e308), 0), ((-1.7e308,) * 3, None)],
)  # fmt: skip
def test_numbers_whose_sum_is_too_large_are_stored_and_counted(
    sensor: Sensor, values: tuple[float, ...], average: float | None
) -> None:
    assert sensor.data(*map(reading, values)).status_code == 200
    statistics = sensor.statistics()
    shown = [statistics[name] for name in ("total_data", "avg_value", "max_value", "min_value")]
    assert shown == [len(values), average, max(values), min(values)]
    assert [row["value"] for row in sensor.history()] == [*reversed(values)]
