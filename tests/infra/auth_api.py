"""Stands in for the settings of Firebase Auth: one project's, on the loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ya29.of-the-fake-gcloud"
CONFIG_PATH = "/admin/v2/projects/my-class/config"


class AuthApi:
    """As a project is made: everyone may sign up. `deaf`: it answers, and changes nothing."""

    def __init__(self) -> None:
        self.config: dict[str, Any] | None = {"client": {"permissions": {}}}
        self.deaf = False
        self.calls: list[str] = []
        self.url = ""

    @property
    def signs_up(self) -> tuple[bool, bool]:
        """Whether a stranger gets an account: with a password, without one."""
        config = self.config or {}
        permissions = config.get("client", {}).get("permissions", {})
        anonymous = config.get("signIn", {}).get("anonymous", {})
        return not permissions.get("disabledUserSignup"), bool(anonymous.get("enabled"))

    def answer(self, method: str, target: str, token: str, content: bytes) -> tuple[int, Any]:
        url = urlsplit(target)
        self.calls.append(f"{method} {url.path}")
        if token != f"Bearer {TOKEN}":
            return 401, {"error": {"message": "UNAUTHENTICATED"}}
        if url.path != CONFIG_PATH or self.config is None:
            return 404, {"error": {"message": "CONFIGURATION_NOT_FOUND"}}
        if method == "PATCH" and not self.deaf:
            sent = json.loads(content)
            for field in parse_qs(url.query)["updateMask"][0].split(","):
                _copy(sent, self.config, field.split("."))
        return 200, self.config


def _copy(source: dict[str, Any], target: dict[str, Any], path: list[str]) -> None:
    for name in path[:-1]:
        source, target = source[name], target.setdefault(name, {})
    target[path[-1]] = source[path[-1]]


@contextmanager
def serving(api: AuthApi) -> Iterator[AuthApi]:
    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "")
            status, body = api.answer(self.command, self.path, token, content)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_PATCH = _reply  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield api
    server.shutdown()
    server.server_close()
