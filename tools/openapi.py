"""`dev.py openapi` and `dev.py access`: write what the code says into public/ and docs/."""

import subprocess

from tools import install
from tools.paths import PYTHON, ROOT


def openapi() -> int:
    """Writes public/openapi.json in the virtual environment, which has the groups' packages."""
    return _run("tools.api")


def access() -> int:
    """Writes docs/access.md, with emulators of its own. Returns 0."""
    return _run("tools.access")


def _run(module: str) -> int:
    install.python_packages()
    return subprocess.call([str(PYTHON), "-m", module], cwd=ROOT)
