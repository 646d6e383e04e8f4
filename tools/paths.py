"""The paths of this checkout, and the names of its demo project."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".simpul"
VENV = ROOT / ".venv"
PROJECT = "demo-simpul"
REGION = "asia-southeast2"

WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
FIREBASE = ROOT / "node_modules" / "firebase-tools" / "lib" / "bin" / "firebase.js"


def groups() -> list[str]:
    """The endpoint groups: every folder under functions/ with a deploy manifest."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/functions.yaml"))
