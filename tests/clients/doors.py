"""The real functions behind HTTP, as a client's network reaches them: sometimes not at all."""

import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.gate import Gate


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  as werkzeug calls it
        """Nothing."""


class Door:
    """A network between a client and the functions: `close`, `hold` and `open` it."""

    def __init__(self) -> None:
        self._server: BaseWSGIServer | None = None
        self._gate: Gate | None = None

    def to(self, app: Flask) -> str:
        """Serves an app; the URL for clients."""
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self._gate = Gate(f"127.0.0.1:{self._server.server_port}")
        return f"http://{self._gate.address}"

    @property
    def network(self) -> Gate:
        assert self._gate is not None
        return self._gate

    def end(self) -> None:
        if self._gate and self._server:
            self._gate.end()
            self._server.shutdown()
            self._server.server_close()
