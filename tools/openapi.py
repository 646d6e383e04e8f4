"""`dev.py openapi`: writes public/openapi.json from the code."""

import subprocess

from tools import install
from tools.paths import PYTHON, ROOT


def openapi() -> int:
    """Writes the file in the virtual environment, which has the groups' packages. Returns 0."""
    install.python_packages()
    return subprocess.call([str(PYTHON), "-m", "tools.api"], cwd=ROOT)
