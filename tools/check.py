"""`dev.py test`: format, lint, types and tests; all of them side by side."""

import os
import subprocess
import time

from tools import beside, install
from tools.console import say
from tools.machine import environment
from tools.places import PYTHON, ROOT, groups

# The tests that need the whole suite run beside the others, each part with emulators of its own.
# They share the checkout and nothing else: what a test writes there, the other part must not read.
_WITH_SUITE = ("tests/suite", "tests/browser")
# The emulators live for minutes; what Java's second compiler would save comes too late.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def check(*, unit: bool, pytest: list[str]) -> int:
    """Runs every check and returns 0 if all passed. `unit` needs neither Node nor Java."""
    if unit:
        install.python_packages()
        install.remove_copies()
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    else:
        install.ensure()
        env = environment()
    env["JAVA_TOOL_OPTIONS"] = f"{_JAVA} {env.get('JAVA_TOOL_OPTIONS', '')}".strip()
    env["MYPYPATH"] = os.pathsep.join(["infra", *("functions/" + group for group in groups())])
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
    others = [f"--ignore={folder}" for folder in _WITH_SUITE]
    return [
        {"tests with the suite": ["-m", "pytest", *_WITH_SUITE]},
        {"tests": ["-m", "pytest", *others]},
    ]


def _passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    started = time.monotonic()
    code = subprocess.call([str(PYTHON), *command], cwd=ROOT, env=env)
    if code == 0 or name != "tests":
        say(f"{'ok' if code == 0 else 'FAILED'}: {name} ({time.monotonic() - started:.1f} s)")
    return code == 0
