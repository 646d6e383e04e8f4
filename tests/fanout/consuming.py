"""The fanout's consumer on a bench: its waiting moves the clock."""

from collections.abc import Callable
from typing import Any

from fanout.consumer import create_consumer
from fanout.store import Store
from shared.documents import Database
from tests.conftest import MovableClock


def consumer(
    database: Database, clock: MovableClock, store: Store | None = None
) -> Callable[[Any], None]:
    """Takes deliveries in, on a store of its own where none is given."""
    kept = store or Store(database)
    return create_consumer(lambda: kept, clock, lambda seconds: clock.move(seconds=seconds))
