"""The production server of one function, as Cloud Run would start it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
import yaml

from tests.waiting import until
from tools.machine import environment
from tools.paths import BIN, ROOT, STATE
from tools.processes import Process, free_ports


@contextmanager
def serving(group: str, firestore_host: str, project: str, **settings: str) -> Iterator[str]:
    """The URL of a function that runs under its manifest's settings for the while."""
    with process_serving(group, firestore_host, project, **settings) as (_, url):
        yield url


@contextmanager
def process_serving(
    group: str, firestore_host: str, project: str, **settings: str
) -> Iterator[tuple[Process, str]]:
    """The same with its process, for tests that end it."""
    manifest = yaml.safe_load((ROOT / f"functions/{group}/functions.yaml").read_text("utf-8"))
    (port,) = free_ports(1)
    env = {
        **environment(),
        **manifest["endpoints"][group]["environmentVariables"],
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        "GOOGLE_CLOUD_PROJECT": project,
        "FUNCTION_TARGET": group,
        "PORT": str(port),
        **settings,
    }
    command: list[str | Path] = [BIN / "functions-framework", "--host", "127.0.0.1"]
    log = STATE / f"server-{group}-{port}.log"
    process = Process(command, cwd=ROOT / "functions" / group, env=env, log=log)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(process, url), 30, lambda: process.log.read_text("utf-8"))
        yield process, url
    finally:
        process.stop()


def await_database(url: str) -> None:
    """Returns once a read of this URL succeeds.

    The first answer of an emulator may take longer than a function waits for it.
    """
    until(lambda: requests.get(url, timeout=30).json()["ok"], 60)


def _answers(process: Process, url: str) -> bool:
    assert process.running, process.log.read_text("utf-8")
    try:
        return requests.get(f"{url}/__/health", timeout=5).ok
    except requests.ConnectionError:
        return False
