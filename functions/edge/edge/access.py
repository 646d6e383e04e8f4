"""Who may call: a machine by its API key, an admin by an ID token."""

from __future__ import annotations

import hmac
from typing import Any

from flask import g, request

from edge import rules
from edge.errors import ApiKeyInvalid, ApiKeyRequired
from edge.group import Group
from shared.domain.keys import key_hash
from shared.domain.machines import Machine, MachineBlocked, MachineNotFound, uuid_in
from shared.web import auth


def machine_by_key(group: Group) -> Machine:
    """The machine whose API key the request carries. At most 1 read.

    Raises ApiKeyRequired, ApiKeyInvalid, MachineBlocked.
    """
    headers = request.headers
    key = (headers.get("X-RVM-API-KEY") or headers.get("X-API-Key") or "").strip()
    if not key:
        raise ApiKeyRequired
    uuid = rules.uuid_of_key(key)
    machine = (
        group.machines.get(uuid, group.now(), lambda: group.store().machine(uuid)) if uuid else None
    )
    if machine is None or not hmac.compare_digest(machine.key_hash, key_hash(key)):
        raise ApiKeyInvalid
    if machine.is_blocked:
        raise MachineBlocked
    return machine


def pull_uuid(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Moves the URL parameter `place` to `flask.g`, where `machine_for_admin` reads it.

    The handlers receive the machine instead of its uuid.
    """
    g.machine_uuid = (values or {}).pop("place", "")


def machine_for_admin(group: Group) -> Machine:
    """The machine that the path names, by its uuid, for an admin. 1 read.

    Raises Unauthorized, Forbidden, MachineNotFound.
    """
    auth.admin()
    uuid = uuid_in(g.machine_uuid)
    machine = group.store().machine(uuid) if uuid else None
    if machine is None:
        raise MachineNotFound
    return machine
