"""Emulators for tests, and where the CLI finds its own."""

import hashlib
import json
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
def running(name: str) -> Iterator[str]:
    """The address of an emulator: the one that is set, else one started for the while.

    `name`: firestore or pubsub.
    """
    if host := os.environ.get(f"{name.upper()}_EMULATOR_HOST"):
        yield host
        return
    (port,) = free_ports(1)
    process = Process(
        _command(name, port),
        cwd=ROOT,
        env=machine.environment(),
        log=STATE / f"{name}-emulator-{port}.log",
    )
    try:
        wait_until_it_answers(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.stop()
        process.log.unlink(missing_ok=True)


def wait_until_it_answers(process: Process, port: int) -> None:
    """Returns once the port accepts connections. Raises Problem with the log's end."""
    deadline = time.monotonic() + START_WITHIN
    while not answers(port):
        if not process.running or time.monotonic() > deadline:
            raise Problem(f"The emulator did not start. {process.log}:\n{tail(process.log)}")
        time.sleep(0.1)


def _command(name: str, port: int) -> list[str | Path]:
    """The SDK's emulator by itself, else the one that the CLI has downloaded or will."""
    if found := machine.sdk():
        program: list[str | Path] = [found.pubsub]
        if name == "firestore":
            program = [machine.java(), "-jar", _runnable(found.firestore_jar)]
        return [*program, "--host=127.0.0.1", f"--port={port}"]
    config = STATE / f"{name}-only-{port}.json"
    config.parent.mkdir(exist_ok=True)
    emulator = {name: {"host": "127.0.0.1", "port": port}, "ui": {"enabled": False}}
    config.write_text(json.dumps({"emulators": emulator}), encoding="utf-8")
    cli: list[str | Path] = [machine.node(), FIREBASE, "emulators:start", "--only", name]
    return [*cli, "--project", PROJECT, "--config", config]


def _runnable(jar: Path) -> Path:
    """A jar that `java -jar` can start: the SDK's own names no main class, so this one does."""
    manifest = f"Manifest-Version: 1.0\nMain-Class: {MAIN_CLASS}\nClass-Path: {jar.as_uri()}\n"
    digest = hashlib.sha256(manifest.encode()).hexdigest()[:12]
    wrapper = STATE / f"firestore-emulator-{digest}.jar"
    if not wrapper.exists():  # never written again: an emulator may be reading it
        wrapper.parent.mkdir(exist_ok=True)
        made = wrapper.with_suffix(f".{os.getpid()}")
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("META-INF/MANIFEST.MF", _folded(manifest))
        made.replace(wrapper)
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
