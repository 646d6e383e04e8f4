"""How long a session of a course stays open after its last code."""

from datetime import UTC, datetime, timedelta

from shared.base import settings

ALWAYS = datetime.min.replace(tzinfo=UTC)


def oldest_code(now: datetime) -> datetime:
    """A session whose last code is older has closed automatically. Raises SettingError."""
    hours = settings.SESSION_HOURS.number()
    return now - timedelta(hours=hours) if hours else ALWAYS
