"""Runs commands in parallel. Their output does not mix, and the first failure ends them all."""

import os
import re
import time
from collections.abc import Mapping, Sequence

from tools.console import say, stop_requested
from tools.paths import PYTHON, ROOT, STATE
from tools.processes import Process

POLL_INTERVAL = 0.2  # seconds
PATIENCE = 60.0  # seconds: interrupted tests stop their emulators first
_PROGRESS = re.compile(r"\[ *\d+%\]$")  # how pytest ends a line of dots

Lane = Mapping[str, Sequence[str]]  # arguments of Python by the name of the step, in their order


def run(lanes: Sequence[Lane], env: Mapping[str, str]) -> list[str]:
    """Runs lanes in parallel, the steps of a lane in sequence. Returns the names of failed steps.

    A failure ends all steps that still run.
    """
    stop = stop_requested()
    running = [_Lane(lane, env) for lane in lanes]
    try:
        while not stop.wait(POLL_INTERVAL):
            for lane in running:
                lane.poll()
            failed = [lane.failed for lane in running if lane.failed]
            if failed or all(lane.ended for lane in running):
                return failed
        return ["interrupted before the end"]
    finally:
        for lane in running:
            lane.stop()


class _Lane:
    """Steps in sequence, until one fails."""

    def __init__(self, commands: Lane, env: Mapping[str, str]) -> None:
        self.failed: str | None = None
        self._steps = (_Step(name, command, env) for name, command in commands.items())
        self._step = next(self._steps, None)

    @property
    def ended(self) -> bool:
        return self._step is None

    def poll(self) -> None:
        """Prints new output, and starts the next step if one has ended."""
        if self._step is None:
            return
        code = self._step.code  # before reading the log, which is then complete
        self._step.print_progress()
        if code is not None:
            self._step.print_end()
            self._step.stop()
            self.failed = self._step.name if code else None
            self._step = None if code else next(self._steps, None)

    def stop(self) -> None:
        if self._step is not None:
            say(f"Ending: {self._step.name}")
            self._step.stop()


class _Step:
    """One command. It writes to a log file, so that its lines stay together."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.name = name
        self._started = time.monotonic()
        self._printed = 0  # lines
        log = STATE / f"test-{os.getpid()}-{re.sub(r'[^a-z]+', '-', name)}.log"
        self._process = Process([PYTHON, "-u", *command], cwd=ROOT, env=env, log=log)

    @property
    def code(self) -> int | None:
        return self._process.code

    def print_progress(self) -> None:
        """Prints each complete line of dots since the last call."""
        lines = self._text().rpartition("\n")[0].splitlines()
        for line in lines[self._printed :]:
            if _PROGRESS.search(line):
                say(f"{self.name}: {' '.join(line.split())}")
        self._printed = len(lines)

    def print_end(self) -> None:
        """Prints all output after the last line of dots, and the result."""
        seconds = time.monotonic() - self._started
        lines = self._text().splitlines()
        last = max((n for n, line in enumerate(lines, 1) if _PROGRESS.search(line)), default=0)
        for line in lines[last:]:
            say(line)
        say(f"{'FAILED' if self.code else 'ok'}: {self.name} ({seconds:.1f} s)")

    def stop(self) -> None:
        """Ends the command if it still runs, and deletes its log."""
        self._process.stop(PATIENCE)
        self._process.log.unlink(missing_ok=True)

    def _text(self) -> str:
        return self._process.log.read_text(encoding="utf-8", errors="replace")
