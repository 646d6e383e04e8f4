"""`dev.py bench`: sets up what is missing and runs the benchmark in the project's environment."""

import subprocess
from pathlib import Path

from tools import install
from tools.machine import environment
from tools.places import PYTHON, ROOT


def bench(*, quick: bool, only: str | None, json: Path | None, write: bool) -> int:
    """Runs it; 0 where the figures can be trusted and every target was met."""
    install.ensure()
    words = ["--quick"] * quick + ["--write"] * write
    words += ["--only", only] if only else []
    words += ["--json", str(json.resolve())] if json else []
    command = [str(PYTHON), "-m", "benchmarks", *words]
    return subprocess.call(command, cwd=ROOT, env=environment())
