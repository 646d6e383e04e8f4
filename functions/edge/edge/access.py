"""Who may speak for a machine: its API key. Who may look after machines: admins."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import request

from edge import rules
from shared.auth import ADMIN, Caller, caller
from shared.cache import Cache
from shared.errors import Unauthorized
from shared.keys import key_hash
from shared.machines import Machine, MachineBlocked, MachineNotFound, uuid_in

if TYPE_CHECKING:
    from edge.store import Store

KEY_LIFE = timedelta(seconds=5)  # a key that was changed is refused after this at the latest


class ApiKeyRequired(Unauthorized):
    """No key was sent."""

    message = "API key required"
    label = "MISSING_API_KEY"


class ApiKeyInvalid(Unauthorized):
    """No machine has this key, or has it any more."""

    message = "Invalid API key"
    label = "INVALID_API_KEY"


class Access:
    """The doors of the group, with what one instance remembers of them."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._machines: Cache[Machine | None] = Cache(KEY_LIFE)

    def by_key(self, now: datetime) -> Machine:
        """The machine whose API key the request carries. At most 1 read."""
        headers = request.headers
        key = (headers.get("X-RVM-API-KEY") or headers.get("X-API-Key") or "").strip()
        if not key:
            raise ApiKeyRequired
        uuid = rules.machine_of(key)
        found = self._machines.get(uuid, now, lambda: self._store().machine(uuid)) if uuid else None
        if found is None or not hmac.compare_digest(found.key_hash, key_hash(key)):
            raise ApiKeyInvalid
        if found.is_blocked:
            raise MachineBlocked
        return found

    def forget(self, machine: Machine) -> None:
        """Forgets a machine that has changed."""
        self._machines.drop(machine.uuid)

    def admin(self) -> Caller:
        """The request's bearer. Raises Unauthorized and Forbidden."""
        who = caller()
        who.role(ADMIN)
        return who

    def machine(self, place: str) -> Machine:
        """The machine of a path, for an admin. 1 read."""
        self.admin()
        uuid = uuid_in(place)
        found = self._store().machine(uuid) if uuid else None
        if found is None:
            raise MachineNotFound
        return found
