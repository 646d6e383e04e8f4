"""What the stations group refuses.

The first line of each docstring is published in the API's document.
"""

from shared.base.errors import NotFound, ValidationFailed


class StationNotFound(NotFound):
    """There is no such station, or its owner keeps it private."""

    message = "Station not found"


class UnknownStation(ValidationFailed):
    """There is no such station, and none after it, so no page begins there."""

    def __init__(self) -> None:
        super().__init__({"after": ["The selected after is invalid."]})
