"""Child processes that end together with all their descendants, and free ports for them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.paths import WINDOWS


class Process:
    """A child in a process group of its own: Ctrl-C at the terminal does not reach it."""

    def __init__(
        self, command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], log: Path
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self._group: dict[str, object] = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if WINDOWS
            else {"start_new_session": True}
        )
        with log.open("wb") as output:
            self._child = subprocess.Popen(  # type: ignore[call-overload]
                [str(part) for part in command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **self._group,
            )

    @property
    def pid(self) -> int:
        """The child's process id."""
        pid: int = self._child.pid
        return pid

    @property
    def running(self) -> bool:
        """Whether the child itself still runs."""
        return self._child.poll() is None

    @property
    def code(self) -> int | None:
        """The child's exit code; None while it runs."""
        code: int | None = self._child.poll()
        return code

    def stop(self, patience: float = 15.0) -> None:
        """Interrupts the child, waits up to `patience` seconds, then ends the rest of its group."""
        if WINDOWS:
            subprocess.run(
                ["taskkill", "/PID", str(self._child.pid), "/T", "/F"],
                capture_output=True,
                check=False,
            )
            self._child.wait()
            return
        if self.running:
            self._child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(patience)
        # The leader may be gone while others of its group remain.
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._signal_group(number):
                break
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline and self._signal_group(0):
                self._child.poll()
                time.sleep(0.05)
        self._child.wait()

    def kill(self) -> None:
        """Kills the child and its group at once."""
        if WINDOWS:
            self.stop()
        else:
            self._signal_group(signal.SIGKILL)
            self._child.wait()

    def _signal_group(self, number: int) -> bool:
        """Sends a signal to the group. False if the group has no process left."""
        try:
            os.killpg(self._child.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def is_free(port: int) -> bool:
    """Whether no process listens on this port of this machine."""
    with socket.socket() as probe:
        if not WINDOWS:  # there it would allow a second listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether a process accepts connections on this port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports that no process uses now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
