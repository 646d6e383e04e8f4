"""firestore.indexes.json: what queries need in production, and nothing that no query uses."""

import ast
import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from devices.store import Store as Devices
from edge.store import Store as Edge
from presence.store import Store as Presence
from shared.domain.series import Span
from shared.google.firestore import Database, _structured_query
from telemetry.store import Store as Telemetry
from tests.conftest import MovableClock
from tests.indexes import DECLARED, Index, declared, needed, require
from tests.meter import Meter
from tests.topic import Topic
from tools.paths import ROOT
from upkeep.store import Store as Upkeep

GROUP = "COLLECTION_GROUP"
WORDS = ("where(", "orderBy(")

# What pages and apps listen to; a test compares this with their code.
BY_PAGES = {
    "pages/kiosk/channel.js": Index(
        "events", "COLLECTION", frozenset({"event"}), (("created_at", "DESCENDING"),)
    ),
    "pages/machines/listening.js": Index(
        "events", "COLLECTION", frozenset({"event"}), (("created_at", "DESCENDING"),)
    ),
    "pages/map/listening.js": Index(
        "live", "COLLECTION", frozenset({"public"}), (("received.gps", "DESCENDING"),)
    ),
}
# Files that filter and order, but each in a query of its own: one field, so Firestore has the index.
APART = {"pages/console/listening.js"}


def query(*where: tuple[str, str], order: str = "", down: bool = False, group: bool = False) -> Any:
    made = _structured_query("things", [(*each, 1) for each in where], group)  # type: ignore[misc]
    if order:
        made.order_by.add(
            field={"field_path": order}, direction="DESCENDING" if down else "ASCENDING"
        )
    return made


@pytest.mark.parametrize(
    ("asked", "equal", "ordered"),
    [
        (query(("a", "=="), order="b"), {"a"}, [("b", "ASCENDING")]),
        (query(("a", "=="), order="b", down=True), {"a"}, [("b", "DESCENDING")]),
        (query(("a", "=="), ("b", "<")), {"a"}, [("b", "ASCENDING")]),
        (query(("b", "<"), order="a", down=True), set(), [("a", "DESCENDING"), ("b", "DESCENDING")]),
        (query(("a", "=="), group=True), {"a"}, []),
        (query(order="a", group=True), set(), [("a", "ASCENDING")]),
    ],
)  # fmt: skip
def test_what_production_asks_an_index_for(
    asked: Any, equal: set[str], ordered: list[tuple[str, str]]
) -> None:
    scope = GROUP if asked.from_[0].all_descendants else "COLLECTION"
    assert needed(asked) == Index("things", scope, frozenset(equal), tuple(ordered))
    with pytest.raises(AssertionError, match=r"declare .* in firestore\.indexes\.json"):
        require(asked)


@pytest.mark.parametrize(
    "asked",
    [
        query(),
        query(("a", "==")),
        query(("a", "=="), ("b", "==")),
        query(("a", "<"), order="a"),
        query(order="a", down=True),
        query(("a", "=="), order="__name__"),
        query(order="__name__", group=True),
    ],
)
def test_what_firestore_has_an_index_for_by_itself(asked: Any) -> None:
    assert needed(asked) is None


def test_a_query_by_an_exempted_field_is_refused() -> None:
    made = query(("samples", "=="))
    made.from_[0].collection_id = "accel"
    with pytest.raises(AssertionError, match="exempted"):
        needed(made)


def test_the_meter_refuses_what_production_refuses(database: Database) -> None:
    with pytest.raises(AssertionError, match=r"declare .*things"):
        database.query(database.path(), "things", where=[("a", "==", 1)], order_by="b", limit=1)


def by_administrators() -> set[Index]:
    """What the commands search for at any depth."""
    calls = [
        call
        for path in sorted((ROOT / "infra").glob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "where"
    ]
    assert len(calls) > 5
    return {
        Index(
            ast.literal_eval(call.args[0]), GROUP, frozenset({ast.literal_eval(call.args[1])}), ()
        )
        for call in calls
        if "collection_group" in {word.arg for word in call.keywords}
    }


def by_functions(database: Database, topic: Topic, clock: MovableClock, meter: Meter) -> set[Index]:
    """What the stores ask for, each asked once."""
    now = clock()
    presence, upkeep = Presence(database), Upkeep(database)
    presence.open_sessions("c", now)
    presence.open_sessions(None, now)
    span = Span(1, now - timedelta(hours=1), now)
    Telemetry(database, topic.publisher).samples("dev", span)
    Devices(database, topic.publisher).devices_of("owner")
    Edge(database, topic.publisher).deliver_pending("m", now)
    upkeep.silent_devices(now)
    upkeep.silent_machines(now)
    upkeep.overdue_commands(now)
    upkeep.overdue_sessions(now)
    return meter.indexes


def test_every_index_is_used_by_a_query_and_every_query_has_its_index(
    database: Database, topic: Topic, clock: MovableClock, meter: Meter
) -> None:
    used = by_functions(database, topic, clock, meter) | by_administrators()
    used |= set(BY_PAGES.values())
    assert used - declared() == set()
    assert declared() - used == set(), "no query uses these: delete them"


def test_queries_of_pages_are_those_that_are_named_here() -> None:
    found = {}
    for folder in ("pages", "public/js", "public/stations", "examples", "clients"):
        for path in (ROOT / folder).rglob("*.js"):
            text = path.read_text("utf-8")
            if "node_modules" not in path.parts and all(word in text for word in WORDS):
                found[path.relative_to(ROOT).as_posix()] = text
    assert set(found) - APART == set(BY_PAGES)
    for name, index in BY_PAGES.items():
        for word in (index.collection, *index.equal, *(field for field, _ in index.ordered)):
            assert f'"{word}"' in found[name], f"{name}: {word}"


def test_nothing_is_declared_twice() -> None:
    """The service answers 409 to the second one, and the deploy ends before the functions."""
    indexes = [json.dumps(index, sort_keys=True) for index in DECLARED["indexes"]]
    fields = [(each["collectionGroup"], each["fieldPath"]) for each in DECLARED["fieldOverrides"]]
    assert [each for each, count in Counter([*indexes, *fields]).items() if count > 1] == []


def written(collection: str, field: str) -> bool:
    """Whether a group whose code names this collection also names this field."""
    named = re.compile(rf'"{collection}"|/{collection}/\{{')
    for group in [*(ROOT / "functions").iterdir(), ROOT / "shared"]:
        text = "".join(path.read_text("utf-8") for path in group.glob("*/*.py"))
        if named.search(text) and re.search(rf'[" ]{field}["=:(]', text):
            return True
    return False


@pytest.mark.parametrize(
    "override",
    DECLARED["fieldOverrides"],
    ids=lambda each: f"{each['collectionGroup']}.{each['fieldPath']}",
)
def test_a_field_with_rules_of_its_own_is_one_that_the_code_writes(override: Any) -> None:
    assert written(override["collectionGroup"], override["fieldPath"])


def test_only_the_end_of_a_document_is_a_time_to_live() -> None:
    ends = [each for each in DECLARED["fieldOverrides"] if each.get("ttl")]
    assert {(each["fieldPath"], *each["indexes"]) for each in ends} == {("purge_at",)}
