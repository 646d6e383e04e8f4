"""Documents by name: found, walked and deleted, whatever group keeps them."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from shared import emulator
from shared.documents import Database, Plain, decode, remove

MOST_OF_A_COMMIT = 500
Found = tuple[str, Plain]


class Holdings(Database):
    """One Firestore database, for those who run it: of the cloud, or of a set emulator.

    Deletes nothing in a dry run; counts what it deletes, or would, by collection.
    """

    def __init__(self, project: str, *, dry_run: bool) -> None:
        host = os.environ.get("FIRESTORE_EMULATOR_HOST")
        transport = FirestoreGrpcTransport(channel=emulator.channel(host)) if host else None
        self._api = FirestoreClient(transport=transport)
        channel: Any = self._api.transport
        headers = emulator.signed() if host else ()
        super().__init__(channel.grpc_channel, project, headers=headers, patience=60)
        self.dry_run = dry_run
        self.deleted: Counter[str] = Counter()

    def where(
        self, collection: str, field: str, operator: str, value: Any, *, everywhere: bool = False
    ) -> list[Found]:
        """Documents of a collection (`everywhere`: at any depth) by one field."""
        kind = "integer_value" if isinstance(value, int) else "string_value"
        matches = {"field": {"field_path": field}, "op": operator, "value": {kind: value}}
        return self._found(collection, everywhere, {"where": {"field_filter": matches}})

    def all(self, collection: str, *, everywhere: bool = False) -> list[Found]:
        """All documents of a collection. For those that stay small."""
        return self._found(collection, everywhere, {})

    def below(self, name: str) -> Iterator[str]:
        """All documents under a document, which need not be there itself."""
        for collection in self._api.list_collection_ids(parent=name, metadata=self._headers):
            request = {"parent": name, "collection_id": collection, "show_missing": True,
                       "mask": {"field_paths": ["__name__"]}}  # fmt: skip
            for document in self._api.list_documents(request=request, metadata=self._headers):
                yield from self.below(document.name)
                if document.create_time:
                    yield document.name

    def delete(self, names: Iterable[str]) -> None:
        """Deletes these documents, some hundred at a time."""
        waiting = list(names)
        for start in range(0, len(waiting), MOST_OF_A_COMMIT):
            part = waiting[start : start + MOST_OF_A_COMMIT]
            self.write(*map(remove, part))
            self.deleted.update(name.rsplit("/", 2)[-2] for name in part)

    def change(self, collection: str, write: Any) -> None:
        """Takes something out of a document of a collection."""
        self.write(write)
        self.deleted[collection] += 1

    def write(self, *writes: Any) -> None:
        """A commit, but for a dry run."""
        if not self.dry_run:
            self.commit(*writes)

    def _found(self, collection: str, everywhere: bool, more: dict[str, Any]) -> list[Found]:
        source = [{"collection_id": collection, "all_descendants": everywhere}]
        request = {"parent": self._root, "structured_query": {"from_": source, **more}}
        answers = self._api.run_query(request=request, metadata=self._headers)
        documents = [type(answer).pb(answer).document for answer in answers]
        found = [document for document in documents if document.name]
        return [(document.name, decode(document.fields)) for document in found]
