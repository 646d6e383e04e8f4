"""Finds a Chromium for the browser tests: an installed one, else that of an npm package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import machine
from tools.console import Problem
from tools.paths import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
MACOS_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
WINDOWS_PATHS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
NPM_CHROMIUM = (
    "import('@sparticuz/chromium').then(c => c.default.executablePath()).then(console.log)"
)


def find() -> str:
    """The path of a browser. `CHROME_PATH` chooses one. Raises Problem."""
    if chosen := os.environ.get("CHROME_PATH"):
        return chosen
    candidates = [Path(path) for name in NAMES if (path := shutil.which(name))]
    candidates += map(Path, MACOS_PATHS)
    for variable in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData"):
        if folder := os.environ.get(variable):
            candidates += [Path(folder) / name for name in WINDOWS_PATHS]
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate)
    if sys.platform == "linux":
        completed = subprocess.run(
            [machine.node(), "-e", NPM_CHROMIUM],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if completed.returncode == 0:
            return completed.stdout.strip()
    raise Problem("The tests need a browser. Install Chrome, or set CHROME_PATH.")
