"""`dev.py bench`: installs what is missing and runs the benchmark in the virtual environment."""

import subprocess
from pathlib import Path

from tools import install
from tools.machine import environment
from tools.paths import PYTHON, ROOT


def bench(*, quick: bool, only: str | None, json: Path | None, write: bool) -> int:
    """Runs the benchmark. Returns 0 if the figures can be trusted and every target was met."""
    install.ensure()
    arguments = ["--quick"] * quick + ["--write"] * write
    arguments += ["--only", only] if only else []
    arguments += ["--json", str(json.resolve())] if json else []
    command = [str(PYTHON), "-m", "benchmarks", *arguments]
    return subprocess.call(command, cwd=ROOT, env=environment())
