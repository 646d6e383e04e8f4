"""Moves what earlier versions stored to where this version reads it.

Without --yes it only counts what it would change. Works with your own credentials
(gcloud auth application-default login), or on the emulator that FIRESTORE_EMULATOR_HOST names. Safe
to run again at any time, also after an interrupted run, while the functions are in use.
"""

import argparse
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from administration import AdminDatabase

from shared.base import clock, settings
from shared.base.retention import purge_at
from shared.base.settings import Setting
from shared.domain import alerts, devices, directory, series
from shared.google.firestore import PreconditionFailed
from shared.google.values import Document
from shared.google.writes import UpdateTime, Write

CONFIG = Path(__file__).resolve().parent.parent / "config"
LIVES = {
    "accel": settings.TELEMETRY_DAYS,
    "gps": settings.TELEMETRY_DAYS,
    "newest": settings.TELEMETRY_DAYS,
    "readings": settings.READINGS_DAYS,
    "days": settings.READINGS_DAYS,
    "events": settings.EVENT_DAYS,
    "dead": settings.DEAD_DAYS,
}
# Of the live view of a device. What else is in it came from a phone that used the device's name.
DEVICE_FIELDS = (
    "device_id", "id", "owner", "public", "listed_at", "status", "last_seen", "updated_at",
    "reading",
)  # fmt: skip


def migrate(database: AdminDatabase, now: datetime) -> None:
    """Brings every document into the form of this version."""
    move_live_views(database)
    rebuild_directory(database)
    for collection, days in LIVES.items():
        complete(database, collection, days, now)


def move_live_views(database: AdminDatabase) -> None:
    """Moves the live views of registered devices to a collection without phones."""
    for page in database.pages("live"):
        for path, view, update_time in page:
            if "id" in view:
                _move_live_view(database, path, view, update_time)


def _move_live_view(
    database: AdminDatabase, path: str, view: Document, update_time: UpdateTime
) -> None:
    """Moves one view. A view that is there already is newer; one of a deleted device only goes."""
    new_path = database.path("live_devices", str(view["id"]))
    newer = database.get(new_path)
    writes = [Write.delete(path, update_time)]
    if newer is not None:
        writes += _recovery(database, view, newer)
    elif database.get(database.path("devices", str(view["id"]))) is not None:
        writes.append(Write.create(new_path, _device_view(view)))
    try:
        database.write(*writes)
    except PreconditionFailed:
        return  # a message changed it meanwhile: the next run looks again
    database.changed["live"] += 1


def _device_view(view: Document) -> Document:
    fields = {name: view[name] for name in DEVICE_FIELDS if name in view}
    received = view.get("received", {})
    return {**fields, "received": {kind: received[kind] for kind in received if kind == "reading"}}


def _recovery(database: AdminDatabase, view: Document, newer: Document) -> Iterator[Write]:
    """Clears the alert of a device that was offline in its old view and was heard since."""
    if view.get("status") != "offline":
        return
    alert = (view["id"], alerts.OFFLINE, view["last_seen"])
    found = database.get(database.path("alerts", alerts.alert_id(*alert)))
    if found is not None and found["cleared_at"] is None:
        yield alerts.clear_alert(database, *alert, newer["last_seen"])


def rebuild_directory(database: AdminDatabase) -> None:
    """Lists every public device, and only these; deletes the documents of the older form."""
    stored = {path: fields for page in database.pages("station_lists") for path, fields, _ in page}
    wanted: defaultdict[int, dict[str, tuple[str, int]]] = defaultdict(dict)
    for page in database.pages("devices"):
        for _, fields, _ in page:
            device = devices.from_document(fields)
            if device.public:
                stations = wanted[device.id // directory.BLOCK]
                stations[directory.field(device.id)] = directory.entry(device), device.seen_ms
    for fields in stored.values():
        if "block" in fields:
            wanted.setdefault(fields["block"], {})
    for block, stations in wanted.items():
        path = directory.block_path(database, block)
        _write_block(database, path, block, stations, stored.get(path, {}))
    database.delete(path for path, fields in stored.items() if "block" not in fields)


def _write_block(
    database: AdminDatabase,
    path: str,
    block: int,
    stations: dict[str, tuple[str, int]],
    stored: Document,
) -> None:
    """Writes what a document of the directory lacks, and removes what it should not have."""
    listed, seen = stored.get("stations", {}), stored.get("seen", {})
    entries = {name: entry for name, (entry, _) in stations.items() if listed.get(name) != entry}
    later = {name: ms for name, (_, ms) in stations.items() if ms > seen.get(name, 0)}
    gone = (listed.keys() | seen.keys()) - stations.keys()
    if not (entries or later or gone):
        return
    fields = {"block": block, **({"stations": entries} if entries else {})}
    write = Write.set(
        path,
        fields,
        merge=True,
        maximum={f"seen.{name}": ms for name, ms in later.items()},
        delete_fields=[f"{field}.{name}" for name in gone for field in ("stations", "seen")],
    )
    database.edit("station_lists", write)


def complete(database: AdminDatabase, collection: str, days: Setting, now: datetime) -> None:
    """Writes `purge_at`, and the `first` of a chunk of samples, where they are missing."""
    for page in database.pages(collection, collection_group=True):
        missing = [(path, _missing(collection, fields, days, now)) for path, fields, _ in page]
        writes = [
            Write.set(path, fields, merge=True, must_exist=True)
            for path, fields in missing
            if fields
        ]
        if writes:
            database.edit_existing(collection, writes)


def _missing(collection: str, fields: Document, days: Setting, now: datetime) -> Document:
    missing: Document = {}
    if "purge_at" not in fields:
        missing |= purge_at(days, fields.get("received_at", now))
    if collection == "accel" and "first" not in fields:
        oldest = min(row[0] for row in series.unpacked(fields["samples"]))
        missing["first"] = series.key(oldest)
    return missing


def use_settings_of(project: str) -> None:
    """Takes the settings of a project from its file in config/, as a deploy does."""
    file = CONFIG / f".env.{project}"
    text = file.read_text("utf-8") if file.is_file() else ""
    known = {setting.name for setting in settings.SETTINGS}
    for name, value in re.findall(
        r"""^\s*(?:export\s+)?(\w+)\s*=\s*["']?([^"'#\r\n]*)""", text, re.MULTILINE
    ):
        if name in known:
            os.environ.setdefault(name, value.strip())


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="migrate.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--project", required=True, metavar="ID")
    parser.add_argument("--yes", action="store_true", help="change it")
    arguments = parser.parse_args()
    use_settings_of(arguments.project)
    for days in dict.fromkeys(LIVES.values()):
        print(f"{days.get():>6}  {days.name}")
    database = AdminDatabase(arguments.project, dry_run=not arguments.yes)
    migrate(database, clock.now())
    for collection, count in sorted(database.changed.items()):
        print(f"{count:>6}  {collection}")
    print("Changed." if arguments.yes else "Nothing is changed yet: add --yes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
