"""A user who is forgotten: nothing of theirs is left, and nothing of anybody else's is gone."""

import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import forget
import pytest
from administration import AdminDatabase

from fanout.store import Store as Fanout
from kiosk.store import Store as Kiosk
from presence.rules import Mark, Session
from presence.store import Store as Presence
from shared.domain.rosters import Student
from shared.google.firestore import Database
from shared.google.writes import Write
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.devices.sensors import OTHER, Sensor, reading
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import accel, message
from tests.infra.breaking import Breaking
from tests.presence.clients import Classroom
from tests.telemetry.phones import Phone
from tests.topic import Topic
from tools.paths import PYTHON, ROOT

USER = "owner"  # whose token the tests' sensor has
THEIRS = (
    f"/{USER} ", f": {USER!r}", "phone/of owner", "SENSOR-001", "Pak Owner", "claimed by owner",
)  # fmt: skip
NOW = datetime(2026, 2, 18, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, firestore_host: str) -> None:
    for name, value in {
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",
        "GOOGLE_CLOUD_PROJECT": LOADED_PROJECT,
        "DEVICE_KEY_SECRET": "x" * 32,
    }.items():
        monkeypatch.setenv(name, value)


def admin(database: Database, *, dry_run: bool = False) -> AdminDatabase:
    return AdminDatabase(database._root.split("/")[1], dry_run=dry_run)


def everything(database: Database) -> dict[str, Any]:
    """All documents of a database by their path."""
    documents = admin(database)
    return {
        path.removeprefix(f"{database._root}/"): documents.get(path)
        for path in documents.descendants(documents._root)
    }


def mentions(documents: dict[str, Any], words: tuple[str, ...]) -> list[str]:
    return [
        path for path, fields in documents.items()
        if any(word in f"{path.replace('%2F', '/')} {fields}" for word in words)
    ]  # fmt: skip


@pytest.fixture
def lived(database: Database, topic: Topic, clock: MovableClock) -> dict[str, Any]:
    """A course in which the user and others did all that can be done. Returns every document."""
    sensor = Sensor(database, topic.publisher, clock)  # of the user
    other = Sensor.__new__(Sensor)
    other.__dict__.update(sensor.__dict__)
    found = sensor.register("SENSOR-002", OTHER).get_json()["data"]
    other.id, other.api_key = found["id"], found["api_key"]
    for one, bearer in ((sensor, None), (other, OTHER)):
        rules = {"alerts": [{"type": "gempa", "above": 5}]}
        args = (bearer,) if bearer else ()
        assert sensor.call("PUT", f"/{one.id}/alerts", *args, json=rules).status_code == 200
        one.data(reading(9, "2026-02-18T09:00:00Z"), reading(8, "2026-02-16T09:00:00Z"))
    course = Classroom(database, clock)
    for session in ("one", "two"):
        course.session["session_id"] = session
        code = course.generate()
        course.checkin(code, USER, device_id="phone/of owner")
        course.checkin(code, USER, device_id="web")
        course.checkin(code, "budi", device_id="web")
        course.checkin(code, "budi", device_id="phone of budi")
    for name in ("phone/of owner", "web", "phone of budi"):
        phone = Phone(database, topic.publisher, clock, name)
        phone.batch(("2026-02-18T10:00:00Z", 1, 2, 3))
        phone.point("2026-02-18T10:00:00Z")
        phone.point("2026-02-18T11:00:00Z")
    consume = consumer(database, clock)
    for event in topic.events(11):
        consume(message(event))
    _claim(database, clock, "claimed by owner", USER)
    _claim(database, clock, "lent by budi", "budi")
    course.checkin(code, USER, device_id="lent by budi")
    for name in ("phone/of owner", "phone of budi"):
        Fanout(database).add_dead_letter(
            message({"device_id": name, "kind": "?"}, name[:8]), "Poison", NOW
        )
    kiosk = Kiosk(database)
    presence = Presence(database)
    presence.set_roster("cloud-101", [Student(USER, "Pak Owner"), Student("budi", "Budi")], NOW)
    presence.change_course("cloud-101", lambda found: replace(found, teachers=("dosen", USER)))
    for user, nonce in ((USER, "used"), ("budi", "other")):
        claim = {"uid": user, "email": f"{user} @kampus.test", "is_done": True}
        request = {"uid": user, "name": user, "reason": "", "requested_at": NOW}
        database.commit(
            Write.create(database.path("claims", nonce), claim),
            Write.create(database.path("forget_requests", user), request),
        )
    meeting = Session("cloud-101", "one")
    for user, by, name in (
        (USER, "dosen", "Ibu"),
        ("budi", USER, "Pak Owner"),
        (USER, USER, "Pak Owner"),
    ):
        mark = Mark(user, "late", "checked_in", "no phone", by, name, NOW)
        presence.mark(meeting, mark, lambda found, _, mark: (found, mark) if found else None)
    for machine, user, called in (("m1", USER, "Pak Owner"), ("m2", "budi", "Budi")):
        database.commit(Write.set(database.path("rvm", machine), {"session": None}))
        kiosk.add_login(machine, 1, f"code {machine}", NOW)
        kiosk.claim(f"code {machine}", f"session {machine}", user, called, NOW)
    return everything(database)


def _claim(database: Database, clock: MovableClock, name: str, user: str) -> None:
    """A phone that belongs to an account, as telemetry writes it in AUTH_MODE=verified."""
    fields = {"device_id": name, "owner": user}
    chunk = database.path("telemetry", name, "accel", "x")
    database.commit(
        Write.create(database.path("telemetry", name), fields),
        Write.create(chunk, {"device_id": name, "key": "x"}),
    )
    event = {**accel(clock(), 1, name), "owner": user}
    consumer(database, clock)(message(event))


