"""`dev.py test`: format, lint, types and tests; all of them side by side."""

import os
import subprocess
import time

from tools import beside, install
from tools.console import say
from tools.machine import environment
from tools.places import PYTHON, ROOT, groups

# Two parts that take about as long, each with emulators of its own. They share the checkout and
# nothing else: what a test writes there must not be what the other part reads.
_WITH_PAGES = "npm or suite"


def check(*, unit: bool, pytest: list[str]) -> int:
    """Runs every check and returns 0 if all passed. `unit` needs neither Node nor Java."""
    if unit:
        install.python_packages()
        install.remove_copies()
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    else:
        install.ensure()
        env = environment()
    mypy_path = os.pathsep.join(["infra", *("functions/" + group for group in groups())])
    env["MYPYPATH"] = mypy_path
    if unit or pytest:  # a chosen few: one after another, the tests at this terminal
        chosen = ["-m", "not emulator and not npm and not suite"] if unit else []
        checks = {**_format(), **_types(), "tests": ["-m", "pytest", *chosen, *pytest]}
        failed = [name for name, command in checks.items() if not _passes(name, command, env)]
    else:
        failed = beside.run([_format() | _types(), *_tests()], env)
    say(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


_TYPED = ("dev.py", "tools", "infra", "shared", "tests", "examples", "benchmarks")


def _format() -> dict[str, list[str]]:
    return {
        "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
        "lint": ["-m", "ruff", "check", "--quiet", "."],
    }


def _types() -> dict[str, list[str]]:
    folders = [f"functions/{group}" for group in groups()]
    packages = [f"{folder}/{group}" for folder, group in zip(folders, groups(), strict=True)]
    mypy = ["-m", "mypy", "--no-error-summary"]
    return {
        "types": [*mypy, *_TYPED, *packages],
        # One at a time: each function's module is called `main`.
        **{f"types of {folder}": [*mypy, f"{folder}/main.py"] for folder in folders},
    }


def _tests() -> list[dict[str, list[str]]]:
    """The tests in two parts that need as long as each other."""
    return [
        {"tests of pages": ["-m", "pytest", "-m", _WITH_PAGES]},
        {"tests": ["-m", "pytest", "-m", f"not ({_WITH_PAGES})"]},
    ]


def _passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    started = time.monotonic()
    code = subprocess.call([str(PYTHON), *command], cwd=ROOT, env=env)
    if code == 0 or name != "tests":
        say(f"{'ok' if code == 0 else 'FAILED'}: {name} ({time.monotonic() - started:.1f} s)")
    return code == 0
