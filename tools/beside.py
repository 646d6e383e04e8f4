"""Commands that run side by side: they speak in whole pieces, and none outlives the others."""

import os
import re
import time
from collections.abc import Mapping, Sequence

from tools.console import say, stop_requested
from tools.places import PYTHON, ROOT, STATE
from tools.processes import Process

LOOK_EVERY = 0.2  # seconds
PATIENCE = 60.0  # seconds: tests that are told to end take down their emulators first
_PROGRESS = re.compile(r"\[ *\d+%\]$")  # how pytest ends a line of dots

Lane = Mapping[str, Sequence[str]]  # commands of Python by their names, for one after another


def run(lanes: Sequence[Lane], env: Mapping[str, str]) -> list[str]:
    """Runs the lanes beside each other. Returns what failed; the rest is ended then."""
    stop = stop_requested()
    running = [_Lane(lane, env) for lane in lanes]
    try:
        while not stop.wait(LOOK_EVERY):
            for lane in running:
                lane.look()
            failed = [lane.failed for lane in running if lane.failed]
            if failed or all(lane.ended for lane in running):
                return failed
        return ["not finished: it was told to end"]
    finally:
        for lane in running:
            lane.stop()


class _Lane:
    """Steps one after another, until one fails."""

    def __init__(self, commands: Lane, env: Mapping[str, str]) -> None:
        self.failed: str | None = None
        self._steps = (_Step(name, command, env) for name, command in commands.items())
        self._step = next(self._steps, None)

    @property
    def ended(self) -> bool:
        return self._step is None

    def look(self) -> None:
        """Shows what is new, and goes on to the next step where one has ended."""
        if self._step is None:
            return
        code = self._step.code  # before reading: what was said last is then in the log
        self._step.show_progress()
        if code is not None:
            self._step.show_end()
            self._step.stop()
            self.failed = self._step.name if code else None
            self._step = None if code else next(self._steps, None)

    def stop(self) -> None:
        if self._step is not None:
            say(f"Ending: {self._step.name}")
            self._step.stop()


class _Step:
    """One command. It writes to a log, so that two never write into each other's lines."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.name = name
        self._started = time.monotonic()
        self._shown = 0
        log = STATE / f"check-{os.getpid()}-{re.sub(r'[^a-z]+', '-', name)}.log"
        self._process = Process([PYTHON, "-u", *command], cwd=ROOT, env=env, log=log)

    @property
    def code(self) -> int | None:
        return self._process.code

    def show_progress(self) -> None:
        """Each whole line of dots since the last time."""
        lines = self._text().rpartition("\n")[0].splitlines()
        for line in lines[self._shown :]:
            if _PROGRESS.search(line):
                say(f"{self.name}: {' '.join(line.split())}")
        self._shown = len(lines)

    def show_end(self) -> None:
        """How it went, and all that it said after its last line of dots."""
        seconds = time.monotonic() - self._started
        lines = self._text().splitlines()
        last = max((n for n, line in enumerate(lines, 1) if _PROGRESS.search(line)), default=0)
        for line in lines[last:]:
            say(line)
        say(f"{'FAILED' if self.code else 'ok'}: {self.name} ({seconds:.1f} s)")

    def stop(self) -> None:
        """Ends it, where it still runs, and its log."""
        self._process.stop(PATIENCE)
        self._process.log.unlink(missing_ok=True)

    def _text(self) -> str:
        return self._process.log.read_text(encoding="utf-8", errors="replace")
