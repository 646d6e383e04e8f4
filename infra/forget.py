"""Deletes all that is kept of one user. Shows what that would be, until it is told --yes.

Works with your own credentials (gcloud auth application-default login), or on the emulators that
FIRESTORE_EMULATOR_HOST and FIREBASE_AUTH_EMULATOR_HOST name. Safe to run again: what leads to other
things is deleted after them, so a run that broke off leaves nothing that the next cannot find.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterable

from holdings import Holdings

from shared import directory
from shared.documents import merge

# Every collection that a store keeps, and what becomes of a user's part in it. A test holds this
# table against the stores.
FORGOTTEN = {
    "presences": "of the user",
    "marks": "of the user; of those by the user, who it was",
    "rosters": "the user is taken off",
    "telemetry": "of phones that only this user checked in with",
    "accel": "with their phone",
    "gps": "with their phone",
    "newest": "with their phone",
    "live": "of the user's phones and devices",
    "devices": "that the user owns",
    "readings": "with their device",
    "days": "with their device",
    "device_ids": "of the user's devices",
    "keys": "of the user's devices",
    "watches": "of the user's devices",
    "alerts": "of the user's devices",
    "station_lists": "the user's devices are taken off",
    "login_tokens": "that the user claimed",
    "rvm": "the user is logged out",
    "events": "that name the user",
    "dead": "messages that name the user or a device",
}
NOT_OF_A_USER = {
    "sessions": "a course's, not a person's",
    "courses": "paths only",
    "tokens": "a session's, gone after minutes",
    "counters": "numbers",
    "machines": "a machine's",
    "machine_hardware": "a machine's",
    "pins": "a technician's name as an admin wrote it, until the PIN is deleted",
    "pin_failures": "counted by address, gone after a day",
}


def forget(kept: Holdings, user: str) -> None:
    """Deletes the user's part of every collection; what leads to other things goes last."""
    presences = kept.where("presences", "user_id", "EQUAL", user, everywhere=True)
    said = {device for _, presence in presences for device in presence["devices"]}
    phones = [phone for phone in sorted(said) if _is_theirs(kept, phone, user)]
    for phone in phones:
        kept.delete(kept.below(kept.name("telemetry", phone)))
        kept.delete(_there(kept, kept.name("live", phone)))
    devices = kept.where("devices", "owner", "EQUAL", user)
    for name, device in devices:
        _forget_device(kept, name, device["id"], device["device_id"])
    kept.delete(name for name, _ in kept.where("alerts", "owner", "EQUAL", user))
    _forget_messages(kept, [user, *phones, *(device["device_id"] for _, device in devices)])
    _log_out(kept, user)
    _leave_courses(kept, user)
    kept.delete(name for name, _ in presences)


def _is_theirs(kept: Holdings, phone: str, user: str) -> bool:
    """Whether only this user checked in with it, and nobody registered a device of that name."""
    users = kept.where("presences", "devices", "ARRAY_CONTAINS", phone, everywhere=True)
    taken = kept.get(kept.name("device_ids", phone))
    return taken is None and all(presence["user_id"] == user for _, presence in users)


def _forget_device(kept: Holdings, name: str, number: int, device_id: str) -> None:
    kept.delete(kept.below(name))
    kept.delete(key for key, _ in kept.where("keys", "id", "EQUAL", number))
    places = (("watches", str(number)), ("live", device_id), ("device_ids", device_id))
    kept.delete(found for place in places for found in _there(kept, kept.name(*place)))
    kept.write(directory.unlisted(kept, number))
    kept.delete([name])


def _forget_messages(kept: Holdings, ids: Iterable[str]) -> None:
    """Messages that could not be taken in are kept as they came."""
    quoted = [json.dumps(one, ensure_ascii=False) for one in ids]
    for name, dead in kept.all("dead"):
        text = dead["message"] + _decoded(dead["message"])
        if any(one in text for one in quoted):
            kept.delete([name])


def _decoded(message: str) -> str:
    """What a delivery carries, as far as it can be read."""
    try:
        data = json.loads(message)["message"]["data"]
        return base64.b64decode(data).decode()
    except (ValueError, KeyError, TypeError):
        return ""


def _log_out(kept: Holdings, user: str) -> None:
    for name, state in kept.all("rvm"):
        if (state.get("session") or {}).get("user_id") == user:
            kept.change("rvm", merge(name, {"session": None}))
    events = kept.all("events", everywhere=True)
    kept.delete(name for name, event in events if (event.get("data") or {}).get("user_id") == user)
    kept.delete(name for name, _ in kept.where("login_tokens", "claimed_by", "EQUAL", user))


def _leave_courses(kept: Holdings, user: str) -> None:
    marks = [name for name, _ in kept.where("marks", "user_id", "EQUAL", user, everywhere=True)]
    kept.delete(marks)
    by_them = [name for name, _ in kept.where("marks", "by", "EQUAL", user, everywhere=True)]
    for name in set(by_them) - set(marks):  # in a dry run both are still there
        kept.change("marks", merge(name, {"by": "", "by_name": ""}))
    for name, roster in kept.all("rosters"):
        others = [student for student in roster["students"] if student["user_id"] != user]
        if others != roster["students"]:
            kept.change("rosters", merge(name, {"students": others}))


def _there(kept: Holdings, name: str) -> list[str]:
    return [name] if kept.get(name) is not None else []


def delete_account(project: str, user: str) -> None:
    """Deletes the user's login, where there is one."""
    import firebase_admin
    from firebase_admin import auth

    app = firebase_admin.initialize_app(options={"projectId": project}, name="forget")
    try:
        auth.delete_user(user, app=app)
    except auth.UserNotFoundError:
        print("There is no login of this user.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="forget.py", description=__doc__)
    parser.add_argument("--user", required=True, metavar="ID", help="the user_id, and uid, of one")
    parser.add_argument("--project", required=True, metavar="ID")
    parser.add_argument("--yes", action="store_true", help="delete it")
    asked = parser.parse_args()
    kept = Holdings(asked.project, dry_run=not asked.yes)
    forget(kept, asked.user)
    if asked.yes:
        delete_account(asked.project, asked.user)
    for collection, count in sorted(kept.deleted.items()):
        print(f"{count:>6}  {collection}")
    print("Deleted, with the login." if asked.yes else "Nothing is deleted yet: add --yes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
