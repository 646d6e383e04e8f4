"""Alerts: what an owner asked to be told, and the documents that tell it.

alerts/{number-rule-begin}   raised_at, and cleared_at once it is over
"""

from datetime import datetime
from typing import Any

from shared import timestamps
from shared.documents import Database, create, merge

OFFLINE = "offline"


def alert_id(number: int, rule: str, begin: datetime) -> str:
    """The same for the same device, rule and begin: an alert is raised once."""
    return f"{number}-{rule}-{timestamps.millis(begin)}"


def raised(
    database: Database, number: int, rule: str, begin: datetime, fields: dict[str, Any]
) -> Any:
    """A write that raises an alert, and fails the commit where it is raised already."""
    name = database.name("alerts", alert_id(number, rule, begin))
    return create(name, {"id": number, "rule": rule, "begin": begin, "cleared_at": None, **fields})


def cleared(database: Database, number: int, rule: str, begin: datetime, now: datetime) -> Any:
    """A write that ends an alert."""
    name = database.name("alerts", alert_id(number, rule, begin))
    return merge(name, {"cleared_at": now})
