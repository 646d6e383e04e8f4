"""The modules that a function loads before its first request, counted by package.

`python -m benchmarks.cold_modules` prints them for each function, compared with a bare function
of functions-framework. Run it in the virtual environment.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tools.console import say
from tools.paths import PYTHON, ROOT, groups

_BARE = """
import functions_framework

@functions_framework.http
def bare(_):
    return "ok"
"""
_LOAD = """
import functions_framework, json, sys
functions_framework.create_app(sys.argv[1], "main.py")
print(json.dumps(sorted(sys.modules)))
"""


def loaded(group: str) -> list[str]:
    """The modules in memory after a function is loaded; for an empty name, after a bare one."""
    if group:
        return _modules(group, ROOT / "functions" / group)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.py").write_text(_BARE, encoding="utf-8")
        return _modules("bare", Path(folder))


def _modules(target: str, folder: Path) -> list[str]:
    command: list[str | Path] = [PYTHON, "-c", _LOAD, target]
    completed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    modules: list[str] = json.loads(completed.stdout)
    return modules


def by_package(modules: Sequence[str]) -> list[tuple[str, int]]:
    """The number of modules of each package, the largest first."""
    return Counter(module.split(".")[0] for module in modules).most_common()


def listing(group: str, extra: Sequence[str], top: int = 8) -> str:
    """One line: how many more modules a function loads than a bare one, and their packages."""
    packages = ", ".join(f"{package} {count}" for package, count in by_package(extra)[:top])
    return f"{group:<10} {len(extra):>4}   {packages}"


def main() -> int:
    """Prints the listing of every function."""
    floor = set(loaded(""))
    say(f"{'bare':<10} {len(floor):>4}   functions-framework and a function that does nothing")
    for group in groups():
        say(listing(group, [name for name in loaded(group) if name not in floor]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
