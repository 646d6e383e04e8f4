"""Cold start: from the start of the process to the first answer that reads the database."""

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
from tools.paths import BIN, PYTHON, STATE
from tools.processes import Process, free_ports

POST, POST_WITH_CLIENTS = "telemetry, a POST", "telemetry, a POST, with Google's clients"
STARTS = {  # the function of a start, its folder, the path of its first request
    "presence": ("presence", group("presence"), "/status?user_id=u&course_id=c&session_id=s"),
    "telemetry": ("telemetry", group("telemetry"), "/accel/latest?device_id=cold"),
    POST: ("telemetry", group("telemetry"), "/accel"),
    # What shared/google/protobuf.py earns: the same function, the packages loaded as a whole.
    POST_WITH_CLIENTS: ("telemetry", HERE / "clients", "/accel"),
    "naive": ("naive", HERE / "naive", "/gps/history?device_id=nobody"),
    "official": ("official", HERE / "floors", "/"),  # the official client and nothing else
}
TARGETS = {"presence": 2.5, "telemetry": 2.5}
TOP = 8


def measure(world: World, rounds: int) -> tuple[float, dict[str, Ratio]]:
    """The seconds of a function that does nothing, and ratios to it."""
    with world.ours("telemetry").line() as line:  # an unknown device costs more reads
        line.send(post("/telemetry/accel", bodies.accel("cold", datetime.now(UTC), 1)))
    base: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(rounds + 1):  # the first makes the bytecode and does not count
        base.append(_start(world, "noop", HERE / "floors", "/"))
        for name, start in STARTS.items():
            times[name].append(_start(world, *start))
    ratios = {name: figures.ratio(seconds[1:], base[1:]) for name, seconds in times.items()}
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
        seconds = time.perf_counter() - started
    finally:
        process.kill()
    if answer >= 500:
        raise RuntimeError(log.read_text("utf-8"))
    log.unlink(missing_ok=True)
    return seconds


def _first_answer(process: Process, port: int, path: str) -> int:
    while process.running:
        try:
            with Line(port) as line:
                return line.send(_request(path)).status
        except ConnectionError:
            time.sleep(0.002)
    raise RuntimeError(process.log.read_text("utf-8"))


def _request(path: str) -> bytes:
    if path != "/accel":
        return get(path)
    device = f"cold-{time.monotonic_ns()}"
    return post(path, bodies.accel(device, datetime.now(UTC), 50))


def heaviest(name: str) -> Sequence[tuple[str, float]]:
    """The packages that take the longest to load, each without what it loads, in milliseconds."""
    code = (
        f"import functions_framework; functions_framework.create_app({name!r}, 'main.py');"
        f"import {name}; {name}.open_store()"
    )
    hosts = {"FIRESTORE_EMULATOR_HOST": "x:1", "PUBSUB_EMULATOR_HOST": "x:1"}
    completed = subprocess.run(
        [PYTHON, "-X", "importtime", "-c", code],
        cwd=group(name), env={**os.environ, **hosts, "GOOGLE_CLOUD_PROJECT": OURS},
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    heaviest: Sequence[tuple[str, float]]
    heaviest = _by_package(completed.stderr.splitlines()).most_common(TOP)
    return heaviest


def _by_package(lines: Sequence[str]) -> Any:
    """Milliseconds by package, from lines of `-X importtime`: own time, total time, module."""
    milliseconds: Any = Counter()
    for line in lines:
        cells = line.removeprefix("import time:").split("|")
        if len(cells) == 3 and cells[0].strip().isdigit():
            own, parts = int(cells[0]), cells[2].strip().split(".")
            milliseconds[".".join(parts[: 3 if parts[0] == "google" else 1])] += own / 1000
    return milliseconds
