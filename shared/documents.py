"""Firestore as a handful of calls: each is one RPC, through the official client's retries.

Requests are plain protobuf messages on a channel made as the client's is: the library's document
classes make some thousand objects for what is one message here. Errors and retries are its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal, cast
from urllib.parse import quote

import grpc
from google.api_core import exceptions
from google.api_core.grpc_helpers import wrap_errors
from google.api_core.retry import Retry, if_exception_type
from google.protobuf.timestamp_pb2 import Timestamp

from shared import messages
from shared.errors import TooLarge, Unavailable
from shared.ids import document_id

Plain = dict[str, Any]
Filter = tuple[str, Literal["==", "<", "<=", ">="], object]
_OPERATORS = {
    "==": "EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">=": "GREATER_THAN_OR_EQUAL",
}
types: Any = messages.of("google.cloud.firestore_v1")
Value: Any = types.Value.pb()
Write: Any = types.Write.pb()
_mapped: Any = wrap_errors
_Get: Any = types.GetDocumentRequest.pb()
_BatchGet: Any = types.BatchGetDocumentsRequest.pb()
_Commit: Any = types.CommitRequest.pb()
_Query: Any = types.RunQueryRequest.pb()
_Count: Any = types.RunAggregationQueryRequest.pb()
_StructuredQuery: Any = types.StructuredQuery.pb()
_ANSWERS: Mapping[str, Any] = {
    "GetDocument": types.Document.pb(),
    "BatchGetDocuments": types.BatchGetDocumentsResponse.pb(),
    "Commit": types.CommitResponse.pb(),
    "RunQuery": types.RunQueryResponse.pb(),
    "RunAggregationQuery": types.RunAggregationQueryResponse.pb(),
}
_STREAMS = ("BatchGetDocuments", "RunQuery", "RunAggregationQuery")

PATIENCE = 6.0  # seconds; with a publish after it still under the 10 s that devices wait
# Every commit here may be sent twice: creates carry a precondition, the rest says the same again.
_WORTH_A_RETRY = (
    exceptions.ServiceUnavailable,
    exceptions.Aborted,
    exceptions.InternalServerError,
)
_PASSING = (
    exceptions.ServerError,
    exceptions.Aborted,
    exceptions.TooManyRequests,
    exceptions.RetryError,
    exceptions.Cancelled,
)


Version = Timestamp | None  # when a document was last changed; None: it did not exist


class Changed(LookupError):
    """A document was not as the commit expected it; nothing of the commit was written."""


class Refused(TooLarge):
    """Firestore takes no such document: it would be over 1 MiB."""


class AlreadyExists(Changed):
    """A create found its document there."""


class Database:
    """One Firestore database. Raises Unavailable where it does not answer.

    `headers` go with every call.
    """

    def __init__(
        self,
        channel: grpc.Channel,
        project: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        patience: float = PATIENCE,
    ) -> None:
        self._channel = channel  # one that nobody holds is closed
        self._patience = patience
        self._retry = Retry(
            if_exception_type(*_WORTH_A_RETRY), initial=0.05, maximum=1.0, timeout=patience
        )
        self._database = f"projects/{project}/databases/(default)"
        self._root = self._database + "/documents"
        self._headers = tuple(headers)
        # The channel's own calls with the client's errors, without its second layer of deadlines
        # and retries: ours say what may be sent twice.
        self._get = _stub(channel, "GetDocument")
        self._get_batch = _stub(channel, "BatchGetDocuments")
        self._commit = _stub(channel, "Commit")
        self._run_query = _stub(channel, "RunQuery")
        self._run_count = _stub(channel, "RunAggregationQuery")
        self._quoted_root = quote(self._root)
        self._route = _route("database", quote(self._database))

    def name(self, *path: str) -> str:
        """The full name of a document or collection; ids may be any text."""
        parts = [part if i % 2 == 0 else document_id(part) for i, part in enumerate(path)]
        return "/".join([self._root, *parts])

    def get(self, name: str) -> Plain | None:
        """One document's fields, or None. 1 RPC, 1 read."""
        found = self._find(name)
        return decode(found.fields) if found else None

    def get_with_version(self, name: str) -> tuple[Plain | None, Version]:
        """One document's fields and its version, for `replace`. 1 RPC, 1 read."""
        found = self._find(name)
        return (decode(found.fields), found.update_time) if found else (None, None)

    def get_all(self, names: Sequence[str]) -> list[Plain | None]:
        """The fields of these documents, in the order asked for. 1 RPC, 1 read each."""
        request = _BatchGet(database=self._database, documents=names)
        found: dict[str, Plain] = {}
        answers = self._call(self._get_batch, request, self._route, read_all=True)
        for part in answers:
            if part.found.name:
                found[part.found.name] = decode(part.found.fields)
        return [found.get(name) for name in names]

    def query(
        self,
        parent: str,
        collection: str,
        *,
        where: Sequence[Filter] = (),
        order_by: str,
        descending: bool = False,
        limit: int,
        everywhere: bool = False,
    ) -> list[Plain]:
        """Documents of a collection under `parent` (`everywhere`: at any depth), all of `where`.

        1 RPC, a read for each document returned and at least one.
        """
        query = _query(collection, where, everywhere)
        direction = "DESCENDING" if descending else "ASCENDING"
        query.order_by.add(field={"field_path": order_by}, direction=direction)
        query.limit.value = limit
        request = _Query(parent=parent, structured_query=query)
        answers = self._call(
            self._run_query, request, self._route_of("parent", parent), read_all=True
        )
        return [decode(answer.document.fields) for answer in answers if answer.document.name]

    def count(self, parent: str, collection: str, where: Sequence[Filter] = ()) -> int:
        """How many documents a collection has, all of `where`. 1 RPC, a read for each thousand."""
        counting = {
            "structured_query": _query(collection, where, everywhere=False),
            "aggregations": [{"alias": "n", "count": {}}],
        }
        request = _Count(parent=parent, structured_aggregation_query=counting)
        answers = self._call(
            self._run_count, request, self._route_of("parent", parent), read_all=True
        )
        return cast(int, answers[0].result.aggregate_fields["n"].integer_value)

    def commit(self, *writes: Any) -> Sequence[Any]:
        """All of these writes or none. 1 RPC. Raises AlreadyExists, Changed, Refused.

        Returns for each write what its transforms have made, as Firestore tells it; nothing where
        its answer was lost and it was found to be written.
        """
        request = _Commit(database=self._database, writes=writes)
        attempts = 0

        def commit(*given: Any, **how: Any) -> Any:
            nonlocal attempts
            attempts += 1
            return self._commit(*given, **how)

        try:
            answer = self._call(commit, request, self._route)
        except (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound) as e:
            # A commit that was sent twice may have met itself.
            if attempts > 1 and self._are_written(writes):
                return ()
            raise (AlreadyExists if isinstance(e, exceptions.AlreadyExists) else Changed) from e
        except exceptions.InvalidArgument as error:
            raise Refused from error
        return cast(Sequence[Any], answer.write_results)

    def _are_written(self, writes: Sequence[Any]) -> bool:
        """Whether every document that a commit had a condition on is as it would leave it."""
        conditional = [write for write in writes if write.HasField("current_document")]
        whole = [write for write in conditional if not write.HasField("update_mask")]
        return bool(whole) and all(self._is_written(write) for write in whole)

    def _is_written(self, write: Any) -> bool:
        found = self._find(write.delete or write.update.name)
        if write.delete or found is None:
            return bool(write.delete) and found is None
        return dict(found.fields) == dict(write.update.fields)

    def count_up(self, name: str, field: str) -> int:
        """The next number of a counter, never given twice; some may be left out. 1 RPC, 1 write."""
        write = merge(name, {}, add={field: 1})
        request = _Commit(database=self._database, writes=[write])
        answer = self._call(self._commit, request, self._route)
        return cast(int, answer.write_results[0].transform_results[0].integer_value)

    def _find(self, name: str) -> Any:
        try:
            return self._call(self._get, _Get(name=name), self._route_of("name", name))
        except exceptions.NotFound:
            return None

    def _route_of(self, field: str, name: str) -> tuple[str, str]:
        """The routing header by a document's name, whose beginning has been quoted before."""
        return _route(field, self._quoted_root + quote(name[len(self._root) :]))

    def _call(
        self, method: Any, request: Any, route: tuple[str, str], *, read_all: bool = False
    ) -> Any:
        """The answer, a stream read to its end, under one deadline and one policy of retries."""
        metadata = (route, *self._headers)

        def attempt() -> Any:
            answer = method(request, timeout=self._patience, metadata=metadata)
            return list(answer) if read_all else answer

        try:
            with suppress(*_WORTH_A_RETRY):
                return attempt()  # nearly always enough, and needs nothing around it
            return self._retry(attempt)()
        except _PASSING as error:
            raise Unavailable from error


