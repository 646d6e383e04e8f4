"""The Firestore emulator for tests, and where the CLI finds its emulators."""

import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import machine
from tools.console import Problem, tail
from tools.places import FIREBASE, PROJECT, ROOT, STATE
from tools.processes import Process, answers, free_ports

MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
START_WITHIN = 120.0  # seconds, with the download that a first start may need


def binaries() -> dict[str, str]:
    """For the CLI: the emulators of an installed Google Cloud SDK, else nothing (it downloads)."""
    found = machine.sdk()
    if found is None:
        return {}
    return {
        "FIRESTORE_EMULATOR_BINARY_PATH": str(_runnable(found.firestore_jar)),
        "PUBSUB_EMULATOR_BINARY_PATH": str(found.pubsub),
    }


@contextmanager
def firestore() -> Iterator[str]:
    """The address of a Firestore emulator: the one that is set, else one started for the while."""
    if host := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        yield host
        return
    (port,) = free_ports(1)
    env = machine.environment()
    process = Process(
        _firestore_command(port), cwd=ROOT, env=env, log=STATE / "firestore-emulator.log"
    )
    try:
        wait_until_it_answers(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.stop()


def wait_until_it_answers(process: Process, port: int) -> None:
    """Returns once the port accepts connections. Raises Problem with the log's end."""
    deadline = time.monotonic() + START_WITHIN
    while not answers(port):
        if not process.running or time.monotonic() > deadline:
            raise Problem(f"The emulator did not start. {process.log}:\n{tail(process.log)}")
        time.sleep(0.1)


def _firestore_command(port: int) -> list[str | Path]:
    """The SDK's emulator by itself, else the one that the CLI has downloaded or will."""
    if found := machine.sdk():
        jar = _runnable(found.firestore_jar)
        return [machine.java(), "-jar", jar, "--host=127.0.0.1", f"--port={port}"]
    config = STATE / "firestore-only.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(
        f'{{"emulators": {{"firestore": {{"host": "127.0.0.1", "port": {port}}},'
        f' "ui": {{"enabled": false}}}}}}',
        encoding="utf-8",
    )
    start: list[str | Path] = [machine.node(), FIREBASE, "emulators:start", "--only", "firestore"]
    return [*start, "--project", PROJECT, "--config", config]


def _runnable(jar: Path) -> Path:
    """A jar that `java -jar` can start: the SDK's own names no main class, so this one does."""
    wrapper = STATE / "firestore-emulator.jar"
    manifest = f"Manifest-Version: 1.0\nMain-Class: {MAIN_CLASS}\nClass-Path: {jar.as_uri()}\n"
    wrapper.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(wrapper, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", _folded(manifest))
    return wrapper


def _folded(manifest: str) -> str:
    """Lines of at most 72 bytes, as manifests want them: the rest follows after a blank."""
    lines = []
    for line in manifest.splitlines():
        while len(line) > 72:
            lines.append(line[:72])
            line = " " + line[72:]
        lines.append(line)
    return "\n".join(lines) + "\n"
