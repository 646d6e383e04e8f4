"""`dev.py migrate`: runs infra/migrate.py in the project's virtual environment."""

import subprocess

from tools import install
from tools.paths import PYTHON, ROOT


def migrate(project: str, *, yes: bool) -> int:
    """Counts what an update has to change; with `yes` changes it. Returns 0 on success."""
    install.python_packages()
    words = ["--project", project, *(["--yes"] if yes else [])]
    return subprocess.call([str(PYTHON), str(ROOT / "infra" / "migrate.py"), *words])
