"""Starts single emulators for the tests, and tells the Firebase CLI where its own are."""

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
from tools.paths import FIREBASE, PROJECT, ROOT, STATE
from tools.processes import Process, answers, free_ports

MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
START_WITHIN = 120.0  # seconds, with the download that a first start may need


def binaries() -> dict[str, str]:
    """The CLI's variables for the emulators of an installed Google Cloud SDK.

    Empty without an SDK: the CLI then downloads its own.
    """
    sdk = machine.sdk()
    if sdk is None:
        return {}
    return {
        "FIRESTORE_EMULATOR_BINARY_PATH": str(_runnable(sdk.firestore_jar)),
        "PUBSUB_EMULATOR_BINARY_PATH": str(sdk.pubsub),
    }


@contextmanager
def running(name: str) -> Iterator[str]:
    """The address of an emulator: that of the environment, else of one that ends with the `with`.

    `name`: firestore, pubsub or auth.
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
    """The command of the SDK's emulator; without an SDK, of the CLI's, which it may download.

    The SDK has none of accounts.
    """
    if (sdk := machine.sdk()) and name != "auth":
        program: list[str | Path] = [sdk.pubsub]
        if name == "firestore":
            program = [machine.java(), "-jar", _runnable(sdk.firestore_jar)]
        return [*program, "--host=127.0.0.1", f"--port={port}"]
    config = STATE / f"{name}-only-{port}.json"
    config.parent.mkdir(exist_ok=True)
    emulator = {name: {"host": "127.0.0.1", "port": port}, "ui": {"enabled": False}}
    config.write_text(json.dumps({"emulators": emulator}), encoding="utf-8")
    cli: list[str | Path] = [machine.node(), FIREBASE, "emulators:start", "--only", name]
    return [*cli, "--project", PROJECT, "--config", config]


def _runnable(jar: Path) -> Path:
    """A jar that `java -jar` can start: it names the main class that the SDK's own jar lacks."""
    manifest = f"Manifest-Version: 1.0\nMain-Class: {MAIN_CLASS}\nClass-Path: {jar.as_uri()}\n"
    digest = hashlib.sha256(manifest.encode()).hexdigest()[:12]
    wrapper = STATE / f"firestore-emulator-{digest}.jar"
    if not wrapper.exists():  # never written again: an emulator may be reading it
        wrapper.parent.mkdir(exist_ok=True)
        new = wrapper.with_suffix(f".{os.getpid()}")
        with zipfile.ZipFile(new, "w") as archive:
            archive.writestr("META-INF/MANIFEST.MF", _folded(manifest))
        new.replace(wrapper)
    return wrapper


def _folded(manifest: str) -> str:
    """The manifest with lines of at most 72 bytes; a continuation line begins with a space."""
    lines = []
    for line in manifest.splitlines():
        while len(line) > 72:
            lines.append(line[:72])
            line = " " + line[72:]
        lines.append(line)
    return "\n".join(lines) + "\n"
