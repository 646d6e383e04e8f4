"""`dev.py test`: format, lint, types and tests, in the order of how fast they answer."""

import os
import subprocess
import time

from tools import install
from tools.console import say
from tools.machine import environment
from tools.places import PYTHON, ROOT, groups


def check(*, unit: bool, pytest: list[str]) -> int:
    """Runs every check and returns 0 if all passed. `unit` needs neither Node nor Java."""
    if unit:
        install.python_packages()
        install.remove_copies()
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    else:
        install.ensure()
        env = environment()
    tests = ["-m", "not emulator and not npm and not suite"] if unit else []
    failed = [
        name
        for name, command in {
            **_static_checks(),
            "tests": ["-m", "pytest", *tests, *pytest],
        }.items()
        if not _passes(name, command, env)
    ]
    say(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


_TYPED = ("dev.py", "tools", "infra", "shared", "tests", "examples", "benchmarks")


def _static_checks() -> dict[str, list[str]]:
    folders = [f"functions/{group}" for group in groups()]
    packages = [f"{folder}/{group}" for folder, group in zip(folders, groups(), strict=True)]
    mypy = ["-m", "mypy", "--no-error-summary"]
    return {
        "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
        "lint": ["-m", "ruff", "check", "--quiet", "."],
        "types": [*mypy, *_TYPED, *packages],
        # One at a time: each function's module is called `main`.
        **{f"types of {folder}": [*mypy, f"{folder}/main.py"] for folder in folders},
    }


def _passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    started = time.monotonic()
    mypy_path = os.pathsep.join(["infra", *("functions/" + group for group in groups())])
    code = subprocess.call([str(PYTHON), *command], cwd=ROOT, env={**env, "MYPYPATH": mypy_path})
    if code == 0 or name != "tests":
        say(f"{'ok' if code == 0 else 'FAILED'}: {name} ({time.monotonic() - started:.1f} s)")
    return code == 0
