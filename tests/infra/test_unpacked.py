"""Each archive, in an empty folder with nothing but its requirements installed, serves."""

import os
import secrets
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.google import emulator
from shared.google.firestore import Database
from tests.conftest import empty
from tests.infra.conftest import Deployment
from tests.infra.deploying import PROJECT, install, unpack
from tests.infra.test_packing import sources
from tests.topic import Topic
from tests.waiting import until
from tools.paths import ROOT, groups
from tools.processes import Process, answers, free_ports

OF_THE_SYSTEM = ("SYSTEMROOT", "TEMP", "TMP")  # nothing starts on Windows without them
Serving = dict[str, str]


def manifest_environment(function: dict[str, Any]) -> dict[str, str]:
    """What the platform sets for a function, as the CLI would have asked for it."""
    declared = function.get("secretEnvironmentVariables", [])
    return {
        **function["environmentVariables"],
        **{secret["key"]: secrets.token_hex(16) for secret in declared},
        "FUNCTION_TARGET": function["entryPoint"],
        "FUNCTION_SIGNATURE_TYPE": "cloudevent" if "eventTrigger" in function else "http",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
    }


@pytest.fixture(scope="module")
def unpacked(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each function."""
    folder = tmp_path_factory.mktemp("unpacked")
    return {name: unpack(deployment.project, name, folder / name) for name in deployment.functions}


@pytest.fixture(scope="module")
def programs(
    unpacked: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Path]]:
    """The programs of each function's own environment; equal requirements share one."""
    folder = tmp_path_factory.mktemp("environments")
    wanted = {
        name: (path / "requirements.txt").read_text("utf-8") for name, path in unpacked.items()
    }
    first = {text: name for name, text in wanted.items()}
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(
            lambda name: install(unpacked[name] / "requirements.txt", folder / name), first.values()
        )
        bins = dict(zip(first, made, strict=True))
    yield {name: bins[text] for name, text in wanted.items()}
    shutil.rmtree(folder, ignore_errors=True)  # some hundred megabytes


@pytest.fixture(scope="module")
def served(
    deployment: Deployment, unpacked: dict[str, Path], programs: dict[str, Path],
    firestore_host: str, pubsub_host: str, tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Serving]:  # fmt: skip
    """The URL of each function, all on one database and one topic."""
    empty(firestore_host, PROJECT)
    emulators = {
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        "PUBSUB_EMULATOR_HOST": pubsub_host,
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",  # never called: it makes credentials needless
    }
    system = {name: os.environ[name] for name in OF_THE_SYSTEM if name in os.environ}
    logs, urls = tmp_path_factory.mktemp("logs"), {}
    with ExitStack() as stack:
        started = []
        for name, function in deployment.functions.items():
            (port,) = free_ports(1)
            server = shutil.which("functions-framework", path=str(programs[name]))
            assert server, f"{name} does not require functions-framework"
            process = Process(
                [server, "--host", "127.0.0.1"],
                cwd=unpacked[name],
                env={**system, **emulators, **manifest_environment(function), "PORT": str(port)},
                log=logs / f"{name}.log",
            )
            stack.callback(process.kill)
            started.append((process, port))
            urls[name] = f"http://127.0.0.1:{port}"
        for process, port in started:
            log = partial(process.log.read_text, "utf-8")
            until(partial(serves, process, port), 60, log)
        yield urls


def serves(process: Process, port: int) -> bool:
    assert process.running, process.log.read_text("utf-8")
    return answers(port)


@pytest.fixture(scope="module")
def topic(pubsub_host: str) -> Topic:
    return Topic(pubsub_host, PROJECT)


@pytest.fixture(scope="module")
def database(firestore_host: str) -> Database:
    return emulator.database(firestore_host, PROJECT)


def a_check_in(url: str) -> None:
    session = {"course_id": "cloud-101", "session_id": "sesi-02"}
    code = requests.post(f"{url}/presence/qr/generate", json=session, timeout=30).json()["data"]
    fields = {"user_id": "ani", "device_id": "phone", "qr_token": code["qr_token"]}
    answer = requests.post(f"{url}/presence/checkin", json={**session, **fields}, timeout=30)
    assert answer.json()["data"]["status"] == "checked_in"


def a_point(url: str) -> None:
    point: dict[str, Any] = {
        "device_id": "dev-1",
        "ts": "2026-02-18T10:00:00Z",
        "lat": -7.25,
        "lng": 112.75,
    }
    posted = requests.post(f"{url}/telemetry/gps", json=point, timeout=30)
    assert posted.json() == {"ok": True, "data": {"accepted": True}}
    latest = requests.get(f"{url}/telemetry/gps/latest?device_id=dev-1", timeout=30)
    assert latest.json()["data"]["lat"] == -7.25


def an_unknown_key(url: str) -> None:
    body: dict[str, Any] = {"data": [{"type": "gempa", "value": 1}]}
    answer = requests.post(f"{url}/data", json=body, headers={"X-API-Key": "x" * 32}, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_API_KEY")
    bearer = {"Authorization": "Bearer not.a.token"}  # it takes the SDK to say so
    assert requests.get(url, headers=bearer, timeout=30).status_code == 401


def no_stations(url: str) -> None:
    assert requests.get(f"{url}/api/v1/public/stations", timeout=30).json()["count"] == 0


def a_point_by_its_path(url: str) -> None:
    point: dict[str, Any] = {
        "device_id": "dev-2",
        "ts": "2026-02-18T10:00:00Z",
        "lat": -7.25,
        "lng": 112.75,
    }
    posted = requests.post(url, params={"path": "telemetry/gps"}, json=point, timeout=30)
    assert (posted.status_code, posted.json()["ok"]) == (200, True)
    asked = {"path": "presence/sessions/active"}
    assert requests.get(url, params=asked, timeout=30).json()["ok"] is True


def an_unknown_machine(url: str) -> None:
    answer = requests.post(
        f"{url}/api/v1/edge/handshake",
        json={"hardware_id": "rvm-1"}, headers={"X-RVM-API-KEY": "x" * 32}, timeout=30,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error_code"]) == (401, "INVALID_API_KEY")


def a_forged_link(url: str) -> None:
    """Refused by a page, so its template is there."""
    page = f"{url}/rvm-ui/2f1b0c9e-6c1d-4f9a-9a55-0d2a6c1f7b11?expires=1&signature=x"
    answer = requests.get(page, timeout=30)
    assert (answer.status_code, "<html" in answer.text) == (403, True)


def a_round(url: str) -> None:
    assert requests.post(url, json={}, timeout=30).json() == {"silent": 0}


# What each function is asked, as far as it reaches its store. A group that is not here is asked for
# its health, and does well to get a line.
CALLS: dict[str, Callable[[str], None]] = {
    "presence": a_check_in,
    "telemetry": a_point,
    "devices": an_unknown_key,
    "stations": no_stations,
    "edge": an_unknown_machine,
    "kiosk": a_forged_link,
    "exec": a_point_by_its_path,
    "upkeep": a_round,
}
BY_EVENT = {"fanout"}


@pytest.mark.parametrize("group", groups())
def test_an_unpacked_archive_answers(served: Serving, topic: Topic, group: str) -> None:
    if group not in {"upkeep", *BY_EVENT}:
        assert requests.get(f"{served[group]}/__/health", timeout=30).status_code == 200
    if group in CALLS:
        CALLS[group](served[group])


def test_unpacked_archives_work_together(served: Serving, topic: Topic, database: Database) -> None:
    """What the ingest publishes, delivered as Pub/Sub does, becomes the live view."""
    topic.messages(0)
    point: dict[str, Any] = {
        "device_id": "walker",
        "ts": "2026-02-18T10:00:00Z",
        "lat": -7.25,
        "lng": 112.75,
    }
    requests.post(f"{served['telemetry']}/telemetry/gps", json=point, timeout=30).raise_for_status()
    for message in topic.messages(1):
        headers = {
            "ce-id": message.message_id,
            "ce-specversion": "1.0",
            "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
            "ce-source": f"//pubsub.googleapis.com/projects/{PROJECT}/topics/telemetry",
        }
        encoded = {"messageId": message.message_id, "data": b64encode(message.data).decode()}
        done = requests.post(
            served["fanout"], json={"message": encoded}, headers=headers, timeout=30
        )
        assert done.status_code == 200, done.text
    live = database.get(database.path("live", "walker"))
    assert live is not None
    assert live["gps"]["lat"] == -7.25


def test_an_environment_holds_only_what_its_function_requires(programs: dict[str, Path]) -> None:
    """Else it would hide what a requirements.txt lacks."""
    for name, folder in programs.items():
        site = next(folder.parent.glob("[Ll]ib/**/site-packages"))
        found = {path.name.split("-")[0].lower() for path in site.glob("*.dist-info")}
        assert "pytest" not in found, name
        assert "simpul" not in found, name
        assert ("firebase_admin" in found) == (ROOT / "shared/web/auth.py" in sources(name))
