"""Runs the functions that were uploaded, each from its own archive, as Cloud Run would."""

import io
import os
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from tests.deploy.google import PROJECT, Google
from tests.deploy.wire import Reply, Request
from tests.waiting import until
from tools.paths import BIN
from tools.processes import Process, answers, free_ports

OF_THE_SYSTEM = ("SYSTEMROOT", "TEMP", "TMP", "PATH")


class Instances:
    """One instance of each function that is called, of its newest source, on the loopback."""

    def __init__(self, google: Google, folder: Path) -> None:
        self._google = google
        self._folder = folder
        self.running: dict[str, tuple[Process, int]] = {}

    def answer(self, name: str, request: Request) -> Reply:
        """What the function answers."""
        source = self._google.functions[name]["buildConfig"]["source"]["storageSource"]["object"]
        with self._google.lock:
            if source not in self.running:
                self.running[source] = self._start(name, source)
        query = f"?{urlencode(request.query)}" if request.query else ""
        url = f"http://127.0.0.1:{self.running[source][1]}{quote(request.path)}{query}"
        dropped = ("host", "content-length", "connection", "accept-encoding")
        headers = {key: value for key, value in request.headers.items() if key not in dropped}
        sent = urllib.request.Request(url, request.body or None, headers, method=request.method)
        try:
            with urllib.request.urlopen(sent, timeout=30) as response:
                return Reply(response.status, response.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.read())

    def _start(self, name: str, source: str) -> tuple[Process, int]:
        function = self._google.functions[name]
        folder = self._folder / source
        with zipfile.ZipFile(io.BytesIO(self._google.sources[source])) as archive:
            archive.extractall(folder)
        service, (port,) = function["serviceConfig"], free_ports(1)
        secrets = {
            secret["key"]: self._google.secrets[secret["secret"]]
            for secret in service.get("secretEnvironmentVariables", [])
        }
        env = {
            **{key: os.environ[key] for key in OF_THE_SYSTEM if key in os.environ},
            **service["environmentVariables"], **secrets,
            "FIRESTORE_EMULATOR_HOST": self._google.documents,
            "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",  # never called: tokens are unsigned
            "GOOGLE_CLOUD_PROJECT": PROJECT, "PORT": str(port), "PYTHONPATH": str(folder),
        }  # fmt: skip
        command: list[str | Path] = [BIN / "functions-framework", "--host", "127.0.0.1"]
        process = Process(command, cwd=folder, env=env, log=self._folder / f"{name}.log")
        until(lambda: answers(port), 60, lambda: process.log.read_text("utf-8"))
        return process, port


@contextmanager
def served(google: Google, folder: Path) -> Iterator[None]:
    """Hosting's paths lead to the functions for as long as the `with` lasts."""
    instances = Instances(google, folder)
    google.serve = instances.answer
    try:
        yield
    finally:
        for process, _ in instances.running.values():
            process.kill()
