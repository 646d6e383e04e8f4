"""`dev.py migrate`: runs infra/migrate.py, or infra/sheets.py, in the virtual environment."""

import subprocess
from pathlib import Path

from tools import install
from tools.paths import PYTHON, ROOT


def migrate(project: str, *, yes: bool) -> int:
    """Counts what an update has to change; with `yes` changes it. Returns 0 on success."""
    install.python_packages()
    words = ["--project", project, *(["--yes"] if yes else [])]
    return subprocess.call([str(PYTHON), str(ROOT / "infra" / "migrate.py"), *words])


def take_sheet(
    file: Path, project: str, *, course: str, session: str, utc_offset: int, yes: bool
) -> int:
    """Says what a spreadsheet would add to a project; with `yes` adds it. Returns 0 on success."""
    install.python_packages()
    words = {"--sheet": file, "--project": project, "--course": course, "--session": session}
    given = [str(part) for name, value in words.items() if value for part in (name, value)]
    given += ["--utc-offset", str(utc_offset), *(["--yes"] if yes else [])]
    return subprocess.call([str(PYTHON), str(ROOT / "infra" / "sheets.py"), *given])
