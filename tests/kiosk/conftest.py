import pytest

from shared.google.firestore import Database
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.edge.machines import SETTINGS, Bench
from tests.topic import Topic


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "GOOGLE_CLOUD_PROJECT": LOADED_PROJECT}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bench(database: Database, topic: Topic, clock: MovableClock) -> Bench:
    return Bench(database, topic.publisher, clock)
