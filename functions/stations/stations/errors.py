"""What the stations group refuses.

The first line of each docstring is published in the API's document.
"""

from shared.base.errors import NotFound


class StationNotFound(NotFound):
    """There is no such station, or its owner keeps it private."""

    message = "Station not found"
