"""Who counts as silent, and which commands and sessions are overdue. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain import machines


def is_silent(state: Mapping[str, Any], since: datetime) -> bool:
    """Whether a device or machine is marked online although it was last heard before `since`."""
    return state.get("status") == "online" and bool(state["last_seen"] < since)


def is_overdue(command: Mapping[str, Any], now: datetime) -> bool:
    """Whether a command expired before a machine fetched it."""
    return command["status"] == machines.PENDING and bool(command["expires_at"] <= now)


def is_left_open(session: Mapping[str, Any], oldest: datetime) -> bool:
    """Whether a session is marked open although its last code is older than `oldest`."""
    return bool(session["open"] and session["issued_at"] < oldest)
