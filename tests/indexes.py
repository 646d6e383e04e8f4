"""The indexes that queries need in production: the emulator answers without them."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from tools.paths import ROOT

DECLARED = json.loads((ROOT / "firestore.indexes.json").read_text("utf-8"))
NAME = "__name__"
_ORDERS = {1: "ASCENDING", 2: "DESCENDING", 0: "ASCENDING"}
_EQUAL, _CONTAINS = 5, 7  # of StructuredQuery.FieldFilter.Operator


class Index(NamedTuple):
    """An index of several fields, or one of a single field that Firestore does not make by itself.

    `equal`: fields that are compared, in any order. `ordered`: those that follow, in this order.
    """

    collection: str
    scope: str
    equal: frozenset[str]
    ordered: tuple[tuple[str, str], ...]


def needed(query: Any) -> Index | None:
    """The index that must be declared for a StructuredQuery; None where Firestore has one.

    Raises AssertionError for a query by a field that is exempted from indexes.
    """
    source = query.from_[0]
    scope = "COLLECTION_GROUP" if source.all_descendants else "COLLECTION"
    filters = list(_filters(query.where))
    equal = frozenset(name for name, operator in filters if operator in (_EQUAL, _CONTAINS))
    ranges = sorted({name for name, _ in filters} - equal)
    given = [(order.field.field_path, _ORDERS[order.direction]) for order in query.order_by]
    last = given[-1][1] if given else "ASCENDING"
    names = {name for name, _ in given}
    ordered = [*given, *((name, last) for name in ranges if name not in names)]
    ordered = [each for each in ordered if each[0] != NAME and each[0] not in equal]
    if given == [(NAME, "DESCENDING")] and not ordered:
        ordered = [(NAME, "DESCENDING")]
    fields = equal | {name for name, _ in ordered}
    _require_indexed(source.collection_id, fields)
    is_merged = not ordered  # of single indexes, where all fields are compared
    if scope == "COLLECTION" and (is_merged or len(fields) == 1):
        return None
    return Index(source.collection_id, scope, equal, tuple(ordered)) if fields else None


def _filters(where: Any) -> Iterable[tuple[str, int]]:
    for part in where.composite_filter.filters:
        yield from _filters(part)
    if where.HasField("field_filter"):
        yield where.field_filter.field.field_path, where.field_filter.op


def _require_indexed(collection: str, fields: Iterable[str]) -> None:
    for override in DECLARED["fieldOverrides"]:
        is_exempt = override["collectionGroup"] == collection and not override["indexes"]
        assert not (is_exempt and override["fieldPath"] in fields), (
            f"{collection}.{override['fieldPath']} is exempted in firestore.indexes.json"
        )


def declared() -> set[Index]:
    """All that firestore.indexes.json declares beyond what Firestore makes by itself."""
    several = {_composite(index) for index in DECLARED["indexes"]}
    single = {
        Index(
            override["collectionGroup"],
            index["queryScope"],
            frozenset((override["fieldPath"],)),
            (),
        )
        for override in DECLARED["fieldOverrides"]
        for index in override["indexes"]
        if index["queryScope"] == "COLLECTION_GROUP"
    }
    return several | single


def _composite(index: Any) -> Index:
    """A declared index as the query that it serves: what is before the order is compared."""
    fields = [(field["fieldPath"], field["order"]) for field in index["fields"]]
    compared = COMPARED.get(index["collectionGroup"], 1)
    return Index(
        index["collectionGroup"],
        index["queryScope"],
        frozenset(name for name, _ in fields[:compared]),
        tuple(fields[compared:]),
    )


COMPARED = {"accel": 0}  # how many fields of its indexes are compared, where it is not one


def require(query: Any) -> Index | None:
    """The index that a query needs. Raises AssertionError as production refuses the query."""
    index = needed(query)
    assert index is None or index in declared(), f"declare {index} in firestore.indexes.json"
    return index