def test_nothing_of_the_user_is_left_and_all_of_the_others(
    database: Database, lived: dict[str, Any]
) -> None:
    assert len(mentions(lived, THEIRS)) == 27
    assert len([path for path in lived if path.startswith("devices/1/")]) >= 3
    forget.forget(admin(database), USER)
    left = everything(database)
    assert mentions(left, THEIRS) == []
    assert not [path for path in left if path.startswith("devices/1/")]
    assert [path for path in left if "/lent by budi" in path] == [
        "live/lent by budi", "telemetry/lent by budi/accel/x", "telemetry/lent by budi",
    ]  # fmt: skip
    assert [path for path in left if path.startswith(("owners/", "live_devices/"))] == [
        "live_devices/2", "owners/other",
    ]  # fmt: skip
    theirs = {path for path in lived if path not in left}
    others = {path: fields for path, fields in lived.items() if path not in theirs}
    changed = {path for path in others if others[path] != left[path]}
    assert {path.split("/")[0] for path in changed} == {
        "station_lists", "rvm", "rosters", "courses", "claims",
    }  # fmt: skip
    of_courses = {path.split("/")[-2] for path in changed if path.startswith("courses/")}
    assert of_courses == {"courses", "marks"}
    assert left["courses/cloud-101"]["teachers"] == ["dosen"]
    assert left["rosters/cloud-101"]["students"] == [{"user_id": "budi", "name": "Budi"}]
    assert left["rosters/cloud-101"]["user_ids"] == ["budi"]
    assert left["claims/used"] == {"uid": "", "email": "", "is_done": True}
    assert [path for path in left if path.startswith("dead/")] == ["dead/phone of"]
    others_ids = {"budi", "web", "phone of budi", "lent by budi", "SENSOR-002"}
    assert not [path for path in theirs if set(path.split("/")) & others_ids]
    assert {path.split("/")[0] for path in mentions(left, ("phone of budi", "web"))} == {
        "telemetry", "live", "courses",
    }  # fmt: skip


def test_it_shows_what_it_would_delete_and_deletes_nothing(
    database: Database, lived: dict[str, Any]
) -> None:
    dry_run = admin(database, dry_run=True)
    forget.forget(dry_run, USER)
    assert everything(database) == lived
    real = admin(database)
    forget.forget(real, USER)
    assert dry_run.changed == real.changed
    again = admin(database)
    forget.forget(again, USER)
    assert not again.changed, "a second time there is nothing to find"


def test_a_run_that_breaks_off_leaves_nothing_that_the_next_cannot_find(
    database: Database, lived: dict[str, Any]
) -> None:
    for writes in (1, 3, 2):
        breaking = Breaking(database, writes)
        with pytest.raises(ConnectionError):
            forget.forget(breaking, USER)
    forget.forget(admin(database), USER)
    assert mentions(everything(database), THEIRS) == []


def test_the_live_view_of_a_device_that_is_not_yet_moved_is_deleted_and_no_other(
    database: Database, lived: dict[str, Any]
) -> None:
    for name, number, owner in (("SENSOR-001", 1, USER), ("phone/of owner", 2, "other")):
        old = {"device_id": name, "id": number, "owner": owner}
        database.commit(Write.set(database.path("live", name), old))
    forget.forget(admin(database), USER)
    assert database.get(database.path("live", "SENSOR-001")) is None
    assert database.get(database.path("live", "phone/of owner")) is not None


def test_somebody_who_was_never_here_is_nobody(database: Database, lived: dict[str, Any]) -> None:
    for user in ("stranger", "%", "../x", "__x__", "own"):
        nobody = admin(database)
        forget.forget(nobody, user)
        assert not nobody.changed
    assert everything(database) == lived


def collections() -> set[str]:
    """Every collection that a docstring of the code says is kept."""
    files = [*(ROOT / "functions").glob("*/*/store.py"), *(ROOT / "shared").rglob("*.py")]
    paths = [
        path for file in files
        for path in re.findall(r"^ *((?:\w+/(?:\{[\w-]+\}|devices|machines)/?)+) ", file.read_text("utf-8"), re.MULTILINE)
    ]  # fmt: skip
    return {part for path in paths for part in path.split("/")[::2]}


def test_every_collection_that_is_kept_is_a_users_or_is_not() -> None:
    known = {*forget.PERSONAL_DATA, *forget.OTHER_DATA}
    assert len(collections()) > 20
    assert collections() - known == set(), (
        "say in infra/forget.py what becomes of a user's part in it"
    )
    assert known - collections() == set()
    assert not set(forget.PERSONAL_DATA) & set(forget.OTHER_DATA)


def test_a_search_at_any_depth_has_its_index() -> None:
    """The emulator asks for none; production refuses the query."""
    overrides = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))["fieldOverrides"]
    indexes = {(one["collectionGroup"], one["fieldPath"]): one["indexes"] for one in overrides}
    group = {"queryScope": "COLLECTION_GROUP"}
    assert {"order": "ASCENDING", **group} in indexes["presences", "user_id"]
    for field in ("user_id", "by"):
        assert {"order": "ASCENDING", **group} in indexes["marks", field]
    assert {"arrayConfig": "CONTAINS", **group} in indexes["presences", "devices"]


def test_the_command_says_what_it_did(database: Database, lived: dict[str, Any]) -> None:
    project = database._root.split("/")[1]
    command: list[str | Path] = [
        PYTHON,
        ROOT / "infra/forget.py",
        "--user",
        USER,
        "--project",
        project,
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "2  presences" in done.stdout
    assert "add --yes" in done.stdout
    assert everything(database) == lived
