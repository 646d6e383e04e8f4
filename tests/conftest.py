"""The bench: a real Firestore emulator, functions through the production loader, a clock to move."""

import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import functions_framework
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from shared.documents import Database
from shared.emulator import channel, signed
from tests.meter import Meter
from tests.suite.running import Suite, free_ports_in_a_row
from tests.topic import Topic
from tools import emulators
from tools.places import ROOT

LOADED_PROJECT = "demo-loaded"  # of functions that find their database by themselves

NEEDS = {"firestore_host": "emulator", "browser": "npm", "bundle": "npm", "demo": "suite"}

settings.register_profile("simpul", deadline=None, derandomize=True, database=None)
settings.load_profile("simpul")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs more than Python, so that `test unit` can leave it out.

    The tests of `up` come first: they leave a suite for those of the pages.
    """
    for item in items:
        for fixture in NEEDS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(NEEDS[fixture])
    items.sort(key=lambda item: "/suite/" not in item.nodeid)


class MovableClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 2, 18, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def firestore_host() -> Iterator[str]:
    with emulators.running("firestore") as host:
        yield host


@pytest.fixture(scope="session")
def pubsub_host() -> Iterator[str]:
    with emulators.running("pubsub") as host:
        yield host


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The one `dev.py up` of all tests: whoever needs it starts it where it does not run.

    It may be left running for others; that it ends as it should is seen to here.
    """
    made = Suite(tmp_path_factory.mktemp("suite"), free_ports_in_a_row())
    yield made
    if made.running:
        assert made.stop() == 0, made.output


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def database_of(firestore_host: str, meter: Meter) -> Callable[[], Database]:
    """Makes empty databases, each of its caller alone."""
    shared = channel(firestore_host, meter)
    return lambda: Database(shared, f"demo-{uuid.uuid4().hex[:12]}", headers=signed())


@pytest.fixture
def database(database_of: Callable[[], Database]) -> Database:
    """An empty database of this test alone."""
    return database_of()


@pytest.fixture
def topic(pubsub_host: str) -> Topic:
    """An empty topic of this test alone."""
    return Topic(pubsub_host, f"demo-{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def loaded(firestore_host: str, pubsub_host: str) -> Iterator[Callable[[str], FlaskClient]]:
    """Any function by name, loaded from its folder as in production, on an emptied database."""
    patch = pytest.MonkeyPatch()
    patch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    patch.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
    patch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    Topic(pubsub_host, LOADED_PROJECT)
    empty(firestore_host, LOADED_PROJECT)
    with patch.context():
        yield load
    patch.undo()


def load(group: str) -> FlaskClient:
    """A client of the function, as the functions framework serves it."""
    source: Path = ROOT / "functions" / group / "main.py"
    app: Flask = functions_framework.create_app(group, str(source))  # type: ignore[no-untyped-call]
    return app.test_client()


def empty(host: str, project: str) -> None:
    """Deletes all that the emulator holds for a project."""
    url = f"http://{host}/emulator/v1/projects/{project}/databases/(default)/documents"
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=30).close()