def _stub(channel: grpc.Channel, method: str) -> Any:
    """A method of Firestore on this channel, raising what the client library would raise."""
    call = channel.unary_stream if method in _STREAMS else channel.unary_unary
    return _mapped(
        call(
            f"/google.firestore.v1.Firestore/{method}",
            request_serializer=_serialized,
            response_deserializer=_ANSWERS[method].FromString,
        )
    )


def _serialized(request: Any) -> bytes:
    return cast(bytes, request.SerializeToString())


def _route(field: str, quoted: str) -> tuple[str, str]:
    """The header by which Google finds the database of a request, as its own clients send it."""
    return "x-goog-request-params", f"{field}={quoted}"


def create(name: str, fields: Plain) -> Any:
    """A write that makes a document, and fails the commit where it exists."""
    return Write(
        update={"name": name, "fields": encode(fields)}, current_document={"exists": False}
    )


def replace(name: str, fields: Plain, version: Version) -> Any:
    """A write of a whole document that fails the commit unless it is still at that version."""
    if version is None:
        return create(name, fields)
    return Write(
        update={"name": name, "fields": encode(fields)}, current_document={"update_time": version}
    )


def put(name: str, fields: Plain) -> Any:
    """A write of a whole document, whatever is there."""
    return Write(update={"name": name, "fields": encode(fields)})


