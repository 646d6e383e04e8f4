"""When a client may try a PIN, a token logs in, and a session ends. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from kiosk.errors import LoginTokenExpired, LoginTokenUsed, MachineInMaintenance, MachineInUse
from shared.base.errors import ApiError, Forbidden
from shared.domain.machines import MAINTENANCE_IDLE, MachineBlocked, Maintenance
from shared.domain.pins import Pin

ELSEWHERE = "elsewhere"  # all clients together that are not at the machine
FREE_GUESSES = 5
FREE_GUESSES_ELSEWHERE = 20
FIRST_LOCK = timedelta(seconds=60)  # doubled by each further wrong PIN
FIRST_LOCK_ELSEWHERE = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)
MOST_DOUBLINGS = 20  # far beyond the longest lock, and no number is too large for a timedelta

SESSION_LIFE = timedelta(hours=2)
PAGE_LIFE = timedelta(hours=1)  # of a page's proof; the page renews it four times as often
LOGIN_LIFE = timedelta(minutes=5)
USE_LIFE = timedelta(minutes=30)  # an older session was left open: the next user ends it

LONGEST_NAME = 100  # characters of a user's name on the screen


@dataclass(frozen=True, slots=True)
class Guesses:
    """The PINs that a client, or all clients elsewhere, tried in a row without a right one."""

    count: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None

    def wait(self, now: datetime) -> int:
        """Whole seconds until the next PIN may be tried; 0 if it may be tried now."""
        if self.locked_until is None or now >= self.locked_until:
            return 0
        return ceil((self.locked_until - now).total_seconds())

    def with_one_more(self, is_elsewhere: bool, now: datetime) -> "Guesses":
        """The guesses with one more, and with a lock once the free ones are used up.

        A PIN is counted before it is checked, so many at once get no more tries than one by one.
        """
        free = FREE_GUESSES_ELSEWHERE if is_elsewhere else FREE_GUESSES
        first_lock = FIRST_LOCK_ELSEWHERE if is_elsewhere else FIRST_LOCK
        is_old = self.last_at is None or now - self.last_at >= FORGOTTEN_AFTER
        count = 1 if is_old else self.count + 1
        if count < free:
            return Guesses(count, now, None)
        lock = min(LONGEST_LOCK, first_lock * 2 ** min(count - free, MOST_DOUBLINGS))
        return Guesses(count, now, now + lock)

    def with_one_less(self, is_elsewhere: bool) -> "Guesses":
        """The guesses without one that was right."""
        free = FREE_GUESSES_ELSEWHERE if is_elsewhere else FREE_GUESSES
        count = max(0, self.count - 1)
        return Guesses(count, self.last_at, self.locked_until if count >= free else None)


@dataclass(frozen=True, slots=True)
class LoginToken:
    """A token that a user scans from the screen of a machine. `claimed_by`: the user's id."""

    uuid: str
    generation: int
    expires_at: datetime
    claimed_by: str | None


@dataclass(frozen=True, slots=True)
class PinSession:
    """A technician's session. `generation`: of the machine's key, when the session began."""

    pin: Pin
    generation: int


@dataclass(frozen=True, slots=True)
class UserSession:
    """A user's time at a machine, from the claim to the end."""

    session_id: str
    user_id: str
    started_at: datetime


def generation(live: Mapping[str, Any], before: int | None, over: type[ApiError]) -> int:
    """The generation of a machine's key. Raises MachineBlocked, and `over` if `before` is older.

    The live state decides: an instance may have read the record before a block or a new key.
    """
    if live.get("is_blocked"):
        raise MachineBlocked
    current: int = live.get("generation", 1)
    if before is not None and before < current:
        raise over
    return current


def check_login(token: LoginToken, now: datetime) -> None:
    """Raises LoginTokenUsed or LoginTokenExpired unless the token logs a user in now."""
    if token.claimed_by is not None:
        raise LoginTokenUsed
    if now >= token.expires_at:
        raise LoginTokenExpired


def maintenance(before: Maintenance | None, pin: Pin, now: datetime) -> Maintenance:
    """A machine's maintenance after this PIN, or a command of its session: it lasts longer."""
    is_same = before is not None and before.pin_id == pin.pin_id
    began = before.started_at if before and is_same else now
    return Maintenance(pin.technician_name, pin.pin_id, began, now + MAINTENANCE_IDLE)


def check_free(is_in_maintenance: bool, session: UserSession | None, now: datetime) -> None:
    """Raises MachineInMaintenance or MachineInUse unless a user may log in at a machine now."""
    if is_in_maintenance:
        raise MachineInMaintenance
    if session and now - session.started_at < USE_LIFE:
        raise MachineInUse


def ends(session: UserSession, user_id: str | None, session_id: str | None) -> bool:
    """Whether a request to end this session ends it. None stands for any user or session.

    A late request that names an earlier session changes nothing. Raises Forbidden if another user
    is logged in.
    """
    if session_id not in (None, session.session_id):
        return False
    if user_id not in (None, session.user_id):
        raise Forbidden
    return True


def user_name(user_id: str, claims: Mapping[str, Any]) -> str:
    """The name that the screen greets a user by: of the ID token's claims, else the user's id."""
    for name in (claims.get("name"), str(claims.get("email") or "").partition("@")[0]):
        if isinstance(name, str) and name.strip():
            return name.strip()[:LONGEST_NAME]
    return user_id[:LONGEST_NAME]
