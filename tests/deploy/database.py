"""The stand-in's Firestore: the database, its indexes, and documents, which an emulator keeps."""

import json
import urllib.request
from typing import Any

from tests.deploy.google import PROJECT, Google, Refused, on
from tests.deploy.wire import METHODS, Reply, Request

FIRESTORE = "firestore.googleapis.com"
DATABASE = "/v1/projects/{}/databases/(default)"
GROUPS = DATABASE + "/collectionGroups/{}"


def existing(google: Google) -> None:
    if not google.location:
        raise Refused(404, f"Project '{PROJECT}' or database '(default)' does not exist.")


@on("GET", FIRESTORE, DATABASE)
def database(google: Google, request: Request, name: str) -> Any:
    existing(google)
    return {
        "name": f"projects/{PROJECT}/databases/(default)",
        "locationId": google.location, "type": "FIRESTORE_NATIVE", "databaseEdition": "STANDARD",
    }  # fmt: skip


@on("POST", FIRESTORE, "/v1/projects/{}/databases")
def create(google: Google, request: Request, name: str) -> Any:
    google.location = request.json["locationId"]
    return {"name": f"projects/{PROJECT}/databases/(default)/operations/1", "done": True}


@on("GET", FIRESTORE, GROUPS + "/indexes")
def indexes(google: Google, request: Request, name: str, group: str) -> Any:
    existing(google)
    return {"indexes": google.indexes}


@on("POST", FIRESTORE, GROUPS + "/indexes")
def create_index(google: Google, request: Request, name: str, group: str) -> Any:
    """One of the same fields again is refused, as the service refuses it."""
    existing(google)
    index = json.loads(json.dumps(request.json))
    if index["fields"][-1]["fieldPath"] != "__name__":
        last = index["fields"][-1].get("order", "ASCENDING")
        index["fields"].append({"fieldPath": "__name__", "order": last})
    parent = f"projects/{PROJECT}/databases/(default)/collectionGroups/{group}/indexes/"
    for known in google.indexes:
        if known["name"].startswith(parent) and all(
            known[part] == index[part] for part in ("fields", "queryScope")
        ):
            raise Refused(409, "index already exists")
    google.indexes.append({**index, "name": f"{parent}{len(google.indexes)}", "state": "CREATING"})
    return {"name": f"projects/{PROJECT}/databases/(default)/operations/2"}


@on("GET", FIRESTORE, GROUPS + "/fields")
def fields(google: Google, request: Request, name: str, group: str) -> Any:
    return {"fields": list(google.fields.values())}


@on("PATCH", FIRESTORE, GROUPS + "/fields/{}")
def patch_field(google: Google, request: Request, name: str, group: str, path: str) -> Any:
    full = f"projects/{PROJECT}/databases/(default)/collectionGroups/{group}/fields/{path}"
    google.fields[full] = {"name": full, **request.json}
    if "ttlConfig" in request.json:
        google.fields[full]["ttlConfig"] = {"state": "CREATING"}
    return {"name": f"projects/{PROJECT}/databases/(default)/operations/3"}


@on("*", FIRESTORE, DATABASE + "/documents{*}")
def documents(google: Google, request: Request, name: str, rest: str) -> Any:
    """The emulator's answer: `Bearer owner` is what it takes for an administrator."""
    if request.method not in METHODS:
        raise Refused(400, "method")
    url = f"http://{google.documents}{request.path}"
    headers = {"Authorization": "Bearer owner", "Content-Type": "application/json"}
    asked = urllib.request.Request(url, request.body or None, headers, method=request.method)
    with urllib.request.urlopen(asked, timeout=30) as response:
        return Reply(response.status, response.read())
