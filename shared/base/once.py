"""Values that the first call makes and every later call returns."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def once(make: Callable[[], T]) -> Callable[[], T]:
    """A function that calls `make` once, whichever thread is first, and returns its value.

    If `make` raises, the next call tries again.
    """
    lock = threading.Lock()
    values: list[T] = []

    def get() -> T:
        if not values:
            with lock:
                if not values:
                    values.append(make())
        return values[0]

    return get
