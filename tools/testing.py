"""`dev.py test`: checks format, lint and types and runs the tests, in parallel.

`dev.py test unit` runs only the tests that need neither an emulator nor another process, in about
10 seconds.
"""

import os
import subprocess
import time
from collections.abc import Sequence

from tools import install, parallel
from tools.console import say
from tools.machine import environment
from tools.parallel import Lane
from tools.paths import PYTHON, ROOT, groups

_TYPED = ("dev.py", "tools", "infra", "shared", "tests", "examples", "benchmarks", "clients")
# The tests that need the whole suite are a lane of their own, with emulators of their own. The
# lanes share the checkout: a test must not write there what a test of another lane reads.
_WITH_SUITE = ("tests/suite", "tests/browser")
# With these beside them both lanes take about as long.
_BESIDE_THEM = ("tests/clients", "tests/deploy", "tests/people")
_UNIT_MARKERS = "not emulator and not npm and not suite and not slow"
# Folders without any unit test: importing them would take longer than the unit tests do.
_WITHOUT_UNIT_TESTS = (*_WITH_SUITE, "tests/conformance", "tests/infra", "tests/newcomer")
# The emulators run for minutes: compiling with Java's second compiler does not pay off.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def run(*, unit: bool, pytest: list[str]) -> int:
    """Runs all checks, or those of `unit`, which need neither Node nor Java. Returns 0 if all pass.

    With arguments for pytest the checks run one after another, with pytest at this terminal.
    """
    env = _environment(unit=unit)
    lanes = _unit_lanes(pytest) if unit else _lanes(pytest)
    if pytest:
        checks = {name: command for lane in lanes for name, command in lane.items()}
        failed = [name for name, command in checks.items() if not _passes(name, command, env)]
    else:
        failed = parallel.run(lanes, env)
    say(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


def _environment(*, unit: bool) -> dict[str, str]:
    """Installs what the checks need. Returns the environment that they run in."""
    if unit:
        install.python_packages()
        install.remove_copies()
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    else:
        install.ensure()
        env = environment()
    env["JAVA_TOOL_OPTIONS"] = f"{_JAVA} {env.get('JAVA_TOOL_OPTIONS', '')}".strip()
    env["MYPYPATH"] = os.pathsep.join(
        ["infra", "clients/python", *("functions/" + group for group in groups())]
    )
    return env


def _unit_lanes(pytest: list[str]) -> list[Lane]:
    ignored = [f"--ignore={folder}" for folder in _WITHOUT_UNIT_TESTS]
    tests = ["-m", "pytest", "-m", _UNIT_MARKERS, *ignored, *pytest]
    return [_types(), {**_format(), "tests": tests}]


def _lanes(pytest: list[str]) -> list[Lane]:
    static = {**_format(), **_types(), **_types_of_mains()}
    if pytest:
        return [static, {"tests": ["-m", "pytest", *pytest]}]
    first = (*_WITH_SUITE, *_BESIDE_THEM)
    others = [f"--ignore={folder}" for folder in first]
    return [
        static,
        {"tests with the suite": ["-m", "pytest", *first]},
        {"tests": ["-m", "pytest", *others]},
    ]


def _format() -> dict[str, list[str]]:
    return {
        "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
        "lint": ["-m", "ruff", "check", "--quiet", "."],
    }


def _types() -> dict[str, list[str]]:
    packages = [f"functions/{group}/{group}" for group in groups()]
    return {"types": ["-m", "mypy", "--no-error-summary", *_TYPED, *packages]}


def _types_of_mains() -> dict[str, list[str]]:
    """A check for each function: mypy refuses two modules that are both called `main`."""
    mypy = ["-m", "mypy", "--no-error-summary"]
    mains = [f"functions/{group}/main.py" for group in groups()]
    return {f"types of {main}": [*mypy, main] for main in mains}


def _passes(name: str, command: Sequence[str], env: dict[str, str]) -> bool:
    started = time.monotonic()
    code = subprocess.call([str(PYTHON), *command], cwd=ROOT, env=env)
    if code == 0 or name != "tests":
        say(f"{'ok' if code == 0 else 'FAILED'}: {name} ({time.monotonic() - started:.1f} s)")
    return code == 0
