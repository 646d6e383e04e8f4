"""A proxy that holds back what passes, as a database does that is not on this machine."""

import contextlib
import socket
import threading
import time
from collections import deque

ONE_WAY = 0.005  # seconds; a round trip is twice that


class DelayProxy:
    """Forwards TCP connections to `target`, each piece after `delay` seconds."""

    def __init__(self, target: str, delay: float = ONE_WAY) -> None:
        host, _, port = target.rpartition(":")
        self._target, self._delay = (host, int(port)), delay
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                for source, sink in ((near, far), (far, near)):
                    sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    _Way(source, sink, self._delay).start()


class _Way:
    """One direction of a connection: one thread reads, one sends what is due."""

    def __init__(self, source: socket.socket, sink: socket.socket, delay: float) -> None:
        self._source, self._sink, self._delay = source, sink, delay
        self._held: deque[tuple[float, bytes]] = deque()
        self._more = threading.Semaphore(0)

    def start(self) -> None:
        """Runs until either side closes."""
        for run in (self._read, self._send):
            threading.Thread(target=run, daemon=True).start()

    def _read(self) -> None:
        piece = b"-"
        while piece:
            try:
                piece = self._source.recv(65_536)
            except OSError:
                piece = b""
            self._held.append((time.monotonic() + self._delay, piece))
            self._more.release()

    def _send(self) -> None:
        while True:
            self._more.acquire()
            due, piece = self._held.popleft()
            time.sleep(max(0.0, due - time.monotonic()))
            with contextlib.suppress(OSError):
                if not piece:
                    self._sink.shutdown(socket.SHUT_WR)
                    return
                self._sink.sendall(piece)
                continue
            return
