"""Who may send for a device (its key) and who may see it (its owner and admins)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import request

from devices.errors import ApiKeyInvalid, ApiKeyRequired, DeviceNotFound, TooFast
from shared.base import settings
from shared.base.once import once
from shared.base.roles import ADMIN, INSTRUCTOR, OWNER
from shared.domain.devices import Device, number_in
from shared.domain.keys import key_hash
from shared.web import auth
from shared.web.auth import User
from shared.web.cache import Cache
from shared.web.limits import rate_limit

if TYPE_CHECKING:
    from devices.rules import Sender
    from devices.store import Store

KEY_LIFE = timedelta(seconds=5)  # an old key is refused at the latest this long after a rotation
NUMBER_LIFE = timedelta(seconds=60)


class Access:
    """Keys and device numbers, cached in the memory of one instance, and the limit of each key."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._senders: Cache[Sender | None] = Cache(KEY_LIFE)
        self._numbers: Cache[int | None] = Cache(NUMBER_LIFE)
        self._limit = once(lambda: rate_limit(settings.DEVICE_RATE, settings.DEVICE_BURST))

    def sender(self, now: datetime) -> Sender:
        """The device whose API key the request carries. At most 1 read.

        Raises ApiKeyRequired, ApiKeyInvalid, and TooFast for a key that is over its limit.
        """
        key = request.headers.get("X-API-Key", "").strip()
        if not key:
            raise ApiKeyRequired
        hashed = key_hash(key)
        sender = self._senders.get(hashed, now, lambda: self._store().sender(hashed))
        if sender is None:
            raise ApiKeyInvalid
        limit = self._limit()
        if limit and (wait := limit.retry_after(hashed, now)):
            raise TooFast(wait)
        return sender

    def number(self, name: str, now: datetime) -> int:
        """The number of the device that a path names by its number or its device_id.

        At most 1 read. Raises DeviceNotFound for a device_id that no device has.
        """
        number = number_in(name)
        if number is not None:
            return number
        number = self._numbers.get(name, now, lambda: self._store().number_of(name))
        if number is None:
            self._numbers.drop(name)  # the device may be registered the next moment
            raise DeviceNotFound
        return number

    def forget(self, device: Device) -> None:
        """Drops the device_id of a deleted device from the cache."""
        self._numbers.drop(device.device_id)


def registrant(_group: object) -> User:
    """The holder of a token that may register devices, in both modes.

    Raises Unauthorized, Forbidden.
    """
    user = auth.user()
    user.require_role(OWNER, INSTRUCTOR, ADMIN)
    return user


def quota(user: User) -> int:
    """How many devices the user may register; 0 is no limit. Raises SettingError."""
    return 0 if user.role == ADMIN else int(settings.DEVICES_PER_OWNER.number())


def owned(device: Device | None, user: User) -> Device:
    """The device, if it exists and the user may see it. Raises DeviceNotFound otherwise."""
    if device is None or (device.owner != user.uid and user.role != ADMIN):
        raise DeviceNotFound
    return device
