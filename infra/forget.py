"""Deletes all personal data of one user. Without --yes it only counts what it would delete.

Works with your own credentials (gcloud auth application-default login), or on the emulators that
FIRESTORE_EMULATOR_HOST and FIREBASE_AUTH_EMULATOR_HOST name. Safe to run again: a document that
leads to others is deleted after them, so that the next run finds what an interrupted run left.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterable

from administration import AdminDatabase, PathAndFields

from shared.domain import directory, rosters
from shared.google.accounts import of_project
from shared.google.writes import Write

# What happens to a user's data in each collection. A test compares these tables with the stores.
PERSONAL_DATA = {
    "presences": "of the user",
    "marks": "of the user; in those by the user, the author's name is removed",
    "rosters": "the user is removed",
    "courses": "the user is removed from its teachers",
    "telemetry": "of phones that belong to the user, or that only this user checked in with",
    "accel": "with their phone",
    "gps": "with their phone",
    "newest": "with their phone",
    "live": "of the user's phones",
    "live_devices": "of the user's devices",
    "owners": "of the user",
    "devices": "of the user",
    "readings": "with their device",
    "days": "with their device",
    "device_ids": "of the user's devices",
    "keys": "of the user's devices",
    "watches": "of the user's devices",
    "alerts": "of the user's devices",
    "station_lists": "the user's devices are removed",
    "login_tokens": "those that the user claimed",
    "rvm": "the user is logged out",
    "events": "those that name the user",
    "dead": "messages that name the user or a device",
    "claims": "the user's address is removed from claim links",
    "forget_requests": "of the user",
}
OTHER_DATA = {
    "sessions": "of a course",
    "tokens": "of a session; expire after minutes",
    "counters": "numbers",
    "machines": "of a machine",
    "machine_hardware": "of a machine",
    "pins": "a technician's name as an admin entered it; deleted with the PIN",
    "pin_failures": "by network address; expire after a day",
}


def forget(database: AdminDatabase, user: str) -> None:
    """Deletes the user's data from every collection; documents that lead to others go last."""
    presences = database.where("presences", "user_id", "EQUAL", user, collection_group=True)
    phones = _phones(database, user, presences)
    database.delete(_live_views(database, user, phones))
    for phone in phones:
        path = database.path("telemetry", phone)
        database.delete([*database.descendants(path), *_if_exists(database, path)])
    devices = database.where("devices", "owner", "EQUAL", user)
    for path, device in devices:
        _delete_device(database, path, device["id"], device["device_id"])
    database.delete(path for path, _ in database.where("alerts", "owner", "EQUAL", user))
    database.delete(_if_exists(database, database.path("owners", user)))
    for path, _ in database.where("claims", "uid", "EQUAL", user):  # a used link stays used
        database.edit("claims", Write.set(path, {"uid": "", "email": ""}, merge=True))
    _delete_dead_letters(database, [user, *phones, *(each["device_id"] for _, each in devices)])
    _log_out(database, user)
    _leave_courses(database, user)
    database.delete(path for path, _ in presences)
    database.delete(_if_exists(database, database.path("forget_requests", user)))


def _phones(database: AdminDatabase, user: str, presences: list[PathAndFields]) -> list[str]:
    """The names of the user's phones."""
    used = {device for _, presence in presences for device in presence["devices"]}
    claimed = database.where("telemetry", "owner", "EQUAL", user)
    own = {name for name in used if _is_own_phone(database, name, user)}
    return sorted(own | {claim["device_id"] for _, claim in claimed})


def _is_own_phone(database: AdminDatabase, phone: str, user: str) -> bool:
    """Whether a phone belongs to the user; if to nobody, whether only they checked in with it."""
    if claim := database.get(database.path("telemetry", phone)):
        return bool(claim["owner"] == user)
    presences = database.where(
        "presences", "devices", "ARRAY_CONTAINS", phone, collection_group=True
    )
    return all(presence["user_id"] == user for _, presence in presences)


