"""Fixtures of all tests: emulators, databases, functions loaded as in production, a clock."""

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

from shared.google.emulator import channel, signed
from shared.google.firestore import Database
from tests.meter import Meter
from tests.suite.running import Suite, free_ports_in_a_row
from tests.topic import Topic
from tools import emulators
from tools.paths import ROOT

LOADED_PROJECT = (
    "demo-loaded"  # the project of functions that connect to their database by themselves
)

MARKER_OF_FIXTURE = {
    "firestore_host": "emulator",
    "pubsub_host": "emulator",
    "auth_host": "emulator",
    "browser": "npm",
    "bundle": "npm",
    "demo": "suite",
}
# They start processes or servers, wait for deadlines, pack archives or copy the project.
SLOW = (
    "tests/benchmarks/test_cold_modules.py",
    "tests/browser/",
    "tests/conformance/",
    "tests/infra/",
    "tests/newcomer/",
    "tests/shared/test_bodies.py",
    "tests/shared/test_deadline.py",
    "tests/tools/test_parallel.py",
)

settings.register_profile("simpul", deadline=None, derandomize=True, database=None)
settings.load_profile("simpul")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that `dev.py test unit` leaves out.

    The tests of `up` come first: the tests of the pages use the suite that they start.
    """
    for item in items:
        for fixture in MARKER_OF_FIXTURE.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(MARKER_OF_FIXTURE[fixture])
        if item.nodeid.startswith(SLOW):
            item.add_marker("slow")
    items.sort(key=lambda item: "/suite/" not in item.nodeid)


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime = datetime(2026, 2, 18, 10, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Switches AUTH_MODE=verified on, with the unsigned tokens of tests/tokens.py."""

    def switch() -> None:
        monkeypatch.setenv("AUTH_MODE", "verified")
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
        monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")  # asked for nothing

    return switch


@pytest.fixture
def verified(verify: Callable[[], None]) -> None:
    """AUTH_MODE=verified for the whole test."""
    verify()


@pytest.fixture(scope="session")
def firestore_host() -> Iterator[str]:
    with emulators.running("firestore") as host:
        yield host


@pytest.fixture(scope="session")
def pubsub_host() -> Iterator[str]:
    with emulators.running("pubsub") as host:
        yield host


@pytest.fixture(scope="session")
def auth_host() -> Iterator[str]:
    with emulators.running("auth") as host:
        yield host


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The one `dev.py up` of all tests. The first test that needs it starts it.

    It runs until the end of the session, which checks that it ends with exit code 0.
    """
    suite = Suite(tmp_path_factory.mktemp("suite"), free_ports_in_a_row())
    yield suite
    if suite.running:
        assert suite.stop() == 0, suite.output


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def database_of(firestore_host: str, meter: Meter) -> Callable[[], Database]:
    """Creates an empty database at each call."""
    shared = channel(firestore_host, meter)
    return lambda: Database(shared, f"demo-{uuid.uuid4().hex[:12]}", headers=signed())


@pytest.fixture
def database(database_of: Callable[[], Database]) -> Database:
    """An empty database for this test only."""
    return database_of()


@pytest.fixture
def topic(pubsub_host: str) -> Topic:
    """An empty topic for this test only."""
    return Topic(pubsub_host, f"demo-{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def loaded(firestore_host: str, pubsub_host: str) -> Iterator[Callable[[str], FlaskClient]]:
    """Loads a function by name from its folder, as in production, with an empty database."""
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
    """Deletes all documents of a project in the emulator."""
    url = f"http://{host}/emulator/v1/projects/{project}/databases/(default)/documents"
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=30).close()
