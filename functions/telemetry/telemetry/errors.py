"""What the telemetry group refuses. The API document shows each docstring's first line."""

from shared.base.errors import NotFound


class DeviceNotFound(NotFound):
    """Nothing was ever received of this device."""

    code = "device_not_found"