def remove(name: str, version: Version = None, *, must_exist: bool = False) -> Any:
    """A write that deletes a document; with a version, only while it is still at that."""
    condition: Any = {"exists": True} if must_exist else None
    return Write(delete=name, current_document={"update_time": version} if version else condition)


def merge(
    name: str,
    fields: Plain,
    *,
    union: Mapping[str, Iterable[str | int]] | None = None,
    add: Mapping[str, float] | None = None,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
    drop: Iterable[str] = (),
    must_exist: bool = False,
) -> Any:
    """A write that sets these fields and leaves the others, and changes some by what is there.

    `drop` takes fields out, `union` adds to sets kept as arrays, `add` to numbers; `at_least`
    raises numbers to a minimum and `at_most` lowers them to a maximum. A field that is not there
    begins with the value given.
    """
    write = Write(
        update={"name": name, "fields": encode(fields)},
        update_mask={"field_paths": [*_paths(fields), *drop]},
        current_document={"exists": True} if must_exist else None,
    )
    for field, members in (union or {}).items():
        values = [_encode(member) for member in members]
        write.update_transforms.add(field_path=field, append_missing_elements={"values": values})
    for kind, numbers in (("increment", add), ("maximum", at_least), ("minimum", at_most)):
        for field, number in (numbers or {}).items():
            write.update_transforms.add(field_path=field, **{kind: _encode(number)})
    return write


def _paths(fields: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """The paths of what is set: within an object only its own fields, so that others stay."""
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            yield from _paths(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def encode(fields: Mapping[str, object]) -> dict[str, Any]:
    """Plain fields as Firestore values."""
    return {name: _encode(value) for name, value in fields.items()}


def decode(fields: Mapping[str, Any]) -> Plain:
    """Firestore values as plain fields; times are in UTC."""
    return {name: _decode(value) for name, value in fields.items()}


def _query(collection: str, where: Sequence[Filter], everywhere: bool) -> Any:
    query = _StructuredQuery()
    query.from_.add(collection_id=collection, all_descendants=everywhere)
    for field, operator, value in where:
        query.where.composite_filter.op = types.StructuredQuery.CompositeFilter.Operator.AND
        query.where.composite_filter.filters.add(
            field_filter={
                "field": {"field_path": field},
                "op": _OPERATORS[operator],
                "value": _encode(value),
            }
        )
    return query


def _encode(value: object) -> Any:
    encode_as = _ENCODERS.get(type(value))
    if encode_as is None:
        found = (one for kind, one in _ENCODERS.items() if isinstance(value, kind))
        encode_as = next(found, _no_value)
    return encode_as(value)


def _integer(value: int) -> Any:
    if -(2**63) <= value < 2**63:
        return Value(integer_value=value)
    return Value(double_value=value)  # as JavaScript would read it


def _moment(value: datetime) -> Any:
    moment = Timestamp()
    moment.FromDatetime(value)
    return Value(timestamp_value=moment)


def _array(value: Iterable[object]) -> Any:
    return Value(array_value={"values": [_encode(item) for item in value]})


def _no_value(value: object) -> Any:
    raise TypeError(f"no Firestore value for {type(value).__name__}")


# By type: a commit encodes some dozen values.
_ENCODERS: dict[type, Callable[[Any], Any]] = {
    str: lambda value: Value(string_value=value),
    bool: lambda value: Value(boolean_value=value),
    int: _integer,
    float: lambda value: Value(double_value=value),
    datetime: _moment,
    list: _array,
    tuple: _array,
    dict: lambda value: Value(map_value={"fields": encode(value)}),
    bytes: lambda value: Value(bytes_value=value),
    type(None): lambda _: Value(null_value=0),
}


def _decode(value: Any) -> Any:
    kind = value.WhichOneof("value_type")
    match kind:
        case "null_value":
            return None
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(tzinfo=UTC)
        case "array_value":
            # Nearly always texts; only what is none, or empty, has to be looked at.
            return [item.string_value or _decode(item) for item in value.array_value.values]
        case "map_value":
            return decode(value.map_value.fields)
    return getattr(value, kind)
