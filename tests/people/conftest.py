from collections.abc import Iterator

import firebase_admin
import pytest
import requests

from shared.google import accounts
from shared.google.accounts import Accounts
from shared.google.firestore import Database
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.people.credentials import SECRET
from tests.people.school import Door, School
from tools.paths import PROJECT


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GOOGLE_CLOUD_PROJECT": LOADED_PROJECT,
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",
        "PEOPLE_SECRET": SECRET,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def service(auth_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """The accounts of the emulator's one project, of which there are none yet."""
    url = f"http://{auth_host}/emulator/v1/projects/{PROJECT}/accounts"
    requests.delete(url, headers={"Authorization": "Bearer owner"}, timeout=30).raise_for_status()
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_host)
    yield accounts.of_project(PROJECT)
    firebase_admin.delete_app(firebase_admin.get_app(f"accounts of {PROJECT}"))


@pytest.fixture
def school(database: Database, service: Accounts, clock: MovableClock) -> School:
    return School(database, service, clock)


@pytest.fixture
def door(auth_host: str) -> Door:
    return Door(auth_host)
