"""`dev.py lock`: writes each function's requirements.txt, every package of it with its hashes."""

import os
import subprocess
import sys
from pathlib import Path

from tools import install
from tools.console import Problem, say
from tools.paths import PYTHON, ROOT, groups

COMMAND = "python3 dev.py lock"  # as each file says of itself
OLDEST_PYTHON = "3.11"  # of a machine that installs what is deployed; a deploy has 3.12
_OPTIONS = (
    "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-annotate",
    "--no-emit-index-url", "--no-config", "--system-certs", "--quiet",
    "--custom-compile-command", COMMAND,
)  # fmt: skip
_OF_PIP = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_CERT": "SSL_CERT_FILE"}


def lock() -> int:
    """Writes the files in the virtual environment, which has uv. Returns 0 on success."""
    install.python_packages()
    return subprocess.call([str(PYTHON), "-m", "tools.lock"], cwd=ROOT)


def write(root: Path = ROOT) -> None:
    """Compiles the requirements.in of every group. Raises Problem, as where a pin contradicts."""
    for group in groups():
        _compile(root, f"functions/{group}/requirements.in")
        say(f"functions/{group}/requirements.txt")


def environment() -> dict[str, str]:
    """This process's environment, with pip's package index also for uv, where one is set."""
    of_uv = {uv: os.environ[pip] for pip, uv in _OF_PIP.items() if pip in os.environ}
    return {**os.environ, **of_uv}


def _compile(root: Path, source: str) -> None:
    """Writes one file. Its versions come from constraints.txt, not from the file as it is now."""
    uv = Path(sys.executable).with_name("uv")
    target = source.removesuffix(".in") + ".txt"
    (root / target).unlink(missing_ok=True)
    files = (source, "-c", "constraints.txt", "-o", target)
    command = [str(uv), "pip", "compile", *files, *_OPTIONS]
    done = subprocess.run(
        command, cwd=root, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Problem(f"{source} cannot be locked:\n{done.stderr.strip()}")


if __name__ == "__main__":
    try:
        write()
    except Problem as problem:
        sys.exit(f"\n{problem}")
