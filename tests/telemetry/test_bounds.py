"""Bounds: documents that a POST touches, that a read costs, how large one grows, how long it stays."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.base.timestamps import from_millis, text
from shared.google.firestore import Database
from shared.google.values import encode, types
from shared.google.writes import Write
from telemetry import points
from telemetry.rules import Point
from tests.conftest import MovableClock
from tests.meter import Meter
from tests.telemetry.phones import Phone
from tests.topic import Topic
from tools.paths import ROOT

START = 1_771_408_800_000
HOUR = 3_600_000
LARGEST = 200_000  # bytes of a document
LONGEST = 10**308  # as many digits as a number may have
LONGEST_DEGREES = -1.2345678901234567e-100


def at(ms: int) -> str:
    return text(from_millis(START + ms))


def size(document: dict[str, Any]) -> int:
    """Bytes of a document as Firestore is sent it."""
    message: Any = types.Document.pb()(fields=encode(document))
    return int(message.ByteSize())


def hourly(count: int) -> list[tuple[str, int, int, int]]:
    return [(at(-HOUR * number), number, 0, 0) for number in range(count)]


def test_a_batch_may_touch_24_hours(phone: Phone, meter: Meter) -> None:
    assert phone.batch(*hourly(24)).status_code == 200
    assert meter.cost == (1, 0, 25)
    assert len(phone.items("accel")) == 24


@pytest.mark.parametrize("count", [25, 1000])
def test_a_batch_over_more_hours_is_refused_whole(
    phone: Phone, meter: Meter, topic: Topic, count: int
) -> None:
    answer = phone.batch(*hourly(count))
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_field: samples")
    assert meter.cost == (0, 0, 0)
    assert topic.events(0) == []


def test_an_empty_second_of_an_hour_with_300_batches_of_seconds_costs_at_most_4_reads(
    phone: Phone, meter: Meter
) -> None:
    sent: list[tuple[int, int]] = []
    chance = random.Random(5)
    for number in range(300):
        begin = number * 12_000 + 2_000  # a second of every twelve is empty
        times = sorted(chance.randrange(begin, begin + 10_000) for _ in range(3))
        phone.batch(*[(at(ms), number, 0, 0) for ms in times])
        sent += [(ms, number) for ms in times]
    for minute in (0, 31, 59):
        meter.reset()
        begin = minute * 60_000
        assert phone.items("accel", **{"from": at(begin), "to": at(begin + 1_000)}) == []
        rpcs, reads, _ = meter.cost
        assert rpcs <= 2
        assert reads <= 4
    for _ in range(40):
        begin, end = sorted(chance.randrange(-60_000, HOUR + 60_000) for _ in range(2))
        limit = chance.choice((1, 5, 200, 1000))
        bounds = {"from": at(begin), "to": at(end)}
        if not chance.randrange(3):
            bounds.pop("from")
            begin = -HOUR
        found = phone.items("accel", **bounds, limit=limit)
        expected = [(at(ms), x) for ms, x in sent if begin <= ms <= end][-limit:]
        assert [(item["t"], item["x"]) for item in found] == expected


def test_the_query_for_a_span_has_its_index() -> None:
    """The emulator asks for no index, production does."""
    declared = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))["indexes"]
    order = [(name, "DESCENDING") for name in ("key", "first")]
    assert ["accel", *order] in [
        [one["collectionGroup"], *((f["fieldPath"], f.get("order")) for f in one["fields"])]
        for one in declared
    ]


def test_the_points_of_twenty_minutes_stay_below_the_bound_and_none_is_lost(
    database: Database, topic: Topic, clock: MovableClock
) -> None:
    instances = [Phone(database, topic.publisher, clock, "d" * 200) for _ in range(2)]
    count = 900
    for number in range(count):
        fields = {"lat": LONGEST_DEGREES, "lng": LONGEST_DEGREES, "accuracy_m": LONGEST + number}
        ts = at(-HOUR + number)
        assert instances[number % 2].point(ts, **fields).status_code == 200
        if number % 10 == 0:  # a retry, which may meet an instance that knows less
            assert instances[1 - number % 2].point(ts, **fields).status_code == 200
    documents = instances[0].documents("gps")
    assert len(documents) > 20
    assert max(map(size, documents)) < LARGEST
    fresh = Phone(database, topic.publisher, clock, "d" * 200)
    for phone in (*instances, fresh):
        items = phone.items("gps", limit=1000)
        assert [item["ts"] for item in items] == [at(-HOUR + number) for number in range(count)]
    assert fresh.latest("gps")["accuracy_m"] == LONGEST + count - 1


def test_a_point_that_is_stored_beside_its_document_too_is_shown_once(phone: Phone) -> None:
    phone.point(at(0))
    path = phone.database.path
    (stored,) = phone.documents("gps")
    beside = {**stored, "key": f"{stored['key']}-A"}
    head = Write.set(path("telemetry", "dev-1", "newest", "gps"), {"overfull": True}, merge=True)
    phone.database.commit(Write.set(path("telemetry", "dev-1", "gps", beside["key"]), beside), head)
    assert len(phone.items("gps")) == len(phone.items("gps", to=at(0))) == 1


def test_batches_that_span_the_hour_are_all_read_for_a_second_of_it(
    phone: Phone, meter: Meter
) -> None:
    for number in range(12):
        phone.batch((at(1_000 + number), number, 0, 0), (at(HOUR - 1_000), number, 0, 0))
    meter.reset()
    assert phone.items("accel", **{"from": at(HOUR // 2), "to": at(HOUR // 2 + 1_000)}) == []
    assert meter.reads >= 12


def test_a_document_beside_goes_on_to_further_ones(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry.rules.FULL", 60)  # bytes: less than one point
    for number in range(80):
        assert phone.point(at(0), lat=number).status_code == 200
    documents = phone.documents("gps")
    assert {len(document["key"]) for document in documents} >= {24, 26, 27}
    assert sorted(item["lat"] for item in phone.items("gps")) == list(range(80))


@pytest.mark.parametrize("new_instances", [False, True], ids=["one instance", "one a POST"])
def test_the_head_stays_below_the_bound(
    database_of: Callable[[], Database], topic: Topic, clock: MovableClock, new_instances: bool
) -> None:
    """A client that sends one time for ever, and instances that know nothing of each other."""
    database = database_of()
    phone = Phone(database, topic.publisher, clock, "d" * 200)
    largest = entries = 0
    for number in range(130):
        clock.move(milliseconds=1)
        if new_instances:
            phone = Phone(database, topic.publisher, clock, "d" * 200)
        phone.batch((at(0), LONGEST + number, LONGEST, LONGEST))
        (head,) = phone.documents("newest")
        largest, entries = max(largest, size(head)), max(entries, len(head["latest"]))
        if number % 7 == 0:
            assert phone.latest("accel")["x"] == LONGEST + number
    assert entries <= 50
    assert largest < LARGEST


@pytest.mark.parametrize("days", ["90", "7.5"])
def test_what_is_stored_is_purged_after_the_days_of_the_setting(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, days: str
) -> None:
    if days != "90":  # the default
        monkeypatch.setenv("TELEMETRY_DAYS", days)
    first = phone.clock()
    phone.batch((at(0), 1, 0, 0))
    phone.point(at(0))
    phone.clock.move(hours=1)
    phone.batch((at(1), 1, 0, 0))
    phone.point(at(1))
    life = timedelta(days=float(days))
    purged = {kind: [one["purge_at"] for one in phone.documents(kind)]
              for kind in ("accel", "gps", "newest")}  # fmt: skip
    assert purged == {
        "accel": [first + life, phone.clock() + life],
        "gps": [phone.clock() + life],
        "newest": [phone.clock() + life] * 2,
    }


def test_zero_days_keep_it_for_ever(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEMETRY_DAYS", "0")
    phone.batch((at(0), 1, 0, 0))
    phone.point(at(0))
    for kind in ("accel", "gps", "newest"):
        assert [one for one in phone.documents(kind) if "purge_at" in one] == []


@pytest.mark.parametrize("collection", ["accel", "gps", "newest"])
def test_a_ttl_policy_purges_it(collection: str) -> None:
    overrides = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))["fieldOverrides"]
    policy = {"collectionGroup": collection, "fieldPath": "purge_at", "ttl": True, "indexes": []}
    assert policy in overrides


def test_what_is_to_be_kept_for_ever_from_now_on_loses_its_end(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in ("90", "0"):
        monkeypatch.setenv("TELEMETRY_DAYS", days)
        phone.batch((at(0), float(days), 0, 0))
        phone.point(at(0), lat=float(days))
    kept = [document for kind in ("gps", "newest") for document in phone.documents(kind)]
    assert [document.get("purge_at") for document in kept] == [None] * 3


@pytest.mark.parametrize("query", [{}, {"to": at(0)}], ids=["live", "with an end"])
def test_points_of_equal_times_are_in_the_order_in_which_their_documents_filled(
    phone: Phone, query: dict[str, str]
) -> None:
    path = phone.database.path
    phone.point(at(0), lat=1)
    (stored,) = phone.documents("gps")
    for number, suffix in ((3, "AB"), (2, "A")):
        point = points.encode(Point(START, number, 112.75, 0))
        key = f"{stored['key']}-{suffix}"
        fields = {"key": key, "points": [point]}
        phone.database.commit(Write.set(path("telemetry", "dev-1", "gps", key), fields))
    head = Write.set(path("telemetry", "dev-1", "newest", "gps"), {"overfull": True}, merge=True)
    phone.database.commit(head)
    assert [item["lat"] for item in phone.items("gps", **query)] == [1, 2, 3]
    assert [item["lat"] for item in phone.items("gps", limit=1, **query)] == [3]
