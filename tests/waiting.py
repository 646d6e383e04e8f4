"""Waiting for other processes: the one place where tests pass real time."""

import time
from collections.abc import Callable


def until(holds: Callable[[], object], within: float, otherwise: Callable[[], str] = str) -> None:
    """Returns once it holds. Fails with what `otherwise` says when the seconds are over."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)
