"""The cost of a class in a month: measured operations per call, multiplied by list prices.

The prices are Google's list prices in US dollars without tax, the most expensive that apply:
Firestore at its multi-region price, Cloud Run at that of tier 2, to which Jakarta belongs.
https://cloud.google.com/firestore/pricing, https://cloud.google.com/run/pricing,
https://cloud.google.com/pubsub/pricing
"""

from collections.abc import Mapping
from dataclasses import dataclass

STUDENTS = 100
MEETINGS = 8  # a month, each on a day of its own
DAYS = 30

READ, WRITE, DELETE = 0.06 / 100_000, 0.18 / 100_000, 0.02 / 100_000
FREE_READS, FREE_WRITES = 50_000, 20_000  # a day, in the default database
CPU_SECOND, GIB_SECOND, REQUEST = 0.0000336, 0.0000035, 0.40 / 1_000_000
FREE_CPU, FREE_GIB, FREE_REQUESTS = 180_000, 360_000, 2_000_000  # a month and billing account
MESSAGE_GIB, FREE_MESSAGE_GIB = 40 / 1024, 10  # Pub/Sub, at least 1 kB a message and delivery

BILLED_SECONDS = 0.1  # the minimum of a request; parallel requests share it
MEMORY_GIB = 0.5


@dataclass(frozen=True)
class Operations:
    """The operations of one call: billed reads and writes, and published messages."""

    reads: int
    writes: int
    messages: int = 0


@dataclass(frozen=True)
class Use:
    """How often a class makes a call: at each meeting, and on each day."""

    call: str
    what: str
    a_meeting: int = 0
    a_day: int = 0


# A class of 100 with two meetings a week. Every phone measures for half an hour of each; a dozen
# stations report once a minute, day and night.
CLASS = (
    Use("generate", "a new code every 30 s for 10 minutes", a_meeting=20),
    Use("check-in", "each student once", a_meeting=STUDENTS),
    Use("status", "each student looks three times", a_meeting=3 * STUDENTS),
    Use("roster", "the instructor's listener reads each record once", a_meeting=STUDENTS),
    Use("accel", "50 samples every 5 s for 30 minutes, each phone", a_meeting=360 * STUDENTS),
    Use("gps", "a point every 5 s for 30 minutes, each phone", a_meeting=360 * STUDENTS),
    Use("latest", "one map of all phones, every minute for 30 minutes", a_meeting=30 * STUDENTS),
    Use("history", "each student once, 200 points", a_meeting=STUDENTS),
    Use("device data", "12 stations, once a minute", a_day=12 * 1440),
    Use("statistics", "5 dashboards, once a minute for 8 hours", a_day=5 * 480),
    Use("upkeep", "every 5 minutes", a_day=288),
)


@dataclass(frozen=True)
class Line:
    """A call over a month."""

    use: Use
    each: Operations
    calls: int


def lines(measured: Mapping[str, Operations]) -> list[Line]:
    """The uses of a month, with the measured operations of their calls."""
    return [
        Line(use, measured[use.call], use.a_meeting * MEETINGS + use.a_day * DAYS) for use in CLASS
    ]


def dollars(measured: Mapping[str, Operations]) -> dict[str, float]:
    """The bill of a month by service, less the free quota of each day or of the month."""
    reads = _beyond_a_day(measured, "reads", FREE_READS) * READ
    writes = _beyond_a_day(measured, "writes", FREE_WRITES) * WRITE
    month = lines(measured)
    messages = sum(line.calls * line.each.messages for line in month)
    requests = messages + sum(line.calls for line in month if line.use.call != "roster")
    seconds = requests * BILLED_SECONDS
    return {
        "Firestore": reads + writes,
        "Cloud Run functions": max(0, seconds - FREE_CPU) * CPU_SECOND
        + max(0, seconds * MEMORY_GIB - FREE_GIB) * GIB_SECOND
        + max(0, requests - FREE_REQUESTS) * REQUEST,
        "Pub/Sub": max(0, 2 * messages / 1024**2 - FREE_MESSAGE_GIB) * MESSAGE_GIB,
    }


def _beyond_a_day(measured: Mapping[str, Operations], kind: str, free: int) -> int:
    """The reads or writes of a month beyond the free quota of each day."""

    def of(use: Use) -> int:
        operations: int = getattr(measured[use.call], kind)
        return operations

    daily = sum(use.a_day * of(use) for use in CLASS)
    meeting = daily + sum(use.a_meeting * of(use) for use in CLASS)
    return MEETINGS * max(0, meeting - free) + (DAYS - MEETINGS) * max(0, daily - free)


def table(measured: Mapping[str, Operations]) -> str:
    """The month as two Markdown tables: calls, and the bill."""
    rows = [
        "| call | how often | calls a month | reads each | writes each |",
        "|---|---|--:|--:|--:|",
    ]
    for line in lines(measured):
        each = line.each
        rows.append(
            f"| {line.use.call} | {line.use.what} | {line.calls:,} | {each.reads} | {each.writes} |"
        )
    bill = dollars(measured)
    rows += ["", "| service | US$ a month |", "|---|--:|"]
    rows += [f"| {service} | {price:.2f} |" for service, price in bill.items()]
    rows.append(f"| **together** | **{sum(bill.values()):.2f}** |")
    return "\n".join(rows)
