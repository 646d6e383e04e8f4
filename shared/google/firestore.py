"""Firestore as a handful of calls, each one RPC.

Requests are plain protobuf messages on a channel like the official client's: that library makes
some thousand Python objects for a document that is one message here. Its errors are raised.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, cast
from urllib.parse import quote

import grpc
from google.api_core import exceptions
from google.api_core.grpc_helpers import wrap_errors
from google.api_core.retry import Retry, if_exception_type

from shared.base.errors import TooLarge, Unavailable
from shared.base.ids import document_id
from shared.google.values import Document, decode, decode_value, encode_value, types
from shared.google.writes import UpdateTime, Write

Filter = tuple[str, Literal["==", "<", "<=", ">=", "array-contains", "array-contains-any"], object]
_OPERATORS = {
    "==": "EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">=": "GREATER_THAN_OR_EQUAL",
    "array-contains": "ARRAY_CONTAINS",
    "array-contains-any": "ARRAY_CONTAINS_ANY",
}
_wrap_errors: Any = wrap_errors
_Get: Any = types.GetDocumentRequest.pb()
_BatchGet: Any = types.BatchGetDocumentsRequest.pb()
_Commit: Any = types.CommitRequest.pb()
_RunQuery: Any = types.RunQueryRequest.pb()
_Count: Any = types.RunAggregationQueryRequest.pb()
_StructuredQuery: Any = types.StructuredQuery.pb()
_RESPONSES: Mapping[str, Any] = {
    "GetDocument": types.Document.pb(),
    "BatchGetDocuments": types.BatchGetDocumentsResponse.pb(),
    "Commit": types.CommitResponse.pb(),
    "RunQuery": types.RunQueryResponse.pb(),
    "RunAggregationQuery": types.RunAggregationQueryResponse.pb(),
}
_STREAMS = ("BatchGetDocuments", "RunQuery", "RunAggregationQuery")

PATIENCE = 6.0  # seconds a call may take; with a publish after it still under a device's 10 s
# Every commit here may be sent twice: creates carry a precondition, other writes are idempotent.
_RETRIED = (
    exceptions.ServiceUnavailable,
    exceptions.Aborted,
    exceptions.InternalServerError,
)
_TRANSIENT = (
    exceptions.ServerError,
    exceptions.Aborted,
    exceptions.TooManyRequests,
    exceptions.RetryError,
    exceptions.Cancelled,
)

WriteResult = list[Any]  # the new values of the fields that a write's transforms changed


class PreconditionFailed(LookupError):
    """A document was not as the commit required; nothing of the commit was written."""


class AlreadyExists(PreconditionFailed):
    """A document that the commit creates is there already."""


class DocumentTooLarge(TooLarge):
    """The document would be over Firestore's limit of 1 MiB."""


