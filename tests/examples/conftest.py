from tests.clients.conftest import clock, door, sensor, settings

__all__ = ["clock", "door", "sensor", "settings"]
