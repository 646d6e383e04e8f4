"""`dev.py forget`: runs infra/forget.py in the project's virtual environment."""

import subprocess

from tools import install
from tools.paths import PYTHON, ROOT


def forget(user: str, project: str, *, yes: bool) -> int:
    """Lists all data of a user; with `yes` deletes it. Returns 0 on success."""
    install.python_packages()
    words = ["--user", user, "--project", project, *(["--yes"] if yes else [])]
    return subprocess.call([str(PYTHON), str(ROOT / "infra" / "forget.py"), *words])