class Database:
    """One Firestore database. Each call raises Unavailable once its deadline is over.

    `headers` go with every call. `patience`: seconds that a call may take, retries included.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        project: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        patience: float = PATIENCE,
    ) -> None:
        self._channel = channel  # grpc closes a channel that nobody holds
        self._patience = patience
        self._retry = Retry(if_exception_type(*_RETRIED), initial=0.05, maximum=1.0)
        self._database = f"projects/{project}/databases/(default)"
        self._root = self._database + "/documents"
        self._headers = tuple(headers)
        self._get = _stub(channel, "GetDocument")
        self._get_batch = _stub(channel, "BatchGetDocuments")
        self._commit = _stub(channel, "Commit")
        self._run_query = _stub(channel, "RunQuery")
        self._run_count = _stub(channel, "RunAggregationQuery")
        self._database_route = _route("database", self._database)

    def path(self, *segments: str) -> str:
        """The full path of a document or collection; ids may be any text."""
        encoded = [part if i % 2 == 0 else document_id(part) for i, part in enumerate(segments)]
        return "/".join([self._root, *encoded])

    def get(self, path: str) -> Document | None:
        """The fields of one document, or None. 1 RPC, 1 read."""
        document = self._read(path, self._deadline())
        return decode(document.fields) if document else None

    def get_with_update_time(self, path: str) -> tuple[Document | None, UpdateTime]:
        """The fields of one document and its update time, for `Write.replace`. 1 RPC, 1 read."""
        document = self._read(path, self._deadline())
        return (decode(document.fields), document.update_time) if document else (None, None)

    def get_all(self, paths: Sequence[str]) -> list[Document | None]:
        """The fields of these documents, in this order. 1 RPC, 1 read each."""
        request = _BatchGet(database=self._database, documents=paths)
        documents: dict[str, Document] = {}
        for response in self._stream(self._get_batch, request, self._database_route):
            if response.found.name:
                documents[response.found.name] = decode(response.found.fields)
        return [documents.get(path) for path in paths]

    def query(
        self,
        parent: str,
        collection: str,
        *,
        where: Sequence[Filter] = (),
        order_by: str,
        descending: bool = False,
        limit: int,
        collection_group: bool = False,
    ) -> list[Document]:
        """Documents of a collection under `parent` that meet all of `where`.

        `collection_group`: at any depth. 1 RPC, a read for each document and at least one.
        """
        query = _structured_query(collection, where, collection_group)
        direction = "DESCENDING" if descending else "ASCENDING"
        query.order_by.add(field={"field_path": order_by}, direction=direction)
        query.limit.value = limit
        request = _RunQuery(parent=parent, structured_query=query)
        responses = self._stream(self._run_query, request, _route("parent", parent))
        return [decode(each.document.fields) for each in responses if each.document.name]

    def page(
        self,
        parent: str,
        collection: str,
        *,
        where: Sequence[Filter] = (),
        after: str = "",
        limit: int,
        fields: Sequence[str] = (),
        collection_group: bool = False,
    ) -> list[tuple[str, Document]]:
        """Documents with their paths, in the order of these, from the one after `after` on.

        They meet all of `where`. `fields`: only these of each. `collection_group`: at any depth.
        1 RPC, a read for each document and at least one.
        """
        query = _structured_query(collection, where, collection_group)
        for field in fields:
            query.select.fields.add(field_path=field)
        query.order_by.add(field={"field_path": "__name__"}, direction="ASCENDING")
        query.limit.value = limit
        if after:
            query.start_at.values.add(reference_value=after)
        request = _RunQuery(parent=parent, structured_query=query)
        responses = self._stream(self._run_query, request, _route("parent", parent))
        found = (each.document for each in responses if each.document.name)
        return [(document.name, decode(document.fields)) for document in found]

    def count(self, parent: str, collection: str, where: Sequence[Filter] = ()) -> int:
        """How many documents of a collection meet all of `where`. 1 RPC, a read per thousand."""
        aggregation = {
            "structured_query": _structured_query(collection, where, collection_group=False),
            "aggregations": [{"alias": "n", "count": {}}],
        }
        request = _Count(parent=parent, structured_aggregation_query=aggregation)
        responses = self._stream(self._run_count, request, _route("parent", parent))
        return cast(int, responses[0].result.aggregate_fields["n"].integer_value)

    def commit(self, *writes: Write) -> list[WriteResult]:
        """Applies all of these writes or none. 1 RPC.

        Returns a result for each write; none where the answer was lost and the documents show that
        the commit was applied. Raises AlreadyExists, PreconditionFailed, DocumentTooLarge.
        """
        messages = [write.message for write in writes]
        request = _Commit(database=self._database, writes=messages)
        deadline = self._deadline()
        attempts = 0

        def commit(*args: Any, **options: Any) -> Any:
            nonlocal attempts
            attempts += 1
            return self._commit(*args, **options)

        try:
            response = self._call(commit, request, self._database_route, deadline)
        except (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound) as e:
            # A commit that was sent twice may have met its own first attempt.
            if attempts > 1 and self._are_applied(messages, deadline):
                return []
            exists = isinstance(e, exceptions.AlreadyExists)
            raise (AlreadyExists if exists else PreconditionFailed) from e
        except exceptions.InvalidArgument as error:
            raise DocumentTooLarge from error
        return [
            [decode_value(value) for value in result.transform_results]
            for result in response.write_results
        ]

    def applies(self, *writes: Write) -> bool:
        """As `commit`; False where a document is not as the writes require."""
        try:
            self.commit(*writes)
        except PreconditionFailed:
            return False
        return True

    def increment(self, path: str, field: str) -> int:
        """The next number of a counter, never the same twice; numbers may be skipped.

        1 RPC, 1 write, sent once: a retry would count twice.
        """
        write = Write.set(path, {}, merge=True, increment={field: 1})
        request = _Commit(database=self._database, writes=[write.message])
        response = self._call(self._commit, request, self._database_route, self._deadline())
        return cast(int, response.write_results[0].transform_results[0].integer_value)

    def _are_applied(self, messages: Sequence[Any], deadline: float) -> bool:
        """Whether every document that a commit had a condition on is as the commit leaves it."""
        conditional = [message for message in messages if message.HasField("current_document")]
        whole = [message for message in conditional if not message.HasField("update_mask")]
        return bool(whole) and all(self._is_applied(message, deadline) for message in whole)

    def _is_applied(self, message: Any, deadline: float) -> bool:
        document = self._read(message.delete or message.update.name, deadline)
        if message.delete or document is None:
            return bool(message.delete) and document is None
        return dict(document.fields) == dict(message.update.fields)

    def _read(self, path: str, deadline: float) -> Any:
        try:
            return self._call(self._get, _Get(name=path), _route("name", path), deadline)
        except exceptions.NotFound:
            return None

    def _stream(self, method: Any, request: Any, route: tuple[str, str]) -> list[Any]:
        """All responses of a stream."""

        def read(*args: Any, **options: Any) -> list[Any]:
            return list(method(*args, **options))

        return cast(list[Any], self._call(read, request, route, self._deadline()))

    def _deadline(self) -> float:
        return time.monotonic() + self._patience

    def _call(
        self, method: Callable[..., Any], request: Any, route: tuple[str, str], deadline: float
    ) -> Any:
        """The response. Retries what is worth it; raises Unavailable at the deadline."""
        metadata = (route, *self._headers)

        def attempt() -> Any:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unavailable
            return method(request, timeout=left, metadata=metadata)

        try:
            with suppress(*_RETRIED):
                return attempt()  # nearly always enough; a Retry takes 5 µs more
            return self._retry.with_timeout(deadline - time.monotonic())(attempt)()
        except _TRANSIENT as error:
            raise Unavailable from error


def _stub(channel: grpc.Channel, method: str) -> Any:
    """A method of Firestore on this channel that raises the official client's errors.

    It has none of that client's default retries: `_call` decides what may be sent twice.
    """
    call = channel.unary_stream if method in _STREAMS else channel.unary_unary
    return _wrap_errors(
        call(
            f"/google.firestore.v1.Firestore/{method}",
            request_serializer=_serialize,
            response_deserializer=_RESPONSES[method].FromString,
        )
    )


def _serialize(request: Any) -> bytes:
    return cast(bytes, request.SerializeToString())


def _route(field: str, path: str) -> tuple[str, str]:
    """The header by which Google routes a request to its database."""
    return "x-goog-request-params", f"{field}={quote(path)}"


def _structured_query(collection: str, where: Sequence[Filter], collection_group: bool) -> Any:
    query = _StructuredQuery()
    query.from_.add(collection_id=collection, all_descendants=collection_group)
    for field, operator, value in where:
        query.where.composite_filter.op = types.StructuredQuery.CompositeFilter.Operator.AND
        query.where.composite_filter.filters.add(
            field_filter={
                "field": {"field_path": field},
                "op": _OPERATORS[operator],
                "value": encode_value(value),
            }
        )
    return query
