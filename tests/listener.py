"""A Firestore listener as a phone holds one: signed in with an ID token, on a live stream."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

from google.api_core.exceptions import Cancelled
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from shared.google.emulator import channel, signed
from shared.google.values import Document, decode

PERMISSION_DENIED = 7  # of google.rpc.Code


class Listener:
    """Receives a document or those of a collection, until it is told that it may not."""

    def __init__(self, host: str, project: str, path: str, token: str) -> None:
        self._api = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel(host)))
        self._headers = signed(token)
        self._database = f"projects/{project}/databases/(default)"
        documents = f"{self._database}/documents"
        parent, _, last = path.rpartition("/")
        collection = {
            "parent": f"{documents}/{parent}",
            "structured_query": {"from_": [{"collection_id": last}]},
        }
        is_document = path.count("/") % 2 == 1
        self._target = {
            "target_id": 1,
            **(
                {"documents": {"documents": [f"{documents}/{path}"]}}
                if is_document
                else {"query": collection}
            ),
        }
        self._stop = threading.Event()
        self._changes: queue.Queue[Document] = queue.Queue()
        self.current = threading.Event()  # all that was there before has been received
        self.denied = threading.Event()
        self._thread = threading.Thread(target=self._receive, daemon=True)

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def next(self, within: float) -> Document:
        """The next changed document's fields. Raises queue.Empty."""
        return self._changes.get(timeout=within)

    def _requests(self) -> Iterator[Any]:
        yield types.ListenRequest(database=self._database, add_target=self._target)
        self._stop.wait()

    def _receive(self) -> None:
        metadata = [("google-cloud-resource-prefix", self._database), *self._headers]
        try:
            for answer in self._api.listen(requests=self._requests(), metadata=metadata):
                if answer.document_change.document.name:
                    raw = types.Document.pb(answer.document_change.document)
                    self._changes.put(decode(raw.fields))
                elif answer.target_change.target_change_type.name == "CURRENT":
                    self.current.set()
                elif answer.target_change.cause.code == PERMISSION_DENIED:
                    self.denied.set()
                    return
        except Cancelled:
            return
