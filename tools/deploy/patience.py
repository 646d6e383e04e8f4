"""Waiting for Google: accounts, permissions and APIs are there some minutes after they are made."""

import re
import time
from collections.abc import Callable
from typing import TypeVar

from gcloud import Problem

from tools.console import say

ATTEMPTS = 7
PAUSE = 30.0  # seconds before the second attempt; later pauses are up to four times as long

# What Google says where the same command succeeds later: docs/deploy.md.
_LATER = re.compile(
    r"HTTP Error: (409|429|500|502|503)|RESOURCE_EXHAUSTED|Quota exceeded|UNAVAILABLE"
    r"|Service account \S+ (was not found|does not exist)"
    r"|Permission denied while using the Eventarc Service Agent|Permission denied on secret"
    r"|missing permission on the build service account|generateServiceIdentity"
    r"|has not been used in project|enabled this API recently|is currently being|try again"
    r"|unable to queue the operation|project is being set up|ALREADY_EXISTS",
    re.IGNORECASE,
)  # fmt: skip
_LINE = re.compile(r"^.*$", re.MULTILINE)
Result = TypeVar("Result")


def patiently(what: str, do: Callable[[], Result], pause: float = PAUSE) -> Result:
    """The result of `do`. Repeats it while Google is late. Raises the last Problem.

    Everything that is repeated may be: it makes what is missing and leaves the rest.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return do()
        except Problem as problem:
            if not (reason := late(problem)):
                raise
            wait = min(attempt, 4) * pause
            say(f"\n  Google is not ready yet: {reason}")
            say(f"  {what}: again in {wait:.0f} s (attempt {attempt + 1} of {ATTEMPTS})\n")
            time.sleep(wait)
    return do()


def late(problem: Problem) -> str:
    """The line of an output that says that a later attempt can succeed. Empty: there is none."""
    text = getattr(problem, "output", str(problem))
    return next((line.strip() for line in _LINE.findall(text) if _LATER.search(line)), "")
