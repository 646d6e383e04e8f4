"""The bucket of the demo: an S3 server on this machine with one model in it."""

import hashlib
import json
import random
import urllib.request
from pathlib import Path
from typing import Any

from tools import emulators, machine
from tools.paths import BIN, ROOT
from tools.processes import Process

NAME, USER = "simpul-models", "demo"
MODEL, VERSION, FILE = "rvm-detector", "1.1.0", "model.bin"
SIZE = 256 * 1024


def start(port: int, state: Path) -> Process:
    """Starts the S3 server and puts a model into its bucket."""
    command: list[str | Path] = [BIN / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    process = Process(command, cwd=ROOT, env=machine.environment(), log=state / "bucket.log")
    try:
        emulators.wait_until_it_answers(process, port)
        fill(port)
    except BaseException:
        process.stop()
        raise
    return process


def fill(port: int) -> None:
    """Creates the bucket on this port and puts the model into it."""
    _put(f"http://127.0.0.1:{port}/{NAME}", b"")
    publish(f"http://127.0.0.1:{port}", VERSION, model())


def settings(port: int) -> dict[str, str]:
    """The environment variables by which a function reaches the bucket, without its secret."""
    return {
        "MODEL_BUCKET": NAME,
        "MODEL_ENDPOINT": f"http://127.0.0.1:{port}",
        "MODEL_ACCESS_KEY": USER,
        "MODEL_NAME": MODEL,
    }


def publish(url: str, version: str, content: bytes) -> dict[str, Any]:
    """Uploads a version of the model and makes it the active one, as the CV server does.

    Returns the manifest that it uploads.
    """
    folder = f"{url}/{NAME}/models/{MODEL}"
    manifest = {
        "active_version": version,
        "file": FILE,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    _put(f"{folder}/{version}/{FILE}", content)
    _put(f"{folder}/manifest.json", json.dumps(manifest).encode())
    return manifest


def model() -> bytes:
    """Random bytes that stand for a model's weights, the same each time."""
    return random.Random(20260126).randbytes(SIZE)  # noqa: S311


def _put(url: str, content: bytes) -> None:
    scope = f"{USER}/20260126/us-east-1/s3/aws4_request"
    headers = {
        "Content-Type": "application/octet-stream",
        # moto reads the user from it and does not check the signature.
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    request = urllib.request.Request(url, content, headers, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()
