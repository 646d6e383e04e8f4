"""`dev.py migrate`: what earlier versions stored is read by this one, and nothing is lost on the way."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import administration
import migrate
import pytest
from administration import AdminDatabase
from flask.testing import FlaskClient

from devices.store import Store as Devices
from shared.base.timestamps import fixed, from_millis, text
from shared.domain import devices, directory
from shared.domain.devices import Device
from shared.domain.series import Span, key, packed
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write
from stations.routes import create_app
from stations.store import Store as Stations
from telemetry.store import Store as Telemetry
from tests.conftest import MovableClock
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import gps, message
from tests.infra.breaking import Breaking
from tests.infra.test_forget import everything
from tests.topic import Topic
from tools.paths import PYTHON, ROOT
from upkeep.store import Store as Upkeep
from upkeep.sweep import create_sweep

NOW = datetime(2026, 2, 18, 10, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(days=3)
MS = 1_771_149_600_000  # EARLIER
STATIONS = 95


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, firestore_host: str) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    monkeypatch.setattr(administration, "PAGE", 7)


def admin(database: Database, *, dry_run: bool = False) -> AdminDatabase:
    return AdminDatabase(database._root.split("/")[1], dry_run=dry_run)


def device(number: int, *, public: bool = True) -> Device:
    return Device(
        number, f"S{number}", "sari", f"Stasiun {number}", "sensor", None,
        {"location": "Palu", "api_key": "secret"}, ["gempa"], public, 1, EARLIER,
        seen_ms=MS if number % 2 else 0,
    )  # fmt: skip


def old_view(number: int, **more: Any) -> Document:
    """The live view of a registered device as fanout wrote it under the device's name."""
    reading = {"timestamp": text(EARLIER), "type": "gempa", "value": 5, "raw": "5"}
    return {
        "device_id": f"S{number}", "reading": reading, "received": {"reading": EARLIER},
        "id": number, "owner": "sari", "listed_at": EARLIER, "status": "online", "public": True,
        "last_seen": EARLIER, "updated_at": EARLIER, **more,
    }  # fmt: skip


def old_documents() -> Iterator[tuple[tuple[str, ...], Document]]:
    """Paths and fields as the version before wrote them."""
    for number in range(1, STATIONS + 1):
        yield ("devices", str(number)), devices.to_document(device(number))
    yield ("devices", "96"), devices.to_document(device(96, public=False))
    for shard in range(4):
        listed = [device(number) for number in range(1, STATIONS + 1) if number % 4 == shard]
        fields = {"stations": {f"n{each.id}": directory.entry(each) for each in listed}}
        yield ("station_lists", str(shard)), {**fields, "seen": {f"n{shard}": MS}}
    position = {"ts": text(EARLIER), "lat": -7, "lng": 112, "accuracy_m": 5}
    both = {"gps": position, "received": {"reading": EARLIER, "gps": EARLIER}}
    yield ("live", "S1"), old_view(1, **both)  # a phone used the device's name
    yield ("live", "S2"), old_view(2, status="offline")
    yield ("live", "S3"), old_view(3, status="offline")
    yield ("live", "S4000"), old_view(4000)  # deleted since
    phone = {"gps": position, "received": {"gps": EARLIER}, "public": True}
    yield (
        ("live", "phone"),
        {**phone, "device_id": "phone", "last_seen": EARLIER, "updated_at": EARLIER},
    )
    newer = NOW - timedelta(days=1)
    yield ("live_devices", "3"), old_view(3, last_seen=newer)  # heard before the command ran
    begin = int(EARLIER.timestamp() * 1000)
    alert = {"rule": "offline", "begin": EARLIER, "raised_at": EARLIER, "cleared_at": None}
    for number in (2, 3, 5, 4000):  # offline, heard since, offline with a lost view, deleted
        yield ("alerts", f"{number}-offline-{begin}"), {**alert, "id": number}
    yield ("alerts", f"4000-R-{begin}"), {**alert, "id": 4000, "rule": "R"}
    yield ("alerts", f"1-R-{begin}"), {**alert, "id": 1, "rule": "R"}
    for n in range(20):
        rows = [[MS + n * 1000 - 500, 1, 2, 3], [MS + n * 1000, 4.5, 5, 6]]
        chunk = f"{key(MS + n * 1000)}-B{n}"
        yield ("telemetry", "phone", "accel", chunk), {
            "device_id": "phone", "key": f"{key(MS + n * 1000)}-{fixed(EARLIER)}-B{n}",
            "received_at": EARLIER, "count": 2, "samples": packed(rows),
        }  # fmt: skip
    yield (
        ("telemetry", "phone", "gps", key(MS)),
        {"device_id": "phone", "key": key(MS), "points": []},
    )
    yield ("telemetry", "phone", "newest", "accel"), {"device_id": "phone", "newest_ms": MS}
    yield ("devices", "1", "readings", "B"), {"key": "k", "received_at": EARLIER, "readings": "[]"}
    yield ("devices", "1", "days", "20500"), {"day": 20500, "minutes": {}, "active": [1]}
    yield ("rvm", "m1", "events", "e"), {"event": "x", "created_at": EARLIER}
    yield ("rvm", "m1", "events", "f"), {"event": "x", "created_at": EARLIER, "purge_at": NOW}
    yield ("dead", "13"), {"reason": "x", "message": "{}", "parked_at": EARLIER}
    yield ("rosters", "cloud-101"), {
        "course_id": "cloud-101", "imported_at": EARLIER,
        "students": [{"user_id": "1001", "name": "Ani"}, {"user_id": "1002", "name": ""}],
    }  # fmt: skip


