"""Who may send as a phone and who may read it, and how fast."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.base import settings
from shared.base.errors import Forbidden
from shared.base.once import once
from shared.base.roles import ADMIN, INSTRUCTOR
from shared.web.auth import Caller
from shared.web.cache import Cache
from shared.web.client import client_address
from shared.web.limits import rate_limit
from telemetry.errors import DeviceNotFound, TooFast

if TYPE_CHECKING:
    from telemetry.store import Store

OWNER_LIFE = timedelta(minutes=5)


class Access:
    """Owners of phones, cached in the memory of one instance, and the limits of each phone."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._owners: Cache[str | None] = Cache(OWNER_LIFE)
        self._phones = once(lambda: rate_limit(settings.TELEMETRY_RATE, settings.TELEMETRY_BURST))
        self._addresses = once(
            lambda: rate_limit(settings.TELEMETRY_ADDRESS_RATE, settings.TELEMETRY_ADDRESS_BURST)
        )

    def require_rate(self, sender: Caller, device_id: str, now: datetime) -> None:
        """Counts a POST of a phone and of its address. Raises TooFast; then it counts as none.

        Another account, or another address where nobody signs in, does not use up a phone's rate.
        """
        phones, addresses = self._phones(), self._addresses()
        if phones is None and addresses is None:
            return
        address = client_address()
        wait = addresses.wait(address, now) if addresses else 0
        if phones and not wait:
            wait = phones.retry_after(f"{sender.uid or address} {device_id}", now)
        if wait:
            raise TooFast(wait)
        if addresses:
            addresses.retry_after(address, now)

    def sender(self, sender: Caller, device_id: str, now: datetime) -> str | None:
        """The account that a phone belongs to, which is the sender; None in AUTH_MODE=open.

        The first account that sends as a phone becomes its owner. At most 1 read in five minutes,
        and 1 write, once. Raises Forbidden.
        """
        uid = sender.uid
        if uid is None:
            return None

        def claim() -> str:
            return self._store().claim(device_id, uid, now)

        # None: a reader has looked at the same moment, and found no owner yet.
        owner = self._owners.get(device_id, now, claim) or claim()
        if owner != uid:
            raise Forbidden
        return uid

    def require_reader(self, reader: Caller, device_id: str, now: datetime) -> None:
        """Passes for the owner of a phone, instructors and admins, and for all in AUTH_MODE=open.

        At most 1 read; none for instructors and admins. Raises Forbidden, and DeviceNotFound for a
        phone that belongs to nobody.
        """
        with suppress(Forbidden):
            reader.require_role(INSTRUCTOR, ADMIN)
            return
        owner = self._owners.get(device_id, now, lambda: self._store().owner(device_id))
        if owner is None:
            self._owners.drop(device_id)  # somebody may use the phone the next moment
            raise DeviceNotFound
        reader.require_user(owner)
