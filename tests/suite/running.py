"""The whole suite, started as a user starts it."""

import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from tests.waiting import until
from tools.paths import ROOT, WINDOWS
from tools.processes import is_free

RUN_MARK = "SIMPUL_TEST_RUN"
PORTS = 12
STARTS_WITHIN = 240.0  # seconds, on a machine that does other things too


class Suite:
    """One `dev.py up` on ports of its own."""

    def __init__(self, folder: Path, port_base: int) -> None:
        self.port_base = port_base
        self.mark = uuid.uuid4().hex
        self._state = folder / "state"
        self._demo_file = self._state / "demo.json"
        self._output = folder / "output.log"
        self._group: dict[str, Any] = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if WINDOWS
            else {"start_new_session": True}
        )
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8")

    def start(self) -> dict[str, Any]:
        """Starts it and returns its demo.json once it is there."""
        command = [sys.executable, ROOT / "dev.py", "up"]
        command += ["--port-base", str(self.port_base), "--state", self._state]
        with self._output.open("wb") as output:
            self._child = subprocess.Popen(
                [str(part) for part in command], cwd=ROOT, stdout=output, stderr=output,
                env={**os.environ, RUN_MARK: self.mark}, **self._group,
            )  # fmt: skip
        until(self._is_ready, STARTS_WITHIN, lambda: self.output)
        return self.demo

    @property
    def demo(self) -> dict[str, Any]:
        """What its demo.json says."""
        found: dict[str, Any] = json.loads(self._demo_file.read_text("utf-8"))
        return found

    def _is_ready(self) -> bool:
        assert self.running, self.output
        file = self._demo_file
        return file.exists() and file.read_text("utf-8").endswith("}\n")

    def stop(self) -> int:
        """Presses Ctrl-C. Returns the exit code."""
        assert self._child is not None
        number = getattr(signal, "CTRL_BREAK_EVENT", None) if WINDOWS else signal.SIGINT
        if self.running:
            self._child.send_signal(number)  # type: ignore[arg-type]
        return self._child.wait(60)

    def left_over(self) -> list[str]:
        """Command lines of processes that it started and that still run (where /proc tells)."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if f"{RUN_MARK}={self.mark}".encode() in (process / "environ").read_bytes():
                    line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found += [line] if line else []  # a zombie has none
            except OSError:
                continue
        return found


def free_ports_in_a_row() -> int:
    """The first of as many ports as a suite takes; processes beside this one look elsewhere."""
    first = 20_000 + os.getpid() % 1_000 * PORTS
    return next(b for b in range(first, 60_000, PORTS) if all(map(is_free, range(b, b + PORTS))))
