"""Cold start: from the start of the process to the first answer that took the database."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import bodies, figures
from benchmarks.capture import OURS
from benchmarks.figures import Ratio
from benchmarks.servers import HERE, KEY_SECRET, group
from benchmarks.wire import Line, get, post
from benchmarks.world import World
from tools.machine import environment
from tools.places import BIN, PYTHON, STATE
from tools.processes import Process, free_ports

SUBJECTS = {
    "presence": "/presence/status?user_id=nobody&course_id=c&session_id=s",
    "telemetry": "/telemetry/accel/latest?device_id=cold",
    "naive": "/gps/history?device_id=nobody",
    "official": "/",  # the official client alone, in a function that has nothing else
}
TARGETS = {"presence": 2.5, "telemetry": 2.5}
BARE = {"naive": HERE / "naive", "official": HERE / "floors"}
TOP = 8


def measure(world: World, rounds: int) -> tuple[float, dict[str, Ratio]]:
    """The seconds of a function that does nothing, and ratios to it."""
    with world.ours("telemetry").line() as line:  # of who is unknown more than one thing is read
        line.send(post("/telemetry/accel", bodies.accel("cold", datetime.now(UTC), 1)))
    base: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in SUBJECTS}
    for _ in range(rounds + 1):  # the first makes the bytecode and does not count
        base.append(_start(world, "noop", HERE / "floors", "/"))
        for name, path in SUBJECTS.items():
            times[name].append(_start(world, name, BARE.get(name) or group(name), path))
    ratios = {name: figures.ratio(taken[1:], base[1:]) for name, taken in times.items()}
    return figures.percentile(base[1:], 50), ratios


def _start(world: World, target: str, source: Path, path: str) -> float:
    (port,) = free_ports(1)
    settings = {"FUNCTION_TARGET": target, "PORT": str(port), "THREADS": "24"}
    env = {**environment(), **world.env(OURS), **settings, "DEVICE_KEY_SECRET": KEY_SECRET}
    log = STATE / f"bench-cold-{port}.log"
    started = time.perf_counter()
    process = Process(
        [BIN / "functions-framework", "--host", "127.0.0.1"], cwd=source, env=env, log=log
    )
    try:
        answer = _first_answer(process, port, path)
        taken = time.perf_counter() - started
    finally:
        process.kill()
    if answer >= 500:
        raise RuntimeError(log.read_text("utf-8"))
    log.unlink(missing_ok=True)
    return taken


def _first_answer(process: Process, port: int, path: str) -> int:
    while process.running:
        try:
            with Line(port) as line:
                return line.send(get(path)).status
        except ConnectionError:
            time.sleep(0.002)
    raise RuntimeError(process.log.read_text("utf-8"))


def heaviest(name: str) -> Sequence[tuple[str, float]]:
    """The packages that take the longest to load, each without what it loads, in milliseconds."""
    code = (
        f"import functions_framework; functions_framework.create_app({name!r}, 'main.py');"
        f"import {name}; {name}.open_store()"
    )
    hosts = {"FIRESTORE_EMULATOR_HOST": "x:1", "PUBSUB_EMULATOR_HOST": "x:1"}
    done = subprocess.run(
        [PYTHON, "-X", "importtime", "-c", code],
        cwd=group(name), env={**os.environ, **hosts, "GOOGLE_CLOUD_PROJECT": OURS},
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    found: Sequence[tuple[str, float]] = _by_package(done.stderr.splitlines()).most_common(TOP)
    return found


def _by_package(lines: Sequence[str]) -> Any:
    """Milliseconds of what `-X importtime` has told: its own time, total time, module."""
    found: Any = Counter()
    for line in lines:
        cells = line.removeprefix("import time:").split("|")
        if len(cells) == 3 and cells[0].strip().isdigit():
            own, parts = int(cells[0]), cells[2].strip().split(".")
            found[".".join(parts[: 3 if parts[0] == "google" else 1])] += own / 1000
    return found
