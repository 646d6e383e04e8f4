"""Wrong PINs and login tokens: how long who has to wait, and what is over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from shared.errors import Conflict, Gone, TooMany, Unauthorized
from shared.timestamps import parse

ELSEWHERE = "elsewhere"  # all clients together that are not at the machine
FREE_GUESSES = 5
FREE_GUESSES_ELSEWHERE = 20
FIRST_LOCK = timedelta(seconds=60)  # doubled by each further wrong PIN
FIRST_LOCK_ELSEWHERE = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)

SESSION_LIFE = timedelta(hours=2)
LOGIN_LIFE = timedelta(minutes=5)
USE_LIFE = timedelta(minutes=30)  # an older session was left open: the next user ends it


class WrongPin(Unauthorized):
    """No PIN of this machine reads so."""

    message = "Wrong PIN"
    label = "WRONG_PIN"

    def __init__(self, remaining: int) -> None:
        super().__init__()
        self.remaining = remaining

    @property
    def details(self) -> dict[str, object]:
        return {"remaining_attempts": self.remaining}


class PinLocked(TooMany):
    """Too many wrong PINs came from this client."""

    message = "Too many wrong PINs"
    label = "PIN_LOCKED"

    @property
    def details(self) -> dict[str, object]:
        return {**super().details, "remaining_attempts": 0}


class LoginTokenUsed(Conflict):
    """Somebody has claimed the token."""

    message = "This code has been used already"
    label = "TOKEN_CLAIMED"


class LoginTokenExpired(Gone):
    """The token is over."""

    message = "This code has expired"
    label = "TOKEN_EXPIRED"


class MachineInUse(Conflict):
    """Somebody else is logged in."""

    message = "Somebody is logged in at this machine"
    label = "MACHINE_IN_USE"


class MachineInMaintenance(Conflict):
    """A technician is at work."""

    message = "This machine is in maintenance"
    label = "MACHINE_IN_MAINTENANCE"


@dataclass(frozen=True, slots=True)
class Guesses:
    """The PINs tried in a row by one client, or by all from elsewhere, since one was right."""

    count: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None

    def wait(self, now: datetime) -> int:
        """Whole seconds until the next one may be tried; 0 where it may."""
        if self.locked_until is None or now >= self.locked_until:
            return 0
        return ceil((self.locked_until - now).total_seconds())

    def one_more(self, is_elsewhere: bool, now: datetime) -> "Guesses":
        """With one more, counted before it is looked at: many at once get no more than one does."""
        free = FREE_GUESSES_ELSEWHERE if is_elsewhere else FREE_GUESSES
        first = FIRST_LOCK_ELSEWHERE if is_elsewhere else FIRST_LOCK
        old = self.last_at is None or now - self.last_at >= FORGOTTEN_AFTER
        count = 1 if old else self.count + 1
        if count < free:
            return Guesses(count, now, None)
        lock = min(LONGEST_LOCK, first * 2 ** min(count - free, 20))
        return Guesses(count, now, now + lock)

    def without_one(self, is_elsewhere: bool) -> "Guesses":
        """Without one that was right."""
        free = FREE_GUESSES_ELSEWHERE if is_elsewhere else FREE_GUESSES
        count = max(0, self.count - 1)
        return Guesses(count, self.last_at, self.locked_until if count >= free else None)


def guesses(stored: Mapping[str, Any] | None) -> Guesses:
    """Guesses as they are stored."""
    if not stored:
        return Guesses()
    return Guesses(stored["count"], stored["last_at"], stored["locked_until"])


def check_login(stored: Mapping[str, Any], now: datetime) -> None:
    """Raises LoginTokenUsed and LoginTokenExpired."""
    if stored["claimed_by"] is not None:
        raise LoginTokenUsed
    if now >= stored["expires_at"]:
        raise LoginTokenExpired


def check_free(live: Mapping[str, Any], now: datetime) -> None:
    """Raises MachineInMaintenance and MachineInUse."""
    if live.get("is_maintenance_mode"):
        raise MachineInMaintenance
    session = live.get("session")
    if session and now - parse(session["started_at"]) < USE_LIFE:
        raise MachineInUse


def user_name(claims: Mapping[str, Any]) -> str:
    """What to greet a user by."""
    for name in (claims.get("name"), str(claims.get("email") or "").partition("@")[0]):
        if isinstance(name, str) and name.strip():
            return name.strip()[:100]
    return str(claims.get("uid", ""))[:100]
