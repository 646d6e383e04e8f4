"""The parts of the benchmark. Each writes its lines into the report."""

import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import cold, cost, figures, growth, listening, load, peers, speed
from benchmarks.calls import Calls
from benchmarks.report import Report, targets
from benchmarks.world import World
from tools.paths import PYTHON, ROOT


@dataclass(frozen=True)
class Effort:
    """How much is measured: enough for figures, or just enough for a test run."""

    cycles: int
    delay_cycles: int
    growth_cycles: int
    sizes: tuple[int, ...]
    cold_rounds: int
    listened: int
    load_seconds: float


FULL = Effort(50, 25, 40, growth.SIZES, 9, 40, 60)
QUICK = Effort(8, 5, 6, growth.QUICK_SIZES, 2, 6, 5)


def run_speed(world: World, effort: Effort, report: Report) -> None:
    """Every call compared with its floor."""
    calls = Calls(world)
    rows = speed.rows(world, calls)
    speed.measure(rows, effort.cycles)
    _speed_table(report, "Speed: p50 and CPU as ratios to a floor", rows)
    same = rows[0].p50
    report.figures["trusted"] = figures.is_trusted(same)
    if not figures.is_trusted(same):
        report.lines.append("NOT TO BE TRUSTED: a floor differs from itself by more than 5 %.")


def run_peers(world: World, effort: Effort, report: Report) -> None:
    """Usual designs compared with the same floors."""
    rows = peers.rows(world, Calls(world))
    speed.measure(rows, max(3, effort.cycles // 5))
    _speed_table(report, "Peers: the same calls as they are usually written", rows)


def run_delay(world: World, effort: Effort, report: Report) -> None:
    """With a round trip of 10 ms to the database and to the topic."""
    with world.behind_delay() as far:
        rows = speed.delayed_rows(far, Calls(far))
        speed.measure(rows, effort.delay_cycles)
    _speed_table(report, "With 10 ms to the database and to the topic", rows)


def run_growth(world: World, effort: Effort, report: Report) -> None:
    """Reads with more data."""
    report.title("Growth: p50 as a ratio to the smallest, in one emulator")
    report.row("", *(f"{size:,}" for size in effort.sizes), "target")
    for name, ratios in growth.measure(world, effort.sizes, effort.growth_cycles).items():
        cells = [report.figure(f"growth of {name}", f"{size}", ratio, 1.15)
                 for size, ratio in zip(effort.sizes, ratios, strict=True)]  # fmt: skip
        report.row(name, *cells, "≤ 1.15")


def run_cold(world: World, effort: Effort, report: Report) -> None:
    """From the start of a process to its first answer."""
    base, ratios = cold.measure(world, effort.cold_rounds)
    report.title(f"Cold start: to the first database answer, a no-op takes {base:.2f} s")
    for name, ratio in ratios.items():
        target = cold.TARGETS.get(name)
        figure = report.figure(f"cold start of {name}", "start", ratio, target)
        report.row(name, figure, targets(("start", target)))
    for name in cold.TARGETS:
        heavy = ", ".join(f"{module} {ms:.0f} ms" for module, ms in cold.heaviest(name))
        report.lines.append(f"{name} loads: {heavy}")


def run_listening(world: World, effort: Effort, report: Report) -> None:
    """From a POST to the callback of a listening phone."""
    report.title("Listener: p50 / p95 until the callback, and p50 as a ratio to the floor")
    for name, heard in listening.measure(world, effort.listened).items():
        cells = [listening.summary(heard.seconds)]
        if heard.ratio:
            target = None if name == listening.RELAYED else 3
            figure = report.figure(f"listener, {name}", "p50", heard.ratio, target)
            cells += [figure, heard.floor, targets(("p50", target))]
        report.row(name, *cells)


def run_load(world: World, effort: Effort, report: Report) -> None:
    """Ten times the load that an instance takes."""
    outcome = load.measure(world, effort.load_seconds)
    report.title(f"Load: {load.TIMES} × {load.SUSTAINABLE} clients for {effort.load_seconds:g} s")
    report.row("answers", ", ".join(f"{n} × {status}" for status, n in outcome.answers.items()))
    report.row("broken connections", str(outcome.broken))
    for name, value in (("accepted and not stored", outcome.lost), ("stored twice", outcome.twice),
                        ("503 without a way back", outcome.dishonest)):  # fmt: skip
        report.row(name, report.figure("load", name, float(value), 0), "0")
    report.row(
        "peak memory to normal", report.figure("load", "memory", outcome.memory, 1.3), "≤ 1.3"
    )
    recovery = outcome.recovery if outcome.recovery is not None else 99.0
    report.row("recovery, s", report.figure("load", "recovery", recovery, 5), "≤ 5")


def run_pauses(world: World, _: Effort, report: Report) -> None:
    """Garbage collection."""
    completed = subprocess.run(
        [PYTHON, "-m", "benchmarks.pauses"], cwd=ROOT, env=world.whole_env(),
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    longest = 1000 * float(completed.stdout)
    report.title("Garbage collection: the longest pause in 2,000 POSTs")
    report.row("pause, ms", report.figure("garbage collection", "pause", longest, 5), "≤ 5")


def run_cost(world: World, _: Effort, report: Report) -> None:
    """Billed operations."""
    report.title("Cost: a class of 100 in a month, without the free quota")
    report.row("", "a month", "reads+writes", "naive", "$", "naive $")
    ours, naive = 0.0, 0.0
    for bill in cost.bills(world):
        mine, its = bill.dollars
        ours, naive = ours + mine, naive + its
        counts = (f"{one.reads:g}+{one.writes:g}" for one in (bill.ours, bill.naive))
        report.row(bill.name, f"{bill.times:,}", *counts, f"{mine:.2f}", f"{its:,.2f}")
    report.figure("cost", "ours", ours)
    report.figure("cost", "naive", naive)
    report.row("all", "", "", "", f"{ours:.2f}", f"{naive:,.2f}")


Section = Callable[[World, Effort, Report], None]
# The parts that fill the emulator come last, as they slow the others.
SECTIONS: dict[str, Section] = {
    "speed": run_speed,
    "peers": run_peers,
    "delay": run_delay,
    "cold": run_cold,
    "listener": run_listening,
    "gc": run_pauses,
    "cost": run_cost,
    "growth": run_growth,
    "load": run_load,
}


def heading(report: Report) -> None:
    """Adds the date, the Python and the machine."""
    machine = f"Python {platform.python_version()}, {platform.system()}, {platform.machine()}"
    report.lines.append(f"{time.strftime('%Y-%m-%d')}, {machine}")


def _speed_table(report: Report, title: str, rows: list[speed.Row]) -> None:
    report.title(title)
    report.row("", "p50", "CPU", "floor", "targets", "p50, ms")
    for row in rows:
        name = f"{row.name} to {row.floor_name}"
        report.row(
            row.name,
            report.figure(name, "p50", row.p50, row.target),
            report.figure(name, "CPU", row.cpu, row.cpu_target),
            row.floor_name,
            targets(("p50", row.target), ("CPU", row.cpu_target)),
            f"{row.milliseconds:.2f}",
        )
