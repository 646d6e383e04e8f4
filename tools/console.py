"""What `dev.py` prints at the terminal, and how it reacts to Ctrl-C."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HEARTBEAT = 5.0  # seconds between two lines of a command that runs


class Problem(Exception):
    """A problem that only the user can mend; the text says what it is and how to mend it."""


def say(text: str = "") -> None:
    """Prints one line and flushes it."""
    print(text, flush=True)


def run(
    what: str,
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    log: Path,
) -> None:
    """Runs a command that may take minutes, with a line every 5 s. Raises Problem if it fails."""
    say(f"  {what} …")
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        while True:
            try:
                code = process.wait(timeout=HEARTBEAT)
                break
            except subprocess.TimeoutExpired:
                say(f"  {what} … {time.monotonic() - started:.0f} s")
    if code != 0:
        raise Problem(f"{what} failed (exit code {code}). The end of {log}:\n{tail(log)}")


def count_missing(checks: Mapping[str, Callable[[], object]], *problems: type[Exception]) -> int:
    """Prints a line for each check, with the way to mend it. Returns how many raised a problem."""
    expected: tuple[type[Exception], ...] = (Problem, *problems)
    missing = 0
    for name, look in checks.items():
        try:
            say(f"  ok       {name:<10} {look()}")
        except expected as problem:
            missing += 1
            say(f"  MISSING  {name:<10} {problem}")
    return missing


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log file, indented."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join("    " + line for line in text.splitlines()[-lines:])


def use_utf8() -> None:
    """Lets Windows consoles print the same characters as others."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def heed_interrupts() -> None:
    """Makes SIGINT end this process and its children, also where a shell has it ignored.

    A shell starts a background command with SIGINT ignored, and its children inherit that: they
    would not end when this command sends them SIGINT.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def stop_requested() -> threading.Event:
    """An event that SIGINT (Ctrl-C), SIGTERM and SIGHUP set from now on."""
    event = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: event.set())
    return event