def _live_views(database: AdminDatabase, user: str, phones: list[str]) -> set[str]:
    """The live views of the user's phones; of their devices too, as long as they are not moved."""
    own = {path for path, _ in database.where("live", "owner", "EQUAL", user)}
    views = {path: database.get(path) for path in (database.path("live", each) for each in phones)}
    return own | {path for path, view in views.items() if view is not None and "id" not in view}


def _delete_device(database: AdminDatabase, path: str, number: int, device_id: str) -> None:
    database.delete(database.descendants(path))
    database.delete(key for key, _ in database.where("keys", "id", "EQUAL", number))
    related = (("watches", str(number)), ("live_devices", str(number)), ("device_ids", device_id))
    database.delete(
        each for segments in related for each in _if_exists(database, database.path(*segments))
    )
    database.write(directory.remove(database, number))
    database.delete([path])


def _delete_dead_letters(database: AdminDatabase, names: Iterable[str]) -> None:
    """Deletes the invalid messages that name the user, a phone or a device."""
    quoted = [json.dumps(name, ensure_ascii=False) for name in names]
    for path, letter in database.all("dead"):
        text = letter["message"] + _decoded(letter["message"])
        if any(name in text for name in quoted):
            database.delete([path])


def _decoded(message: str) -> str:
    """The data of a Pub/Sub message as text; empty if it cannot be decoded."""
    try:
        data = json.loads(message)["message"]["data"]
        return base64.b64decode(data).decode()
    except (ValueError, KeyError, TypeError):
        return ""


def _log_out(database: AdminDatabase, user: str) -> None:
    """Ends the user's sessions at machines; deletes the events and login tokens of them."""
    for path, state in database.all("rvm"):
        if (state.get("session") or {}).get("user_id") == user:
            database.edit("rvm", Write.set(path, {"session": None}, merge=True))
    events = database.all("events", collection_group=True)
    database.delete(
        path for path, event in events if (event.get("data") or {}).get("user_id") == user
    )
    database.delete(path for path, _ in database.where("login_tokens", "claimed_by", "EQUAL", user))


def _leave_courses(database: AdminDatabase, user: str) -> None:
    """Deletes the user's marks; removes the user from others' marks, rosters and teachers."""
    own = database.where("marks", "user_id", "EQUAL", user, collection_group=True)
    own_paths = [path for path, _ in own]
    database.delete(own_paths)
    written = database.where("marks", "by", "EQUAL", user, collection_group=True)
    for path in {path for path, _ in written} - set(own_paths):  # a dry run still finds both
        database.edit("marks", Write.set(path, {"by": "", "by_name": ""}, merge=True))
    for path, roster in database.all("rosters"):
        students = rosters.from_document(roster)
        others = [student for student in students if student.user_id != user]
        if others != students:
            fields = rosters.fields_of(others)
            database.edit("rosters", Write.set(path, fields, merge=True))
    for path, course in database.where("courses", "teachers", "ARRAY_CONTAINS", user):
        colleagues = [uid for uid in course["teachers"] if uid != user]
        database.edit("courses", Write.set(path, {"teachers": colleagues}, merge=True))


def _if_exists(database: AdminDatabase, path: str) -> list[str]:
    """The path of a document in a list, which is empty if there is no such document."""
    return [path] if database.get(path) is not None else []


def delete_account(project: str, user: str) -> bool:
    """Deletes the user's login. Returns whether there was one."""
    accounts = of_project(project)
    if accounts.by_uid(user) is None:
        return False
    accounts.delete(user)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="forget.py", description=__doc__)
    parser.add_argument("--user", required=True, metavar="ID", help="the user_id, and uid, of one")
    parser.add_argument("--project", required=True, metavar="ID")
    parser.add_argument("--yes", action="store_true", help="delete it")
    arguments = parser.parse_args()
    database = AdminDatabase(arguments.project, dry_run=not arguments.yes)
    forget(database, arguments.user)
    had_login = arguments.yes and delete_account(arguments.project, arguments.user)
    for collection, count in sorted(database.changed.items()):
        print(f"{count:>6}  {collection}")
    deleted = (
        "Deleted, with the login." if had_login else "Deleted. There is no login of this user."
    )
    print(deleted if arguments.yes else "Nothing is deleted yet: add --yes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
