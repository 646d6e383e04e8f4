"""What the devices group refuses.

The first line of each docstring is published in the API's document.
"""

from shared.base import settings
from shared.base.errors import Forbidden, NotFound, TooMany, Unauthorized, ValidationFailed


class ApiKeyRequired(Unauthorized):
    """No key was sent."""

    message = "API key required"


class ApiKeyInvalid(Unauthorized):
    """No device has this key, or has it any more."""

    message = "Invalid API key"
    label = "INVALID_API_KEY"


class TooFast(TooMany):
    """More requests of one key than it may send."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(retry_after)
        self.limit = f"{settings.DEVICE_RATE.get()} per second"


class DeviceNotFound(NotFound):
    """There is no such device, as far as this caller is concerned."""

    message = "Device not found"


class DeviceQuotaReached(Forbidden):
    """The caller has as many devices as one owner may register."""

    label = "DEVICE_QUOTA_REACHED"

    def __init__(self, most: int = 0) -> None:
        super().__init__()
        self.message = f"You have {most} devices, as many as one owner may register"


class TooManyDays(ValidationFailed):
    """The readings are of too many days: each day that a POST counts in is a write."""

    def __init__(self, most: int = 0) -> None:
        super().__init__({"data": [f"The data field must not span more than {most} days."]})


class DeviceIdInUse(ValidationFailed):
    """Another device has this device_id."""

    def __init__(self) -> None:
        super().__init__({"device_id": ["The device_id has already been taken."]})
