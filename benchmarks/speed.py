"""Speed of each call as a ratio to its floor: p50 and CPU."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import bursts, figures
from benchmarks.bursts import Burst
from benchmarks.calls import Calls
from benchmarks.figures import Ratio
from benchmarks.world import World


@dataclass(frozen=True)
class Row:
    """A line of the table: a subject, its floor, and where the p50 and the CPU should be."""

    name: str
    subject: Burst
    floor: Burst
    floor_name: str
    target: float | None = None
    cpu_target: float | None = None

    @property
    def p50(self) -> Ratio:
        """The ratio of the p50 to that of the floor."""
        return figures.ratio(self.subject.seconds, self.floor.seconds)

    @property
    def cpu(self) -> Ratio | None:
        """The ratio of the CPU time a request; None if the system does not report it."""
        if not self.subject.cpu:
            return None
        return figures.ratio(self.subject.cpu, self.floor.cpu)

    @property
    def milliseconds(self) -> float:
        """The subject's p50. It depends on the machine more than on the code."""
        return 1000 * figures.percentile(self.subject.all, 50)


def rows(world: World, calls: Calls) -> list[Row]:
    """Everything that is measured in bursts."""
    floor, telemetry, devices = world.floor(), world.ours("telemetry"), world.ours("devices")
    presence = world.ours("presence")
    one, again = Burst(floor, calls.small_commits()), Burst(floor, calls.small_commits())
    read = Burst(floor, calls.read())
    rows = [Row("FLOOR1 to itself (A/A)", again, one, "FLOOR1")]
    for name, server, (ours, ready), target in (
        ("accel POST of 50", telemetry, calls.accel(50), 1.25),
        ("accel POST of 500", telemetry, calls.accel(500), 1.5),
        ("gps POST", telemetry, calls.gps(), 1.25),
        ("check-in", presence, calls.checkin(), 1.3),
        ("devices data POST of 50", devices, calls.device_data(50), 1.4),
    ):
        subject = Burst(server, ours)
        rows.append(Row(name, subject, Burst(floor, ready), "FLOOR2", target, 1.4))
        if name == "accel POST of 50":
            rows.append(Row(name, subject, one, "FLOOR1", 1.6))
    for name, server, make, target in (
        ("accel latest", telemetry, calls.latest(), 1.2),
        ("presence status", presence, calls.status(), 1.2),
        ("gps history of 200", telemetry, calls.history(), 1.8),
        ("devices statistics", devices, calls.statistics(), 2.0),
    ):
        rows.append(Row(name, Burst(server, make), read, "READ", target))
    return rows


def delayed_rows(world: World, calls: Calls) -> list[Row]:
    """Rows for a distant database: commit and publish have to overlap."""
    floor = world.floor()
    one, again = Burst(floor, calls.small_commits()), Burst(floor, calls.small_commits())
    ours, _ = calls.accel(50)
    subject = Burst(world.ours("telemetry"), ours)
    return [
        Row("FLOOR1 to itself (A/A)", again, one, "FLOOR1"),
        Row("accel POST of 50, publish included", subject, one, "FLOOR1", 1.15),
    ]


def measure(rows: Sequence[Row], cycles: int) -> None:
    """Runs all bursts of these rows, after a warm-up that does not count."""
    every = list({id(burst): burst for row in rows for burst in (row.subject, row.floor)}.values())
    bursts.run(every, cycles=max(3, cycles // 8), seed=1)
    for burst in every:
        burst.seconds.clear()
        burst.cpu.clear()
        burst.all.clear()
    bursts.run(every, cycles)
