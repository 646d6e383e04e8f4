"""Who may speak for a device (its key) and who may look at it (its owner)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import request

from shared import settings
from shared.auth import ADMIN, caller
from shared.cache import Cache
from shared.errors import NotFound, TooMany, Unauthorized
from shared.keys import key_hash
from shared.limits import RateLimit
from shared.once import once
from shared.stations import Device, number_in

if TYPE_CHECKING:
    from devices.store import Opened, Store

KEY_LIFE = timedelta(seconds=5)  # a key that was rotated is refused after this at the latest
NUMBER_LIFE = timedelta(seconds=60)


class ApiKeyRequired(Unauthorized):
    """No key was sent."""

    message = "API key required"


class ApiKeyInvalid(Unauthorized):
    """No device has this key, or has it any more."""

    message = "Invalid API key"
    label = "INVALID_API_KEY"


class TooFast(TooMany):
    """More requests of one key than it may send."""

    @property
    def limit(self) -> str:  # type: ignore[override]
        return f"{settings.DEVICE_RATE.get()} per second"


class DeviceNotFound(NotFound):
    """There is no such device, as far as this caller is concerned."""

    message = "Device not found"


class Access:
    """The doors of the group, with what one instance remembers of them."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._keys: Cache[Opened | None] = Cache(KEY_LIFE)
        self._numbers: Cache[int | None] = Cache(NUMBER_LIFE)
        self._limit = once(
            lambda: RateLimit(float(settings.DEVICE_RATE.get()), int(settings.DEVICE_BURST.get()))
        )

    def by_key(self, now: datetime) -> Opened:
        """What the request's API key opens, at most so often a second. At most 1 read."""
        key = request.headers.get("X-API-Key", "").strip()
        if not key:
            raise ApiKeyRequired
        hashed = key_hash(key)
        opened = self._keys.get(hashed, now, lambda: self._store().opened_by(hashed))
        if opened is None:
            raise ApiKeyInvalid
        if wait := self._limit().retry_after(hashed, now):
            raise TooFast(wait)
        return opened

    def number(self, place: str, now: datetime) -> int:
        """A device's number from a path: the number itself, else the device's own name.

        Only for somebody who is signed in: a stranger costs no read.
        """
        caller()
        if (number := number_in(place)) is not None:
            return number
        found = self._numbers.get(place, now, lambda: self._store().number_of(place))
        if found is None:
            self._numbers.drop(place)  # it may be registered the next moment
            raise DeviceNotFound
        return found

    def forget(self, device: Device) -> None:
        """Forgets the name of a device that is gone."""
        self._numbers.drop(device.device_id)

    def owned(self, device: Device | None) -> Device:
        """The device, if the request's bearer owns it or is an admin. Raises DeviceNotFound."""
        who = caller()
        if device is None or (device.owner != who.uid and who.claims.get("role") != ADMIN):
            raise DeviceNotFound
        return device
