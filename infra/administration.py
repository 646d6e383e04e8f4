"""The database as its administrators need it: searches, walks and deletes any document."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import configuration
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from shared.base import settings
from shared.google import emulator
from shared.google.firestore import Database, PreconditionFailed
from shared.google.values import Document, decode
from shared.google.writes import UpdateTime, Write

WRITES_PER_COMMIT = 500
PAGE = 300  # documents
PathAndFields = tuple[str, Document]


def use_settings_of(project: str, config: Path = configuration.CONFIG) -> None:
    """Takes the settings of a project from its file in config/, as a deploy does."""
    known = {setting.name for setting in settings.SETTINGS}
    for name, value in configuration.read(configuration.file_of(project, config)).items():
        if name in known:
            os.environ.setdefault(name, value)


class AdminDatabase(Database):
    """One Firestore database, with the administrator's own credentials or on an emulator.

    A dry run writes nothing. `changed` counts the documents that were, or would be, deleted or
    edited, by collection.
    """

    def __init__(self, project: str, *, dry_run: bool) -> None:
        host = os.environ.get("FIRESTORE_EMULATOR_HOST")
        transport = FirestoreGrpcTransport(channel=emulator.channel(host)) if host else None
        try:
            self._api = FirestoreClient(transport=transport)
        except DefaultCredentialsError:
            raise SystemExit(
                "You are not signed in. Run: gcloud auth application-default login\n"
                "For the emulators of `dev.py up` set FIRESTORE_EMULATOR_HOST and "
                "FIREBASE_AUTH_EMULATOR_HOST to the addresses that it prints."
            ) from None
        channel: Any = self._api.transport
        headers = emulator.signed() if host else ()
        super().__init__(channel.grpc_channel, project, headers=headers, patience=60)
        self.dry_run = dry_run
        self.changed: Counter[str] = Counter()

    def where(
        self,
        collection: str,
        field: str,
        operator: str,
        value: str | int,
        *,
        collection_group: bool = False,
    ) -> list[PathAndFields]:
        """Documents of a collection by one field. `collection_group`: at any depth."""
        kind = "integer_value" if isinstance(value, int) else "string_value"
        matches = {"field": {"field_path": field}, "op": operator, "value": {kind: value}}
        return self._search(collection, collection_group, {"where": {"field_filter": matches}})

    def pages(
        self, collection: str, *, collection_group: bool = False
    ) -> Iterator[list[tuple[str, Document, UpdateTime]]]:
        """All documents of a collection with their update times, by path, some hundred at once."""
        clauses: dict[str, Any] = {
            "order_by": [{"field": {"field_path": "__name__"}}],
            "limit": PAGE,
        }
        while True:
            found = self._run(collection, collection_group, clauses)
            yield [(each.name, decode(each.fields), each.update_time) for each in found]
            if len(found) < PAGE:
                return
            clauses["start_at"] = {"values": [{"reference_value": found[-1].name}], "before": False}

    def all(self, collection: str, *, collection_group: bool = False) -> list[PathAndFields]:
        """All documents of a collection. Only for collections that stay small."""
        return self._search(collection, collection_group, {})

    def descendants(self, path: str) -> Iterator[str]:
        """The paths of all documents below a document, which itself may not exist."""
        for collection in self._api.list_collection_ids(parent=path, metadata=self._headers):
            request = {"parent": path, "collection_id": collection, "show_missing": True,
                       "mask": {"field_paths": ["__name__"]}}  # fmt: skip
            for document in self._api.list_documents(request=request, metadata=self._headers):
                yield from self.descendants(document.name)
                if document.create_time:
                    yield document.name

    def delete(self, paths: Iterable[str]) -> None:
        """Deletes documents, up to 500 in one commit."""
        remaining = list(paths)
        for start in range(0, len(remaining), WRITES_PER_COMMIT):
            batch = remaining[start : start + WRITES_PER_COMMIT]
            self.write(*map(Write.delete, batch))
            self.changed.update(path.rsplit("/", 2)[-2] for path in batch)

    def edit(self, collection: str, write: Write) -> None:
        """Applies a write that removes data from a document of a collection, and counts it."""
        self.write(write)
        self.changed[collection] += 1

    def edit_existing(self, collection: str, writes: Sequence[Write]) -> None:
        """Applies writes to documents that must exist, at once, and counts those that do."""
        try:
            self.write(*writes)
        except PreconditionFailed:
            if len(writes) > 1:  # one of them was deleted meanwhile
                for each in writes:
                    self.edit_existing(collection, [each])
            return
        self.changed[collection] += len(writes)

    def write(self, *writes: Write) -> None:
        """Commits writes; does nothing in a dry run."""
        if not self.dry_run:
            self.commit(*writes)

    def _search(
        self, collection: str, collection_group: bool, clauses: dict[str, Any]
    ) -> list[PathAndFields]:
        found = self._run(collection, collection_group, clauses)
        return [(each.name, decode(each.fields)) for each in found]

    def _run(self, collection: str, collection_group: bool, clauses: dict[str, Any]) -> list[Any]:
        source = [{"collection_id": collection, "all_descendants": collection_group}]
        request = {"parent": self._root, "structured_query": {"from_": source, **clauses}}
        responses = self._api.run_query(request=request, metadata=self._headers)
        documents = [type(response).pb(response).document for response in responses]
        return [document for document in documents if document.name]
