import pytest

from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.presence.clients import Classroom


@pytest.fixture
def classroom(database: Database, clock: MovableClock) -> Classroom:
    return Classroom(database, clock)
