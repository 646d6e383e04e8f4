"""Takes a group's Google Sheets export (.xlsx) into Firestore: check-ins, samples and points.

Without --yes it only says what it would take. Works with your own credentials
(gcloud auth application-default login), or on the emulator that FIRESTORE_EMULATOR_HOST names. Rows
that are stored already change nothing: run it again at any time, also with a longer export.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, TypeVar

import workbook
from administration import AdminDatabase, use_settings_of
from workbook import CheckInRow, Entry, Position, Reading, Samples, Sheet

from presence.rules import BY_HAND, TOKEN_LIFE, Presence, Session, new_presence, with_device
from presence.store import Store as PresenceStore
from shared.base import clock
from shared.base.timestamps import from_millis
from shared.domain import series
from shared.domain.series import Span
from shared.google.firestore import AlreadyExists
from shared.google.writes import Write
from shared.web.bounds import MOST_ITEMS
from telemetry import points, rules
from telemetry.points import StoredPoint
from telemetry.rules import Point, Sample
from telemetry.store import Store as TelemetryStore

WIB = 7 * 60  # minutes
AT_ONCE = 8  # devices or sessions
MOST_STORED = 1_000_000  # of one device and hour
MOST_REFUSALS = 50  # that are printed of one sheet
T = TypeVar("T")


@dataclass(frozen=True)
class Report:
    """What became of the rows of a sheet: how many were stored, and how many were there."""

    sheet: Sheet
    counts: Counter[bool]

    def lines(self) -> Iterable[str]:
        """The report for people."""
        sheet = self.sheet
        if not sheet.kind:
            yield f"{sheet.title}: not taken, as its columns are of no module"
            return
        taken, known, refused = self.counts[True], self.counts[False], sheet.refused
        yield (
            f"{sheet.title} ({sheet.kind}): {sheet.rows} rows read, {taken} taken, "
            f"{known} already there, {len(refused)} refused"
        )
        yield from (f"  row {number}: {reason}" for number, reason in refused[:MOST_REFUSALS])
        if len(refused) > MOST_REFUSALS:
            yield f"  and {len(refused) - MOST_REFUSALS} more"


class NoTopic:
    """A topic that nobody hears of: what is moved is no news."""

    def publish(
        self, topic: str, event: Mapping[str, object], **attributes: str
    ) -> AbstractContextManager[None]:
        """Sends nothing."""
        del topic, event, attributes
        return nullcontext()


def take(database: AdminDatabase, sheets: Sequence[Sheet], now: datetime) -> list[Report]:
    """Stores the rows as the functions store them; a dry run only counts."""
    return [Report(sheet, _take(database, sheet, now)) for sheet in sheets]


def _take(database: AdminDatabase, sheet: Sheet, now: datetime) -> Counter[bool]:
    entries = [entry for _, entry in sheet.entries]
    telemetry = partial(TelemetryStore, database, NoTopic())
    match sheet.kind:
        case workbook.PRESENCE:
            sessions = _by(entries, CheckInRow, lambda row: (row.course_id, row.session_id))
            return _each(partial(_take_session, database, PresenceStore(database)), sessions)
        case workbook.ACCEL:
            work = partial(_take_samples, database.dry_run, telemetry(), now)
            return _each(work, _by(entries, Samples, attrgetter("device_id")))
        case workbook.GPS:
            take_points = partial(_take_points, database.dry_run, telemetry(), now)
            return _each(take_points, _by(entries, Position, attrgetter("device_id")))
    return Counter()


def _by(entries: Iterable[Entry], kind: type[T], key: Callable[[T], object]) -> list[list[T]]:
    """The entries of a sheet, together where the key is equal, in their order."""
    found: defaultdict[object, list[T]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry, kind):
            found[key(entry)].append(entry)
    return list(found.values())


def _each(work: Callable[[list[T]], Iterable[bool]], parts: Iterable[list[T]]) -> Counter[bool]:
    """Does parts that share no document side by side; counts the rows that were new, and others.

    Raises what one of them raised.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(is_new for part in pool.map(work, parts) for is_new in part)


def _take_session(
    database: AdminDatabase, store: PresenceStore, rows: list[CheckInRow]
) -> list[bool]:
    """Takes the check-ins of a session, the earliest first: its time and device stay."""
    session = Session(rows[0].course_id, rows[0].session_id)
    known = {each.user_id: each for each in store.records(session)}
    rows.sort(key=attrgetter("ts"))
    are_new = []
    for row in rows:
        record, stored = _presence(session, row), known.get(row.user_id)
        known[row.user_id] = _merged(stored, record)
        are_new.append(known[row.user_id] != stored)
        if are_new[-1] and not database.dry_run:
            store.add_presence(record)
    if any(are_new) and not database.dry_run:
        _add_session(database, session, rows[0].ts, rows[-1].ts)
    return are_new


