"""`dev.py openapi`: makes public/openapi.json anew from the code."""

import subprocess

from tools import install
from tools.places import PYTHON, ROOT


def openapi() -> int:
    """0 when the file is what the code says. The groups need the project's own environment."""
    install.python_packages()
    return subprocess.call([str(PYTHON), "-m", "tools.api"], cwd=ROOT)
