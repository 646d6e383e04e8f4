"""The alerts of a device's owner: a threshold that is crossed, a device that is silent.

alerts/{number-rule-begin}   raised_at, and cleared_at once it is over
"""

from collections.abc import Collection
from datetime import datetime

from shared.base import timestamps
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write

OFFLINE = "offline"  # the rule of an alert of silence
MOST_ENDED = 100  # states of thresholds that the owner took away; they keep late messages silent


def alert_id(number: int, rule: str, begin: datetime) -> str:
    """The id of an alert. Device, rule and begin identify it, so that it is raised only once."""
    return f"{number}-{rule}-{timestamps.millis(begin)}"


def path(database: Database, number: int, rule: str, begin: datetime) -> str:
    """The path of an alert."""
    return database.path("alerts", alert_id(number, rule, begin))


def raise_alert(
    database: Database, number: int, rule: str, begin: datetime, fields: Document
) -> Write:
    """The write that raises an alert. Its commit raises AlreadyExists if the alert exists."""
    alert = {"id": number, "rule": rule, "begin": begin, "cleared_at": None, **fields}
    return Write.create(path(database, number, rule, begin), alert)


def clear_alert(
    database: Database, number: int, rule: str, begin: datetime, now: datetime
) -> Write:
    """The write that clears an alert."""
    return Write.set(path(database, number, rule, begin), {"cleared_at": now}, merge=True)


def bounded_states(states: Document, current: Collection[str]) -> Document:
    """The states of thresholds, by rule: all current ones, and the newest of those that ended."""
    ended = [rule for rule in states if rule not in current]
    ended.sort(key=lambda rule: (states[rule]["is_raised"], states[rule]["seen_ms"]))
    dropped = set(ended[:-MOST_ENDED])
    return {rule: state for rule, state in states.items() if rule not in dropped}
