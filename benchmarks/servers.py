"""Starts functions as in production, and reads their CPU time and memory."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.wire import Line, get
from tools.machine import environment
from tools.paths import BIN, ROOT, STATE
from tools.processes import Process, answers, free_ports

HERE = Path(__file__).parent
KEY_SECRET = "a secret of the benchmark, long enough to be one"
START_WITHIN = 60.0


@dataclass(frozen=True)
class Server:
    """A function that runs under functions-framework and gunicorn."""

    name: str
    port: int
    process: Process

    def line(self) -> Line:
        """A new connection to it."""
        return Line(self.port)

    def cpu(self) -> float | None:
        """Seconds of CPU time so far; None if the system does not report it exactly."""
        return sum(filter(None, (cpu_of(pid) for pid in family(self.process.pid)))) or None

    def memory(self) -> int | None:
        """Bytes of memory now; None if the system does not report them."""
        return sum(filter(None, (memory_of(pid) for pid in family(self.process.pid)))) or None


@contextmanager
def serving(target: str, source: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """A running function, with the environment of the manifest in `source` if there is one."""
    (port,) = free_ports(1)
    settings = {
        **environment(),
        "FUNCTION_TARGET": target,
        "PORT": str(port),
        "THREADS": "24",
        "DEVICE_KEY_SECRET": KEY_SECRET,
        **_manifest(source, target),
        **env,
    }
    log = STATE / f"bench-{target}-{port}.log"
    command: list[str | Path] = [BIN / "functions-framework", "--host", "127.0.0.1"]
    process = Process(command, cwd=source, env=settings, log=log)
    try:
        _wait(process, port)
        yield Server(target, port, process)
    finally:
        process.stop()
    log.unlink(missing_ok=True)


def group(name: str) -> Path:
    """The folder of one of our functions."""
    return ROOT / "functions" / name


def family(pid: int) -> list[int]:
    """A process and its descendants; without /proc the process alone."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in family(int(child)))]


def cpu_of(pid: int) -> float | None:
    """Seconds of CPU that all threads of a process have used, to the nanosecond."""
    try:
        stats = [path.read_text("utf-8") for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except OSError:
        return None
    return sum(int(stat.split()[0]) for stat in stats) / 1e9


def memory_of(pid: int) -> int | None:
    """Bytes of memory that a process holds."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None


def _manifest(source: Path, target: str) -> dict[str, str]:
    path = source / "functions.yaml"
    if not path.is_file():
        return {}
    endpoint = yaml.safe_load(path.read_text("utf-8"))["endpoints"][target]
    variables: dict[str, str] = endpoint["environmentVariables"]
    return variables


def _wait(process: Process, port: int) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not answers(port):
        if not process.running or time.monotonic() > deadline:
            raise RuntimeError(process.log.read_text("utf-8"))
        time.sleep(0.05)
    with Line(port) as line:
        line.send(get("/__/health"))
