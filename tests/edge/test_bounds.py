"""What a machine stores: how large its documents become, and for how long its data is stored."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.base.timestamps import text
from shared.google.values import Document
from shared.google.writes import Write
from tests.edge.machines import Bench
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message

LARGEST = 200_000  # bytes of a document
WIDE = "🙂"  # four bytes: the most that one character takes


def size(document: Document) -> int:
    """The bytes of a document as it is sent, which are more than Firestore counts."""
    bytes_: int = Write.create("x", document).message.ByteSize()
    return bytes_


def test_the_live_state_stays_small_however_much_a_machine_says(bench: Bench) -> None:
    bench.admin("PUT", f"/{bench.uuid}", json={"name": WIDE * 200, "place": WIDE * 200})
    bench.send("/handshake", {"hardware_id": "HW-1"})
    bench.send("/handshake", {"hardware_id": WIDE * 200})
    whole = {"status": WIDE * 200, "version": WIDE * 200}
    for field in ("health_metrics", "discovery"):  # the longest health, then the longest report
        room = 10_000 - len(json.dumps({**whole, field: {"x": ""}}))
        for surplus in (0, 1):
            sent = {**whole, field: {"x": WIDE * (room + surplus)}}
            bench.send("/heartbeat", json.dumps(sent, ensure_ascii=False).encode())
    consume = consumer(bench.database, bench.clock)
    for batch in range(3):
        names = [f"{batch}-{n:02}-" + WIDE * 195 for n in range(100)]
        sensors: dict[str, Any] = dict.fromkeys(names, 2.0**60 + 0.5)
        assert bench.send("/telemetry", {"sensors": sensors}).status_code == 200
        event = {
            "kind": "machine", "event": "TelemetryUpdateUpdate", "device_id": bench.uuid,
            "batch_id": f"b{batch}", "sensors": sensors, "measured_at": text(bench.clock()),
            "received_at": text(bench.clock()),
        }  # fmt: skip
        consume(message(event))
        bench.clock.move(seconds=1)
    bench.add_pin("123456", technician_name=WIDE * 200)
    bench.technician()
    live = bench.live()
    assert len(live["sensors"]) == 100
    assert live["hardware_mismatch"]
    assert size(live) < LARGEST
    assert size(live) > 100_000  # the test has filled it


def test_the_record_stays_small_and_a_larger_handshake_is_refused(bench: Bench) -> None:
    empty = len(json.dumps({"hardware_id": WIDE * 200, "more": ""}, ensure_ascii=False).encode())
    for surplus, status in ((-20, 200), (1_000, 413)):
        more = "x" * (150_000 - empty + surplus)
        body = {"hardware_id": WIDE * 200, "more": more}
        sent = json.dumps(body, ensure_ascii=False).encode()
        assert bench.send("/handshake", sent).status_code == status
    bench.admin("PUT", f"/{bench.uuid}", json={"name": WIDE * 200, "place": WIDE * 200})
    record = bench.database.get(bench.database.path("machines", bench.uuid)) or {}
    assert 149_000 < size(record) < LARGEST


@pytest.mark.parametrize(("days", "kept"), [("30", 30), ("7", 7), ("0", None)])
def test_events_are_stored_as_long_as_the_setting_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, days: str, kept: int | None
) -> None:
    monkeypatch.setenv("EVENT_DAYS", days)
    event = bench.event(bench.command())
    expected = None if kept is None else event["created_at"] + timedelta(days=kept)
    assert event.get("purge_at") == expected


@pytest.mark.parametrize(("days", "kept"), [("90", 90), ("1", 1), ("0", None)])
def test_telemetry_is_stored_as_long_as_the_setting_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, days: str, kept: int | None
) -> None:
    monkeypatch.setenv("TELEMETRY_DAYS", days)
    bench.send("/telemetry", {"sensors": {"t": 1}})
    parent = bench.database.path("machines", bench.uuid)
    (batch,) = bench.database.query(parent, "telemetry", order_by="received_at", limit=9)
    expected = None if kept is None else batch["received_at"] + timedelta(days=kept)
    assert batch.get("purge_at") == expected
