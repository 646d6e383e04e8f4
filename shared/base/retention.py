"""How long stored data is kept: Firestore's TTL policies delete a document after `purge_at`."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.base.settings import Setting


def purge_at(days: Setting, now: datetime) -> dict[str, datetime]:
    """The field `purge_at` of a document that is written now; no field where 0 keeps it for ever.

    Raises SettingError.
    """
    number = days.number()
    return {"purge_at": now + timedelta(days=number)} if number else {}


def outdated(fields: Mapping[str, object]) -> tuple[str, ...]:
    """The fields that a merge of `fields` deletes: a `purge_at` of when the setting was not 0."""
    return () if "purge_at" in fields else ("purge_at",)
