"""A door between a client and a server that a test can close, hold and open."""

import contextlib
import socket
import threading


class Gate:
    """Forwards TCP connections to `target` while it is open.

    Closed: connections are refused. Held: they are taken, and nothing is ever answered.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._state = "open"
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self) -> None:
        """Lets new connections through; held ones are dropped."""
        self._set("open")

    def close(self) -> None:
        """Drops every connection, and each new one."""
        self._set("closed")

    def hold(self) -> None:
        """Takes new connections and says nothing."""
        self._set("held")

    def end(self) -> None:
        """Drops everything for good."""
        self._set("closed")
        self._listener.close()

    def _set(self, state: str) -> None:
        self._state = state
        for one in self._sockets:
            _shut(one)
        self._sockets.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._state == "closed":
                    client.close()
                    continue
                self._sockets.append(client)
                if self._state == "open":
                    server = socket.create_connection(self._target)
                    self._sockets.append(server)
                    for pair in ((client, server), (server, client)):
                        threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _shut(source)
    _shut(sink)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
