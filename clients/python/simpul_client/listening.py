"""A machine's channel in Firestore. Needs google-cloud-firestore, the extra `listen`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.oauth2.credentials import Credentials

from simpul_client.http import Api
from simpul_client.signin import exchange

SIGN_IN_LASTS = 50 * 60  # seconds; the token is good for an hour
BROKEN = (GoogleAPICallError, PermissionError)  # what ends a listener; it may begin again


def id_token(api: Api, channel: dict[str, Any]) -> str:
    """The machine's own ID token in exchange for the handshake's custom token."""
    credentials = {"token": channel["auth_token"]}
    return exchange(api, "signInWithCustomToken", channel["api_key"], credentials)


def pending(
    channel: dict[str, Any], token: str, stop: threading.Event, began: Callable[[], None]
) -> Iterator[dict[str, Any]]:
    """Commands of the channel that wait, as they come, until the sign-in is nearly over."""
    database = f"projects/{channel['project_id']}/databases/(default)"
    until = time.monotonic() + SIGN_IN_LASTS

    def requests() -> Iterator[Any]:
        target = _target(f"{database}/documents/{channel['path']}")
        yield types.ListenRequest(database=database, add_target=target)
        while not stop.wait(1) and time.monotonic() < until:
            pass

    metadata = [("google-cloud-resource-prefix", database)]
    api = _client(token, metadata)
    for answer in api.listen(requests=requests(), metadata=metadata):
        if answer.target_change.target_change_type.name == "CURRENT":
            began()
        if answer.target_change.cause.code:
            raise PermissionError(answer.target_change.cause.message)
        found = types.Document.pb(answer.document_change.document).fields
        if "data" in found:
            yield _plain(found["data"])
        if stop.is_set() or time.monotonic() >= until:
            return


def _target(parent: str) -> dict[str, Any]:
    """The events of a channel whose `status` is `pending`."""
    field_filter = {
        "field": {"field_path": "status"},
        "op": "EQUAL",
        "value": {"string_value": "pending"},
    }
    query = {
        "from_": [{"collection_id": "events"}],
        "where": {"field_filter": field_filter},
    }
    return {"target_id": 1, "query": {"parent": parent, "structured_query": query}}


def _plain(value: Any) -> Any:
    """A Firestore value as JSON has it."""
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        return {name: _plain(item) for name, item in value.map_value.fields.items()}
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    return None if kind == "null_value" else getattr(value, kind)


def _client(token: str, metadata: list[tuple[str, str]]) -> FirestoreClient:
    """A Firestore client that is this machine, and so sees what the rules let it see."""
    emulator = os.environ.get("FIRESTORE_EMULATOR_HOST")
    if emulator:
        metadata.append(("authorization", f"Bearer {token}"))
        channel = grpc.insecure_channel(emulator)
        return FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
    return FirestoreClient(credentials=Credentials(token=token))  # type: ignore[no-untyped-call]
