import pytest

from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.telemetry.phones import Phone
from tests.topic import Topic


@pytest.fixture
def phone(database: Database, topic: Topic, clock: MovableClock) -> Phone:
    return Phone(database, topic.publisher, clock)
