import pytest

from shared.google.firestore import Database
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.devices.sensors import Sensor
from tests.topic import Topic


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICE_KEY_SECRET", "a secret of the tests, long enough to be one")
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")  # never called
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)


@pytest.fixture
def sensor(database: Database, topic: Topic, clock: MovableClock) -> Sensor:
    return Sensor(database, topic.publisher, clock)
