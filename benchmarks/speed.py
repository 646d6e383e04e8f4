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
        """Subject to floor."""
        return figures.ratio(self.subject.seconds, self.floor.seconds)

    @property
    def cpu(self) -> Ratio | None:
        """The same of the CPU a request; None where the system does not tell."""
        if not self.subject.cpu:
            return None
        return figures.ratio(self.subject.cpu, self.floor.cpu)

    @property
    def milliseconds(self) -> float:
        """The subject's p50, for a feel: it says more of the machine than of us."""
        return 1000 * figures.percentile(self.subject.all, 50)


def rows(world: World, calls: Calls) -> list[Row]:
    """Everything that is measured in bursts."""
    floor, telemetry, devices = world.floor(), world.ours("telemetry"), world.ours("devices")
    presence = world.ours("presence")
    one, again = Burst(floor, calls.small_commits()), Burst(floor, calls.small_commits())
    read = Burst(floor, calls.read())
    found = [Row("FLOOR1 to itself (A/A)", again, one, "FLOOR1")]
    for name, server, (ours, ready), target in (
        ("accel POST of 50", telemetry, calls.accel(50), 1.25),
        ("accel POST of 500", telemetry, calls.accel(500), 1.5),
        ("gps POST", telemetry, calls.gps(), 1.25),
        ("check-in", presence, calls.checkin(), 1.3),
        ("devices data POST of 50", devices, calls.device_data(50), 1.4),
    ):
        subject = Burst(server, ours)
        found.append(Row(name, subject, Burst(floor, ready), "FLOOR2", target, 1.4))
        if name == "accel POST of 50":
            found.append(Row(name, subject, one, "FLOOR1", 1.6))
    for name, server, make, target in (
        ("accel latest", telemetry, calls.latest(), 1.2),
        ("presence status", presence, calls.status(), 1.2),
        ("gps history of 200", telemetry, calls.history(), 1.8),
        ("devices statistics", devices, calls.statistics(), 2.0),
    ):
        found.append(Row(name, Burst(server, make), read, "READ", target))
    return found


def delayed_rows(world: World, calls: Calls) -> list[Row]:
    """What is far away: commit and publish have to overlap."""
    floor = world.floor()
    one, again = Burst(floor, calls.small_commits()), Burst(floor, calls.small_commits())
    ours, _ = calls.accel(50)
    subject = Burst(world.ours("telemetry"), ours)
    return [
        Row("FLOOR1 to itself (A/A)", again, one, "FLOOR1"),
        Row("accel POST of 50, publish included", subject, one, "FLOOR1", 1.15),
    ]


def measure(found: Sequence[Row], cycles: int) -> None:
    """Runs all bursts of these rows, after some that do not count."""
    every = list({id(burst): burst for row in found for burst in (row.subject, row.floor)}.values())
    bursts.run(every, cycles=max(3, cycles // 8), seed=1)
    for burst in every:
        burst.seconds.clear()
        burst.cpu.clear()
        burst.all.clear()
    bursts.run(every, cycles)
