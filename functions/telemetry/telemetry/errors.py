"""What the telemetry group refuses. The API document shows each docstring's first line."""

from shared.base.errors import NotFound, TooMany


class DeviceNotFound(NotFound):
    """Nothing was ever received of this device."""

    code = "device_not_found"


class TooFast(TooMany):
    """More POSTs of one device, or from one address, than it may send."""
