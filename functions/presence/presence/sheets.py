"""What an export holds, as rows of cells, of a session or a course. Data in, value out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from presence import rules
from presence.rules import Mark, Presence, Session
from shared.domain.rosters import Student

TEXTS = {
    "id": {
        "title": "Presensi", "user_id": "NIM", "name": "Nama", "status": "Status", "time": "Waktu",
        "device": "Perangkat", "flags": "Catatan", "reason": "Alasan", "by": "Diisi oleh",
        "present": "Hadir", "share": "Kehadiran", "checked_in": "hadir", "absent": "tidak hadir",
        "shared_device": "perangkat dipakai bersama", "several_devices": "beberapa perangkat",
        "manual": "diisi manual", "all": "Semua",
    },
    "en": {
        "title": "Attendance", "user_id": "Student ID", "name": "Name", "status": "Status",
        "time": "Time", "device": "Device", "flags": "Remarks", "reason": "Reason",
        "by": "Entered by", "present": "Present", "share": "Attendance",
        "checked_in": "present", "absent": "absent", "shared_device": "shared device",
        "several_devices": "several devices", "manual": "entered by hand", "all": "All",
    },
}  # fmt: skip


class Share(NamedTuple):
    """A part of a whole, to be shown as a percentage."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0


Cell = str | int | Share | datetime | None


@dataclass(frozen=True)
class Sheet:
    """A table with its headings. Times are without a zone, as spreadsheets have them."""

    title: str
    head: list[str]
    rows: list[list[Cell]]


def of_session(
    roster: Sequence[Student],
    records: Sequence[Presence],
    marks: Sequence[Mark],
    language: str,
    offset: timedelta,
) -> Sheet:
    """Everybody of the roster in its order, then who else came, with the last entry by hand."""
    texts, last = TEXTS[language], {mark.user_id: mark for mark in marks}
    flagged = dict(zip((r.user_id for r in records), rules.flags(records), strict=True))
    by_user = {record.user_id: record for record in records}

    def row(student: Student) -> list[Cell]:
        record, mark = by_user.get(student.user_id), last.get(student.user_id)
        there = record is not None and record.is_present
        device = record.device_id if record and there else ""
        return [
            student.user_id,
            student.name,
            texts[rules.CHECKED_IN if there else rules.ABSENT],
            _local(record.checked_in_at, offset) if record and there else None,
            texts["manual"] if device == rules.BY_HAND else device,
            ", ".join(texts[flag] for flag in flagged.get(student.user_id, [])),
            mark.reason if mark else "",
            mark.by_name if mark else "",
        ]

    zone = f"{texts['time']} ({_zone(offset)})"
    head = [texts[key] for key in ("user_id", "name", "status")] + [zone]
    head += [texts[key] for key in ("device", "flags", "reason", "by")]
    return Sheet(texts["title"], head, [row(student) for student in _all(roster, records)])


def of_course(
    roster: Sequence[Student],
    sessions: Mapping[Session, Sequence[Presence]],
    language: str,
) -> Sheet:
    """A row for each student and a column for each session: 1 for present, with percentages."""
    texts = TEXTS[language]
    ordered = sorted(sessions, key=lambda session: _natural(session.session_id))
    there = [
        {record.user_id for record in sessions[session] if record.is_present} for session in ordered
    ]
    everybody = _all(roster, [record for session in ordered for record in sessions[session]])
    rows: list[list[Cell]] = []
    for student in everybody:
        came = [int(student.user_id in present) for present in there]
        who = [student.user_id, student.name]
        rows.append([*who, *came, sum(came), Share(sum(came), len(came))])
    # Who is not on the roster is listed, and is no part of the class.
    of_class = {student.user_id for student in roster or everybody}
    came_of_class = [len(present & of_class) for present in there]
    shares = [Share(number, len(of_class)) for number in came_of_class]
    total = sum(came_of_class)
    whole = len(of_class) * len(ordered)
    rows.append([texts["all"], "", *shares, total, Share(total, whole)])
    head = [texts["user_id"], texts["name"], *(session.session_id for session in ordered)]
    return Sheet(texts["title"], [*head, texts["present"], texts["share"]], rows)


def _all(roster: Sequence[Student], records: Sequence[Presence]) -> list[Student]:
    """The roster, and after it who came without being on it."""
    known = {student.user_id for student in roster}
    others = dict.fromkeys(r.user_id for r in records if r.user_id not in known)
    return [*roster, *(Student(user_id, "") for user_id in others)]


def _natural(text: str) -> list[tuple[int, int, str]]:
    """For sorting: numbers within a name by their value, so that sesi-10 follows sesi-9."""
    parts = re.findall(r"[0-9]{1,9}|[^0-9]+", text)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in parts]


def _local(moment: datetime, offset: timedelta) -> datetime:
    return (moment + offset).replace(tzinfo=None, microsecond=0)


def _zone(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
