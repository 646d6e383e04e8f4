"""Moves what earlier versions stored to where this version reads it.

Without --yes it only counts what it would change. Works with your own credentials
(gcloud auth application-default login), or on the emulator that FIRESTORE_EMULATOR_HOST names. Safe
to run again at any time, also after an interrupted run, while the functions are in use.
"""

import argparse
import sys
from collections import defaultdict
from contextlib import suppress
from datetime import datetime

from administration import AdminDatabase, use_settings_of

from shared.base import clock, settings
from shared.base.retention import purge_at
from shared.base.settings import Setting
from shared.domain import alerts, devices, directory, rosters, series
from shared.domain.devices import Device
from shared.google.firestore import PreconditionFailed
from shared.google.values import Document
from shared.google.writes import UpdateTime, Write

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
    end_alerts(database, now)
    rebuild_directory(database)
    index_rosters(database)
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
    device_path = database.path("devices", str(view["id"]))
    writes = [Write.delete(path, update_time)]
    if database.get(new_path) is None and database.get(device_path) is not None:
        writes += [Write.create(new_path, _device_view(view)), Write.require(device_path)]
    try:
        database.write(*writes)
    except PreconditionFailed:  # a message or a delete came in between
        changed, update_time = database.get_with_update_time(path)
        if changed is not None and "id" in changed:
            _move_live_view(database, path, changed, update_time)
        return
    database.changed["live"] += 1


def _device_view(view: Document) -> Document:
    fields = {name: view[name] for name in DEVICE_FIELDS if name in view}
    received = view.get("received", {})
    return {**fields, "received": {kind: received[kind] for kind in received if kind == "reading"}}


def index_rosters(database: AdminDatabase) -> None:
    """Lists the ids of each roster in a field of their own: a person's courses are found by it."""
    for page in database.pages("rosters"):
        for path, roster, update_time in page:
            if "user_ids" in roster:
                continue
            fields = {**roster, **rosters.fields_of(rosters.from_document(roster))}
            with suppress(PreconditionFailed):  # an import has done it meanwhile
                database.write(Write.replace(path, fields, update_time))
                database.changed["rosters"] += 1


def end_alerts(database: AdminDatabase, now: datetime) -> None:
    """Clears the alerts of deleted devices, and those of silence that is over.

    A device that is still silent and has no live view, as a phone wrote over its old one, gets a
    view: that clears the alert when the device is heard.
    """
    for page in database.pages("alerts"):
        for path, alert, _ in page:
            if alert["cleared_at"] is None:
                _end_alert(database, path, alert, now)


def _end_alert(database: AdminDatabase, path: str, alert: Document, now: datetime) -> None:
    device_path = database.path("devices", str(alert["id"]))
    found = database.get(device_path)
    if found is None:
        _clear(database, path, now)
    elif alert["rule"] == alerts.OFFLINE:
        device = devices.from_document(found)
        view_path = database.path("live_devices", str(device.id))
        view = database.get(view_path)
        begin = alert["begin"]
        heard = max(view["last_seen"] if view else begin, device.last_seen or begin)
        if heard > begin:
            _clear(database, path, heard)
        elif view is None and not _will_be_moved(database, device):
            create = Write.create(view_path, _silent_view(device, begin, now))
            with suppress(PreconditionFailed):  # heard or deleted meanwhile
                database.write(create, Write.require(device_path))
                database.changed["live_devices"] += 1


def _clear(database: AdminDatabase, path: str, at: datetime) -> None:
    clear = Write.set(path, {"cleared_at": at}, merge=True, must_exist=True)
    database.edit_existing("alerts", [clear])


def _will_be_moved(database: AdminDatabase, device: Device) -> bool:
    """Whether a dry run has left the view of a device where the phones are."""
    old = database.get(database.path("live", device.device_id))
    return old is not None and old.get("id") == device.id


def _silent_view(device: Device, last_seen: datetime, now: datetime) -> Document:
    """The live view of a device of which no more is known than when it was heard."""
    return {
        "device_id": device.device_id, "id": device.id, "owner": device.owner,
        "public": device.public, "status": "offline", "last_seen": last_seen, "updated_at": now,
        "received": {}, "listed_at": None,
    }  # fmt: skip


def rebuild_directory(database: AdminDatabase) -> None:
    """Lists every public device, and only these; deletes the documents of the older form."""
    stored = {path: fields for page in database.pages("station_lists") for path, fields, _ in page}
    wanted: defaultdict[int, dict[int, tuple[str, int]]] = defaultdict(dict)
    for page in database.pages("devices"):
        for _, fields, _ in page:
            device = devices.from_document(fields)
            if device.public:
                stations = wanted[device.id // directory.BLOCK]
                stations[device.id] = directory.entry(device), device.seen_ms
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
    stations: dict[int, tuple[str, int]],
    stored: Document,
) -> None:
    """Writes what a document of the directory lacks, and removes what it should not have.

    Begins again without the stations whose device is deleted meanwhile.
    """
    listed, seen = stored.get("stations", {}), stored.get("seen", {})
    named = {directory.field(number): each for number, each in stations.items()}
    entries = {name: entry for name, (entry, _) in named.items() if listed.get(name) != entry}
    later = {name: ms for name, (_, ms) in named.items() if ms > seen.get(name, 0)}
    gone = (listed.keys() | seen.keys()) - named.keys()
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
    paths = {database.path("devices", str(number)): number for number in stations}
    try:
        database.write(write, *map(Write.require, paths))
    except PreconditionFailed:
        found = zip(paths.values(), database.get_all([*paths]), strict=True)
        left = {number: stations[number] for number, device in found if device is not None}
        _write_block(database, path, block, left, stored)
        return
    database.changed["station_lists"] += 1


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
