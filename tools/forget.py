"""`dev.py forget`: runs infra/forget.py where its packages are installed."""

import subprocess

from tools import install
from tools.places import PYTHON, ROOT


def forget(user: str, project: str, *, yes: bool) -> int:
    """Shows, and with `yes` deletes, all that is kept of a user. 0 if it could."""
    install.python_packages()
    words = ["--user", user, "--project", project, *(["--yes"] if yes else [])]
    return subprocess.call([str(PYTHON), str(ROOT / "infra" / "forget.py"), *words])
