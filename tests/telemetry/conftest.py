import pytest

from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.telemetry.phones import LIMITS, Phone
from tests.topic import Topic


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests send faster than a phone. Those of the limits set them."""
    for name in LIMITS:
        monkeypatch.setenv(name, "0")


@pytest.fixture
def phone(database: Database, topic: Topic, clock: MovableClock) -> Phone:
    return Phone(database, topic.publisher, clock)
