"""From timings to figures: ratios cycle by cycle, their median and how sure it is. Pure."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

TRUSTED = (0.95, 1.05)  # where the ratio of a floor to itself has to lie


@dataclass(frozen=True, slots=True)
class Ratio:
    """A median of ratios with its 95 % interval."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} [{self.low:.2f}–{self.high:.2f}]"


def ratio(subject: Sequence[float], floor: Sequence[float]) -> Ratio:
    """Subject to floor, each pair of one cycle: what slows a cycle slows both."""
    return interval([mine / its for mine, its in zip(subject, floor, strict=True)])


def interval(values: Sequence[float]) -> Ratio:
    """The median and the ranks that hold it in 95 of 100 cases, whatever the distribution."""
    ordered = sorted(values)
    reach = 1.96 * math.sqrt(len(ordered)) / 2
    low = max(0, math.floor(len(ordered) / 2 - reach))
    high = min(len(ordered) - 1, math.ceil(len(ordered) / 2 + reach))
    return Ratio(statistics.median(ordered), ordered[low], ordered[high])


def is_trusted(same: Ratio) -> bool:
    """Whether a floor was as fast as itself: else the machine was busy with something else."""
    return TRUSTED[0] <= same.median <= TRUSTED[1]


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which that many percent lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
