"""`dev.py doctor`: checks that this machine has what Simpul needs, and says what to install.

With a project it also checks who may sign in there.
"""

import subprocess
import sys
from collections.abc import Callable

from tools import install, machine
from tools.console import Problem, count_missing, say
from tools.paths import ROOT
from tools.processes import is_free
from tools.suite import ports_of


def doctor(project: str | None = None) -> int:
    """Prints a line for each requirement, with the fix if it is missing. Returns 0 if none is."""
    checks: dict[str, Callable[[], object]] = {
        "Python": machine.python,
        "Node.js": machine.node,
        "npm": machine.npm,
        "Java": machine.java,
        "Emulators": _emulators,
        "Ports": _ports,
        "Installed": _installed,
    }
    missing = count_missing(checks)
    if project:
        missing += _of_project(project)
    say("\nEverything is there: python3 dev.py up" if not missing else f"\n{missing} to mend.")
    return 1 if missing else 0


def _of_project(project: str, *options: str) -> int:
    """Prints the lines of a project in the cloud. Returns how many say MISSING."""
    script = str(ROOT / "infra" / "cloud.py")
    return subprocess.call([sys.executable, script, "check", "--project", project, *options])


def _emulators() -> str:
    sdk = machine.sdk()
    return (
        f"of the Google Cloud SDK, {sdk.firestore_jar.parents[2]}"
        if sdk
        else ("the Firebase CLI downloads them at the first start")
    )


def _ports() -> str:
    ports = ports_of(None)
    in_use = [f"{port} ({name})" for name, port in ports.items() if not is_free(port)]
    if in_use:
        raise Problem(f"in use: {', '.join(in_use)}; use: python3 dev.py up --port-base 6400")
    return f"{min(ports.values())}–{max(ports.values())} are free"


def _installed() -> str:
    if install.is_complete():
        return "what is pinned"
    return "not yet; up and test install what is pinned"
