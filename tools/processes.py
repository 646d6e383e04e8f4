"""Child processes that are ended with all they have started."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.places import WINDOWS


class Process:
    """A child in a group of its own, so that Ctrl-C at the terminal reaches only us."""

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
        """The child's number."""
        number: int = self._child.pid
        return number

    @property
    def running(self) -> bool:
        """Whether the child itself is still there."""
        return self._child.poll() is None

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended."""
        code: int | None = self._child.poll()
        return code

    def stop(self, patience: float = 15.0) -> None:
        """Asks it to end, waits, and then ends whatever is left of its group."""
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
        """Ends it and its group at once, in the middle of whatever they do."""
        if WINDOWS:
            self.stop()
        else:
            self._signal_group(signal.SIGKILL)
            self._child.wait()

    def _signal_group(self, number: int) -> bool:
        """Whether somebody of the group was there to get it."""
        try:
            os.killpg(self._child.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of this machine."""
    with socket.socket() as probe:
        if not WINDOWS:  # there it would allow a second listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections on this port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
