"""Finds what the user has installed: Python, Node, Java, and the Google Cloud SDK if any."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.console import Problem
from tools.paths import WINDOWS

PYTHONS = ((3, 11), (3, 13))
NODE_AT_LEAST = 20
JAVA_AT_LEAST = 21

GET_PYTHON = "Install Python 3.11, 3.12 or 3.13 from https://www.python.org/downloads/"
GET_NODE = f"Install Node.js {NODE_AT_LEAST} or newer from https://nodejs.org/"
GET_JAVA = f"Install Java {JAVA_AT_LEAST} or newer, for example from https://adoptium.net/"


@dataclass(frozen=True)
class Sdk:
    """The emulators of an installed Google Cloud SDK."""

    firestore_jar: Path
    pubsub: Path


def python() -> str:
    """A Python between 3.11 and 3.13: this one if it is, else one on PATH. Raises Problem."""
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        return sys.executable
    for minor in range(PYTHONS[1][1], PYTHONS[0][1] - 1, -1):
        commands = [["py", f"-3.{minor}"]] if WINDOWS else []
        for command in [*commands, [f"python3.{minor}"]]:
            if path := _output([*command, "-c", "import sys; print(sys.executable)"]):
                return path.strip()
    raise Problem(f"This is Python {sys.version.split()[0]}. {GET_PYTHON}")


def node() -> str:
    """The path of a Node that is new enough. Raises Problem."""
    path = shutil.which("node")
    if path is None:
        raise Problem(f"Node.js was not found. {GET_NODE}")
    version = _output([path, "--version"])
    if _major(version) < NODE_AT_LEAST:
        raise Problem(f"Node.js is {version.strip() or 'broken'}. {GET_NODE}")
    return path


def npm() -> str:
    """The path of npm, which some systems package apart from Node. Raises Problem."""
    path = shutil.which("npm")
    if path is None:
        raise Problem(f"npm was not found. It comes with Node.js: {GET_NODE}")
    return path


def java() -> Path:
    """The path of a Java that is new enough, wherever it is installed. Raises Problem."""
    rejected = []
    for path in _javas():
        version = _java_version(path)
        if version >= JAVA_AT_LEAST:
            return path
        rejected.append(f"{path} is version {version}" if version else f"{path} does not start")
    reason = "; ".join(rejected) or "none was found"
    raise Problem(f"The emulators need Java {JAVA_AT_LEAST} or newer: {reason}. {GET_JAVA}")


def sdk() -> Sdk | None:
    """The emulators of the Google Cloud SDK, if it is installed with both of them."""
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return None
    folder = Path(gcloud).resolve().parent.parent
    root = folder if (folder / "platform").is_dir() else Path(_sdk_root(gcloud))
    name = "cloud-pubsub-emulator" + (".bat" if WINDOWS else "")
    emulators = Sdk(
        root / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
        root / "platform/pubsub-emulator/bin" / name,
    )
    complete = emulators.firestore_jar.is_file() and emulators.pubsub.is_file()
    return emulators if complete else None


def environment() -> dict[str, str]:
    """The environment of the processes that `dev.py` starts, with a suitable Java first on PATH.

    It allows bytecode files: without them each start of a function takes several times as long.
    """
    java_home = java().parent.parent
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["JAVA_HOME"] = str(java_home)
    env["PATH"] = os.pathsep.join(
        [str(java_home / "bin"), str(Path(node()).parent), env.get("PATH", "")]
    )
    return env


def _javas() -> list[Path]:
    """Every installed Java, that of JAVA_HOME first."""
    name = "java.exe" if WINDOWS else "java"
    candidates = [Path(home) / "bin" / name for home in [os.environ.get("JAVA_HOME")] if home]
    if on_path := shutil.which("java"):
        candidates.append(Path(on_path).resolve())
    roots = [Path("/usr/lib/jvm"), Path("/Library/Java/JavaVirtualMachines"), Path("/opt")]
    for variable in ("ProgramFiles", "ProgramW6432"):
        if folder := os.environ.get(variable):
            roots += [Path(folder) / vendor for vendor in ("Eclipse Adoptium", "Java", "Microsoft")]
    roots.append(Path.home() / ".sdkman/candidates/java")
    for root in roots:
        for middle in ("", "Contents/Home/"):
            candidates += sorted(root.glob(f"*/{middle}bin/{name}"), reverse=True)
    return [path for path in dict.fromkeys(candidates) if path.is_file()]


def _java_version(path: Path) -> int:
    match = re.search(r'version "(\d+)', _output([str(path), "-version"]))
    return int(match[1]) if match else 0


def _sdk_root(gcloud: str) -> str:
    return _output([gcloud, "info", "--format=value(installation.sdk_root)"]).strip()


def _major(version: str) -> int:
    match = re.search(r"\d+", version)
    return int(match[0]) if match else 0


def _output(command: list[str]) -> str:
    """What a command prints; empty if it fails or cannot run."""
    try:
        completed = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return completed.stdout + completed.stderr if completed.returncode == 0 else ""
