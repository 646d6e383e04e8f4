"""The arithmetic of the benchmark: ratios, intervals, and when a run is not to be trusted."""

import json
import random
from pathlib import Path

import pytest

from benchmarks import figures
from benchmarks.figures import Ratio
from benchmarks.report import Report, write_page


def test_a_ratio_is_taken_within_each_cycle() -> None:
    """In the third cycle the machine was ten times slower, for both."""
    ratio = figures.ratio([2.0, 2.2, 20.0], [1.0, 1.0, 10.0])
    assert ratio.median == 2.0
    assert (ratio.low, ratio.high) == (2.0, 2.2)


def test_the_interval_of_many_holds_the_median_and_little_else() -> None:
    values = [1 + n / 1000 for n in range(101)]
    interval = figures.interval(random.Random(1).sample(values, 101))
    assert interval.median == values[50]
    assert values[38] <= interval.low <= values[42]
    assert values[58] <= interval.high <= values[62]


def test_one_value_is_its_own_interval() -> None:
    assert figures.interval([3.0]) == Ratio(3.0, 3.0, 3.0)


def test_the_interval_holds_the_true_median_in_95_of_100_runs() -> None:
    draw = random.Random(7)
    runs = [figures.interval([draw.gauss(1, 0.2) for _ in range(40)]) for _ in range(400)]
    assert sum(run.low <= 1 <= run.high for run in runs) >= 0.93 * len(runs)


@pytest.mark.parametrize(
    ("median", "trusted"), [(0.94, False), (0.95, True), (1.0, True), (1.05, True), (1.06, False)]
)
def test_a_floor_that_differs_from_itself_is_not_trusted(median: float, trusted: bool) -> None:
    assert figures.is_trusted(Ratio(median, 0.5, 2.0)) is trusted


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [figures.percentile(values, p) for p in (0, 50, 95, 100)] == [1, 50, 95, 100]


def test_a_figure_over_its_target_is_named_as_missed(tmp_path: Path) -> None:
    report = Report()
    report.figure("accel", "p50", Ratio(1.2, 1.1, 1.3), 1.25)
    report.figure("gps", "p50", Ratio(1.3, 1.2, 1.4), 1.25)
    report.figure("load", "lost", 0.0, 0)
    report.write(tmp_path / "figures.json")
    report = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert report["missed"] == ["gps, p50: 1.30, not 1.25"]
    assert report["figures"]["gps"]["p50"] == {"value": 1.3, "target": 1.25, "interval": [1.2, 1.4]}


def test_the_last_figures_replace_those_before_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("# A\n<!-- figures -->\nold\n<!-- /figures -->\nend\n", encoding="utf-8")
    write_page("new \\1", page)
    write_page("newer \\1", page)
    assert page.read_text("utf-8") == (
        "# A\n<!-- figures -->\n```text\nnewer \\1\n```\n<!-- /figures -->\nend\n"
    )
