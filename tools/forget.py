"""`dev.py forget`: runs infra/forget.py in the project's virtual environment."""

from tools import install


def forget(user: str, project: str, *, yes: bool) -> int:
    """Lists all data of a user; with `yes` deletes it. Returns 0 on success."""
    words = ["--user", user, "--project", project, *(["--yes"] if yes else [])]
    return install.run_infra("forget.py", *words)
