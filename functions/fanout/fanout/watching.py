"""Thresholds: raised once when crossed long enough, cleared once when that is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Series = Sequence[tuple[int, float]]  # milliseconds since 1970, and the number


@dataclass(frozen=True, slots=True)
class Rule:
    """What an owner watches for: a number above or below, for at least some seconds."""

    name: str
    type: str
    above: float | None
    below: float | None
    seconds: float

    def is_crossed_by(self, number: float) -> bool:
        """Whether a number is on the wrong side."""
        return (self.above is not None and number > self.above) or (
            self.below is not None and number < self.below
        )


@dataclass(frozen=True, slots=True)
class State:
    """How a rule stands: up to when it has been looked at, since when it is crossed, if raised."""

    seen_ms: int = -(2**62)
    since_ms: int | None = None
    is_raised: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """An alert to raise or to clear; `begin_ms` names it."""

    rule: Rule
    begin_ms: int
    at_ms: int
    number: float
    is_raised: bool


def look(rule: Rule, state: State, series: Series) -> tuple[State, list[Change]]:
    """The state after these numbers, in their order of time, and what changes by them.

    What is not newer than what was seen already, a message again or a late one, changes nothing.
    """
    changes: list[Change] = []
    seen, since, is_raised = state.seen_ms, state.since_ms, state.is_raised
    for ms, number in series:
        if ms <= state.seen_ms:
            continue
        seen = max(seen, ms)
        if rule.is_crossed_by(number):
            since = ms if since is None else since
            if not is_raised and ms - since >= rule.seconds * 1000:
                is_raised = True
                changes.append(Change(rule, since, ms, number, is_raised=True))
        elif since is not None:
            if is_raised:
                changes.append(Change(rule, since, ms, number, is_raised=False))
            since, is_raised = None, False
    return State(seen, since, is_raised), changes


def rule(fields: dict[str, Any]) -> Rule:
    """A rule as the event carries it."""
    return Rule(fields["rule"], fields["type"], fields["above"], fields["below"], fields["seconds"])
