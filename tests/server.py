"""The production server of one function, as Cloud Run would start it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
import yaml

from tools.machine import environment
from tools.places import BIN, ROOT, STATE
from tools.processes import Process, free_ports


@contextmanager
def serving(group: str, firestore_host: str, project: str, **settings: str) -> Iterator[str]:
    """The URL of a function that runs under its manifest's settings for the while."""
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
    log = STATE / f"server-{group}.log"
    process = Process(command, cwd=ROOT / "functions" / group, env=env, log=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url)
        yield url
    finally:
        process.stop()


def _wait(process: Process, url: str) -> None:
    deadline = time.monotonic() + 30
    while process.running and time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/__/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(process.log.read_text("utf-8"))