def _presence(session: Session, row: CheckInRow) -> Presence:
    """A record as a check-in at that time leaves it; without a device as one entered by hand."""
    if row.device_id:
        return new_presence(session, row.user_id, row.device_id, row.ts, row.ts)
    return Presence(session, row.user_id, BY_HAND, row.ts, row.ts, ())


def _merged(stored: Presence | None, record: Presence) -> Presence:
    if stored is None:
        return record
    return with_device(stored, record.device_id) if record.devices else stored


def _add_session(
    database: AdminDatabase, session: Session, first: datetime, last: datetime
) -> None:
    """A closed session, so that lists and exports know it; one that is there stays as it is."""
    path = database.path("courses", session.course_id, "sessions", session.session_id)
    fields = {
        "course_id": session.course_id, "session_id": session.session_id, "open": False,
        "issued_at": first, "expires_at": first + TOKEN_LIFE, "stopped_at": last,
    }  # fmt: skip
    with suppress(AlreadyExists):
        database.commit(Write.create(path, fields))


def _take_samples(
    dry_run: bool, store: TelemetryStore, now: datetime, rows: list[Samples]
) -> list[bool]:
    """Takes the samples of a device that are not stored yet, in batches of an hour."""
    device_id = rows[0].device_id
    new: set[Sample] = set()
    for hour in _hours(sample for row in rows for sample in row.samples):
        stored = set(store.samples(device_id, _span(hour)))
        fresh = [sample for sample in dict.fromkeys(hour) if sample not in stored]
        new.update(fresh)
        for begin in range(0, 0 if dry_run else len(fresh), MOST_ITEMS):
            batch = rules.batch(device_id, fresh[begin : begin + MOST_ITEMS], 0)
            newest = batch.newest_until(series.horizon(now))
            store.add_samples(device_id, batch, newest, {}, now)
    are_new = []
    for row in rows:
        are_new.append(not new.isdisjoint(row.samples))
        new.difference_update(row.samples)  # a row that stands twice is stored once
    return are_new


def _take_points(
    dry_run: bool, store: TelemetryStore, now: datetime, rows: list[Position]
) -> list[bool]:
    """Takes the points of a device that are not stored yet."""
    device_id = rows[0].device_id
    are_new = []
    for hour in _hours(row.point for row in rows):
        stored = set(store.points(device_id, _span(hour), now))
        for point in hour:
            are_new.append(_stored(point) not in stored)
            stored.add(_stored(point))
            if are_new[-1] and not dry_run:
                store.add_point(device_id, point, rules.point_id(device_id, point), {}, now)
    return are_new


def _stored(point: Point) -> StoredPoint:
    return points.decode([points.encode(point)])[0]


def _hours(items: Iterable[Any]) -> Iterable[list[Any]]:
    """Samples or points by the hour of their time, oldest first."""
    ordered = sorted(items, key=itemgetter(0))
    return (list(part) for _, part in groupby(ordered, key=lambda item: item[0] // series.HOUR))


def _span(items: Sequence[Any]) -> Span:
    return Span(MOST_STORED, from_millis(items[0][0]), from_millis(items[-1][0]))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="sheets.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sheet", required=True, type=Path, metavar="FILE.xlsx")
    parser.add_argument("--project", required=True, metavar="ID")
    parser.add_argument("--course", default="", metavar="ID", help="where no column says it")
    parser.add_argument("--session", default="", metavar="ID", help="where no column says it")
    parser.add_argument(
        "--utc-offset", type=int, default=WIB, metavar="MINUTES",
        help="of times without a zone; 420 is WIB",
    )  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="store it")
    arguments = parser.parse_args()
    use_settings_of(arguments.project)
    offset = timedelta(minutes=arguments.utc_offset)
    try:
        sheets = workbook.read(
            arguments.sheet, Reading(offset, arguments.course, arguments.session)
        )
    except Exception as error:  # openpyxl has no one error for a file that is no workbook
        print(f"{arguments.sheet} cannot be read as an .xlsx file: {error}")
        return 1
    database = AdminDatabase(arguments.project, dry_run=not arguments.yes)
    for report in take(database, sheets, clock.now()):
        print(*report.lines(), sep="\n")
    print("Stored." if arguments.yes else "Nothing is stored yet: add --yes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
