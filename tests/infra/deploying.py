"""A copy of this checkout, as a student would deploy it, and what the Firebase CLI makes of it."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from tools import lock
from tools.machine import node
from tools.paths import BIN, ROOT

PROJECT = "demo-deploy"
UPLOADED = ("shared", "functions", "infra", "config", "pages", "public", "tools")
FILES = ("firebase.json", "package.json", "firestore.rules", "firestore.indexes.json")
NOT_SOURCE = shutil.ignore_patterns("venv", "__pycache__", ".*", "*.egg-info")


def checkout(folder: Path) -> Path:
    """A copy of what a clone of the repository holds. It lies where node_modules is found."""
    for name in UPLOADED:
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_SOURCE)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def hook(project: Path, group: str, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What firebase.json runs before and after a deploy, as the CLI runs it."""
    given = {"GCLOUD_PROJECT": PROJECT, "RESOURCE_DIR": str(project / "functions" / group), **env}
    return subprocess.run(
        [node(), "infra/hooks.mjs", *command], cwd=project, env={**os.environ, **given},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def deploy(project: Path) -> dict[str, dict[str, Any]]:
    """Each function that the CLI would make, by name; its archive lies in the project's folder.

    Fails with what the CLI says where it would stop.
    """
    driver = Path(__file__).parent / "cli.cjs"
    command: list[str | Path] = [node(), driver, project]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    codebases = json.loads((project / "deploy.json").read_text("utf-8"))
    return {endpoint["id"]: endpoint for found in codebases.values() for endpoint in found}


def unpack(project: Path, codebase: str, into: Path) -> Path:
    """The archive of a codebase in an empty folder."""
    with zipfile.ZipFile(project / f"{codebase}.zip") as archive:
        archive.extractall(into)
    return into


def install(requirements: Path, into: Path) -> Path:
    """A new environment with what this file pins and nothing else. Returns its programs' folder.

    As in a deploy: a package that the file does not name, or another file of it, is refused.
    """
    uv, quiet = BIN / "uv", {"check": True, "capture_output": True, "env": lock.environment()}
    subprocess.run([uv, "venv", "--python", sys.executable, into], **quiet)  # type: ignore[call-overload]
    command = [uv, "pip", "install", "--require-hashes", "--system-certs", "--python", into]
    subprocess.run([*command, "-r", requirements], **quiet)  # type: ignore[call-overload]
    return into / BIN.name
