"""Things made on first use and kept."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def once(make: Callable[[], T]) -> Callable[[], T]:
    """The same thing at each call, made by the first, whichever thread that is.

    What raises is not kept: the next call tries again.
    """
    lock = threading.Lock()
    kept: list[T] = []

    def get() -> T:
        if not kept:
            with lock:
                if not kept:
                    kept.append(make())
        return kept[0]

    return get
