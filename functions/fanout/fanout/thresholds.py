"""Thresholds: raised once when crossed for long enough, cleared once when that ends. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Series = Sequence[tuple[int, float]]  # milliseconds since 1970, and the number


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number above or below a limit for at least some seconds. `rule` is the threshold's name."""

    rule: str
    type: str
    above: float | None
    below: float | None
    seconds: float

    def is_crossed_by(self, number: float) -> bool:
        """Whether a number is on the wrong side of the limit."""
        return (self.above is not None and number > self.above) or (
            self.below is not None and number < self.below
        )


@dataclass(frozen=True, slots=True)
class State:
    """The state of one threshold.

    `seen_ms`: the newest time that was evaluated. `since_ms`: when the current crossing began.
    """

    seen_ms: int = -(2**62)
    since_ms: int | None = None
    is_raised: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that is raised or cleared. `begin_ms`, the begin of the crossing, identifies it."""

    threshold: Threshold
    begin_ms: int
    at_ms: int
    number: float
    is_raised: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The states of a device's thresholds by rule, and the alerts to raise and clear."""

    states: dict[str, State]
    changes: list[Change]


def evaluate_all(
    thresholds: Sequence[Threshold], states: Mapping[str, State], series: Mapping[str, Series]
) -> Evaluation:
    """The states and changes after new numbers. `series`: the numbers by type of reading."""
    evaluation = Evaluation(dict(states), [])
    for threshold in thresholds:
        state = states.get(threshold.rule, State())
        state, changes = evaluate(threshold, state, series.get(threshold.type, ()))
        evaluation.states[threshold.rule] = state
        evaluation.changes.extend(changes)
    return evaluation


def evaluate(threshold: Threshold, state: State, series: Series) -> tuple[State, list[Change]]:
    """The state after these numbers, in order of time, and the changes they cause.

    Skips numbers that are not newer than `seen_ms`: repeated messages and late ones.
    """
    changes: list[Change] = []
    seen, since, is_raised = state.seen_ms, state.since_ms, state.is_raised
    for ms, number in series:
        if ms <= state.seen_ms:
            continue
        seen = max(seen, ms)
        if threshold.is_crossed_by(number):
            since = ms if since is None else since
            if not is_raised and ms - since >= threshold.seconds * 1000:
                is_raised = True
                changes.append(Change(threshold, since, ms, number, is_raised=True))
        elif since is not None:
            if is_raised:
                changes.append(Change(threshold, since, ms, number, is_raised=False))
            since, is_raised = None, False
    return State(seen, since, is_raised), changes
