"""The fanout's consumer for tests: where it waits, it moves the clock."""

from collections.abc import Callable
from typing import Any

from fanout.consumer import create_consumer
from fanout.store import Store
from shared.google.firestore import Database
from tests.conftest import MovableClock


def consumer(
    database: Database, clock: MovableClock, store: Store | None = None
) -> Callable[[Any], None]:
    """A consumer on this store, else on a store of its own."""
    used = store or Store(database)
    return create_consumer(lambda: used, clock, lambda seconds: clock.move(seconds=seconds))
