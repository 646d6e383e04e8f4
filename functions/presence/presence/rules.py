"""What a token is, when it is good, and which records an instructor should check. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from presence.errors import (
    LastTeacher,
    MarkedAbsent,
    SessionClosed,
    TokenExpired,
    TokenInvalid,
    TokenMismatch,
)
from shared.base.errors import Forbidden
from shared.base.ids import fingerprint
from shared.domain.courses import Course

TOKEN_LIFE = timedelta(seconds=120)
RETENTION = timedelta(days=1)  # an expired token still answers `token_expired`, not `token_invalid`

# No 0, 1, I, L, O: a token is read aloud and typed. 31⁸ tokens are 39 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8

# A token within what a camera has read: our own link, another group's JSON, the bare token.
_WITHIN = re.compile(rf"(?<![A-Z0-9])TKN-[{ALPHABET}]{{{LENGTH}}}(?![A-Z0-9])")

CHECKED_IN = "checked_in"
ABSENT = "absent"
BY_HAND = "manual"  # in place of a device, where the instructor has entered somebody

MOST_DEVICES = 100  # of one record: one more says nothing new

SHARED_DEVICE = "shared_device"
SEVERAL_DEVICES = "several_devices"


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting of one course."""

    course_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token on the projector, of one session."""

    token: str
    session: Session
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """What is stored of a session. `issued_at`: its last token. Never opened: all of it absent."""

    is_marked_open: bool = False
    issued_at: datetime | None = None
    stopped_at: datetime | None = None

    def is_open(self, oldest: datetime) -> bool:
        """Whether it takes check-ins; not with a last token from before `oldest`."""
        if not self.is_marked_open or self.issued_at is None:
            return False
        # A renewal that ran into a stop has marked it open again: its code is from before the stop.
        is_stopped = self.stopped_at is not None and self.issued_at <= self.stopped_at
        return self.issued_at >= oldest and not is_stopped

    def takes(self, token: Token | None, oldest: datetime) -> bool:
        """Whether it is open for this token: one from before it was stopped stays dead."""
        is_dead = token and self.stopped_at and token.issued_at <= self.stopped_at
        return self.is_open(oldest) and not is_dead


@dataclass(frozen=True, slots=True)
class Presence:
    """One user's record in one session. `devices`: all that were used, the first one first.

    `mark` names the last entry by hand, so that the same entry sent again is known.
    """

    session: Session
    user_id: str
    device_id: str
    ts: datetime
    checked_in_at: datetime
    devices: tuple[str, ...]
    status: str = CHECKED_IN
    mark: str = ""

    @property
    def is_present(self) -> bool:
        """Whether the user counts as present."""
        return self.status == CHECKED_IN

    @property
    def presence_id(self) -> str:
        """The same for the same user, course and session, in any process."""
        return "PR-" + fingerprint(self.session.course_id, self.session.session_id, self.user_id)


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry by hand, kept for good: who has set what, when and why, and what it was before."""

    user_id: str
    status: str
    was: str
    reason: str
    by: str
    by_name: str
    at: datetime

    @property
    def mark_id(self) -> str:
        """The same for the same entry by the same instructor."""
        return fingerprint(self.user_id, self.status, self.reason, self.by)


def new_token(
    session: Session, ts: datetime | None, now: datetime, choice: Callable[[str], str]
) -> Token:
    """A token that expires two minutes after `ts`, or after now where no `ts` was sent."""
    drawn = "".join(choice(ALPHABET) for _ in range(LENGTH))
    return Token("TKN-" + drawn, session, issued_at=now, expires_at=(ts or now) + TOKEN_LIFE)


def read_token(text: str) -> str:
    """A token as it is stored, from how people type it or from the link that a camera has read."""
    typed = text.strip().upper()
    match = _WITHIN.search(typed)
    return match[0] if match else typed


def require_valid_token(
    token: Token | None, session: Session, is_open: bool, ts: datetime | None, now: datetime
) -> None:
    """Raises the contract's error unless the token is valid for this session now.

    The client's `ts` can shorten the token's life, never stretch it: the server's clock decides.
    """
    if token is None:
        raise TokenInvalid
    if token.session != session:
        raise TokenMismatch
    if not is_open:
        raise SessionClosed
    if (ts or now) > token.expires_at or now - token.issued_at > TOKEN_LIFE:
        raise TokenExpired


def new_presence(
    session: Session, user_id: str, device_id: str, ts: datetime | None, now: datetime
) -> Presence:
    """The record of a first check-in."""
    return Presence(session, user_id, device_id, ts or now, now, devices=(device_id,))


def with_device(presence: Presence, device_id: str) -> Presence:
    """The record with one more device, of MOST_DEVICES at most."""
    if device_id in presence.devices or len(presence.devices) >= MOST_DEVICES:
        return presence
    return replace(presence, devices=(*presence.devices, device_id))


def named(course: Course, name: str | None, uid: str, is_admin: bool) -> Course:
    """The course with this name, None: with its own. Without a teacher it gets the caller as one.

    Raises Forbidden where it has others; an admin may name any.
    """
    teachers = course.teachers or (uid,)
    if uid not in teachers and not is_admin:
        raise Forbidden
    return replace(course, name=name or course.name, teachers=teachers)


def without_teacher(course: Course, uid: str) -> Course:
    """The course without this teacher. Raises LastTeacher."""
    if course.teachers == (uid,):
        raise LastTeacher
    return replace(course, teachers=tuple(each for each in course.teachers if each != uid))


def apply_mark(
    record: Presence | None, session: Session, mark: Mark
) -> tuple[Presence, Mark] | None:
    """The record and the entry as they are stored; None if the record has this entry already."""
    if record is None:
        record = Presence(session, mark.user_id, BY_HAND, mark.at, mark.at, (), status=ABSENT)
    elif record.mark == mark.mark_id:
        return None
    marked = replace(record, status=mark.status, mark=mark.mark_id)
    if record.device_id == BY_HAND and not record.is_present:
        marked = replace(marked, ts=mark.at, checked_in_at=mark.at)  # present from now on
    return marked, replace(mark, was=record.status)


def require_not_marked_absent(presence: Presence) -> None:
    """Raises MarkedAbsent where the instructor has marked the user absent."""
    if not presence.is_present:
        raise MarkedAbsent


def flags(presences: Iterable[Presence]) -> list[list[str]]:
    """For each record what an instructor should look at; it never refuses anybody."""
    records: Sequence[Presence] = list(presences)
    users = Counter(device for record in records for device in set(record.devices))
    return [
        [SHARED_DEVICE] * any(users[device] > 1 for device in record.devices)
        + [SEVERAL_DEVICES] * (len(record.devices) > 1)
        for record in records
    ]


def oldest_first(presences: Iterable[Presence]) -> list[Presence]:
    """By the time that is shown, then by arrival."""
    return sorted(presences, key=lambda record: (record.ts, record.checked_in_at))