@pytest.fixture
def before(database: Database) -> dict[str, Any]:
    """A database of the version before. Returns every document."""
    for path, fields in old_documents():
        database.commit(Write.create(database.path(*path), fields))
    return everything(database)


@pytest.fixture
def after(database: Database, before: dict[str, Any]) -> dict[str, Any]:
    """Every document after the command."""
    migrate.migrate(admin(database), NOW)
    return everything(database)


def test_live_views_of_devices_leave_the_phones_and_what_phones_wrote_into_them(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert [path for path in after if path.startswith("live/")] == ["live/phone"]
    assert after["live/phone"] == before["live/phone"]
    assert {path for path in after if path.startswith("live_devices/")} == {
        "live_devices/1", "live_devices/2", "live_devices/3", "live_devices/5",
    }  # fmt: skip
    assert after["live_devices/1"] == old_view(1)
    assert after["live_devices/3"] == before["live_devices/3"]


def test_moved_live_views_are_read_swept_and_recover(
    database: Database, clock: MovableClock, after: dict[str, Any]
) -> None:
    assert create_sweep(lambda: Upkeep(database), clock)() == 2  # of 1 and of 3
    consume = consumer(database, clock)
    heartbeat = {
        "kind": "heartbeat", "device_id": "S2", "id": 2, "owner": "sari", "public": True,
        "received_at": text(clock()), "batch_id": "", "count": 0,
    }  # fmt: skip
    consume(message(heartbeat))
    view = database.get(database.path("live_devices", "2")) or {}
    assert (view["status"], view["reading"]["value"]) == ("online", 5)


def test_alerts_that_are_over_are_cleared_and_those_of_silence_end_with_it(
    database: Database, clock: MovableClock, after: dict[str, Any]
) -> None:
    cleared = {path[7:].rsplit("-", 1)[0]: alert["cleared_at"]
               for path, alert in after.items() if path.startswith("alerts/")}  # fmt: skip
    assert cleared == {
        "1-R": None, "2-offline": None, "5-offline": None, "3-offline": NOW - timedelta(days=1),
        "4000-offline": NOW, "4000-R": NOW,
    }  # fmt: skip
    assert create_sweep(lambda: Upkeep(database), clock)() == 2  # of 1 and of 3, not again of 5
    heartbeat = {
        "kind": "heartbeat", "device_id": "S5", "id": 5, "owner": "sari", "public": True,
        "received_at": text(clock()), "batch_id": "", "count": 0,
    }  # fmt: skip
    consumer(database, clock)(message(heartbeat))
    path = database.path("alerts", f"5-offline-{int(EARLIER.timestamp() * 1000)}")
    assert (database.get(path) or {})["cleared_at"] == clock()


def test_every_public_device_is_a_station_with_the_time_it_was_heard(
    database: Database, clock: MovableClock, after: dict[str, Any]
) -> None:
    lists = {path for path in after if path.startswith("station_lists/")}
    assert lists == {f"station_lists/b{block}" for block in range(3)}
    visitor: FlaskClient = create_app(lambda: Stations(database), now=clock).test_client()
    page = visitor.get("/api/v1/public/stations")
    stations = page.get_json()["data"]
    assert [station["id"] for station in stations] == [*range(1, STATIONS + 1)]
    assert [station["last_heartbeat"] for station in stations[:2]] == [text(from_millis(MS)), None]
    assert "secret" not in page.text


def test_chunks_of_samples_say_when_they_begin_and_are_found(
    database: Database, topic: Topic, after: dict[str, Any]
) -> None:
    for n in range(20):
        chunk = after[f"telemetry/phone/accel/{key(MS + n * 1000)}-B{n}"]
        assert chunk["first"] == key(MS + n * 1000 - 500)
    span = Span(9, from_millis(MS + 4_400), from_millis(MS + 5_000))
    found = Telemetry(database, topic.publisher).samples("phone", span)
    assert [ms for ms, *_ in found] == [MS + 4_500, MS + 5_000]


def test_a_roster_lists_its_ids_and_is_otherwise_as_it_was(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    path = "rosters/cloud-101"
    assert after[path] == {**before[path], "user_ids": ["1001", "1002"]}


def test_everything_that_has_a_life_gets_its_end(after: dict[str, Any]) -> None:
    ends = {
        path.split("/", 1)[-1]: fields["purge_at"]
        for path, fields in after.items()
        if "purge_at" in fields
    }
    assert ends.pop("m1/events/f") == NOW
    of_samples = {ends.pop(path) for path in list(ends) if "/accel/" in path}
    assert of_samples == {EARLIER + timedelta(days=90)}
    assert ends == {
        f"phone/gps/{key(MS)}": NOW + timedelta(days=90),
        "phone/newest/accel": NOW + timedelta(days=90),
        "1/readings/B": EARLIER + timedelta(days=400),
        "1/days/20500": NOW + timedelta(days=400),
        "m1/events/e": NOW + timedelta(days=30),
        "13": NOW + timedelta(days=30),
    }


def test_what_is_kept_for_ever_gets_no_end(
    database: Database, before: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in migrate.LIVES.values():
        monkeypatch.setenv(days.name, "0")
    migrate.migrate(admin(database), NOW)
    left = everything(database)
    assert [path for path in left if "purge_at" in left[path]] == ["rvm/m1/events/f"]


def test_without_yes_it_counts_and_changes_nothing_and_a_second_time_there_is_nothing_to_do(
    database: Database, before: dict[str, Any]
) -> None:
    dry_run = admin(database, dry_run=True)
    migrate.migrate(dry_run, NOW)
    assert everything(database) == before
    real = admin(database)
    migrate.migrate(real, NOW)
    assert dry_run.changed == real.changed
    assert real.changed["live"] == 4
    done = everything(database)
    again = admin(database)
    migrate.migrate(again, NOW + timedelta(days=1))
    assert not again.changed
    assert everything(database) == done


def test_a_run_that_breaks_off_is_finished_by_the_next(
    database: Database, before: dict[str, Any]
) -> None:
    for writes in (1, 2, 3, 2, 3):
        breaking = Breaking(database, writes)
        with pytest.raises(ConnectionError):
            migrate.migrate(breaking, NOW)
    migrate.migrate(admin(database), NOW)
    assert not [path for path in everything(database) if path in ("live/S1", "station_lists/0")]
    last = admin(database)
    migrate.migrate(last, NOW)
    assert not last.changed


class Meanwhile(AdminDatabase):
    """Something happens between what the command reads and what it writes."""

    happen: Callable[[], object]

    def write(self, *writes: Any) -> None:
        happen, self.happen = self.happen, lambda: None
        happen()
        super().write(*writes)


def test_a_phone_that_takes_over_the_old_view_meanwhile_keeps_it(
    database: Database, clock: MovableClock, before: dict[str, Any]
) -> None:
    consume = consumer(database, clock)
    meanwhile = Meanwhile(database._root.split("/")[1], dry_run=False)
    meanwhile.happen = lambda: consume(message({**gps(clock(), 1), "device_id": "S1"}))
    migrate.move_live_views(meanwhile)
    phone = database.get(database.path("live", "S1")) or {}
    assert (phone["gps"]["lat"], "id" in phone) == (1, False)


def deleting(database: Database, topic: Topic) -> Meanwhile:
    """The devices 1, 2 and 3 are deleted before the first write."""
    store = Devices(database, topic.publisher)
    meanwhile = Meanwhile(database._root.split("/")[1], dry_run=False)
    meanwhile.happen = lambda: [store.delete(device(n), f"{n}", NOW) for n in (1, 2, 3)]
    return meanwhile


def test_a_device_that_is_deleted_meanwhile_has_no_live_view(
    database: Database, topic: Topic, before: dict[str, Any]
) -> None:
    migrate.move_live_views(deleting(database, topic))
    left = everything(database)
    assert [path for path in left if path.startswith("live")] == ["live/phone"]


def test_a_device_that_is_deleted_meanwhile_is_not_listed(
    database: Database, topic: Topic, before: dict[str, Any]
) -> None:
    migrate.rebuild_directory(deleting(database, topic))
    blocks = [block for path, block in everything(database).items() if "station_lists/b" in path]
    listed = {name for block in blocks for name in block["stations"]}
    assert listed == {f"n{number}" for number in range(4, STATIONS + 1)}
    assert {name for block in blocks for name in block["seen"]} <= listed


def test_a_document_that_is_deleted_meanwhile_stays_deleted_and_the_others_are_completed(
    database: Database, before: dict[str, Any]
) -> None:
    gone = database.path("telemetry", "phone", "accel", f"{key(MS)}-B0")
    meanwhile = Meanwhile(database._root.split("/")[1], dry_run=False)
    meanwhile.happen = lambda: bool(database.commit(Write.delete(gone)))
    migrate.complete(meanwhile, "accel", migrate.LIVES["accel"], NOW)
    assert database.get(gone) is None
    assert meanwhile.changed["accel"] == 19


def test_the_settings_are_those_of_the_projects_deploy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("READINGS_DAYS", "DEAD_DAYS", "OTHER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TELEMETRY_DAYS", "5")
    (tmp_path / ".env.some-project").write_text(
        "# READINGS_DAYS=1\nREADINGS_DAYS=0 # for ever\nTELEMETRY_DAYS=9\nOTHER=1\n", "utf-8"
    )
    administration.use_settings_of("some-project", tmp_path)
    values = {days.name: days.get() for days in migrate.LIVES.values()}
    monkeypatch.delenv("READINGS_DAYS")
    assert values == {
        "TELEMETRY_DAYS": "5", "READINGS_DAYS": "0", "EVENT_DAYS": "30", "DEAD_DAYS": "30",
    }  # fmt: skip
    administration.use_settings_of("another-project", tmp_path)


def test_the_command_says_what_it_did(database: Database, before: dict[str, Any]) -> None:
    project = database._root.split("/")[1]
    command: list[str | Path] = [PYTHON, ROOT / "infra/migrate.py", "--project", project]
    shown = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "20  accel" in shown.stdout
    assert "90  TELEMETRY_DAYS" in shown.stdout
    assert "add --yes" in shown.stdout
    assert everything(database) == before
    done = [*command, "--yes"]
    shown = subprocess.run(done, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "Changed." in shown.stdout
    assert database.get(database.path("live_devices", "1")) is not None
