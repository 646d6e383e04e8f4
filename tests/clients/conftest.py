from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.google.firestore import Database
from tests.clients.doors import Door
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.devices.sensors import Sensor
from tests.edge.machines import SETTINGS, Bench
from tests.topic import Topic


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICE_KEY_SECRET", "a secret of the tests, long enough to be one")
    for name, value in {**SETTINGS, "GOOGLE_CLOUD_PROJECT": LOADED_PROJECT}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands at the real time: the clients date what they send."""
    return MovableClock(datetime.now(UTC))


@pytest.fixture
def sensor(database: Database, topic: Topic, clock: MovableClock) -> Sensor:
    return Sensor(database, topic.publisher, clock)


@pytest.fixture
def bench(database: Database, topic: Topic, clock: MovableClock) -> Bench:
    return Bench(database, topic.publisher, clock)


@pytest.fixture
def door() -> Iterator[Door]:
    """The network between a client and the functions."""
    door = Door()
    yield door
    door.end()
