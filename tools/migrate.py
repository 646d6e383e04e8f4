"""`dev.py migrate`: runs infra/migrate.py, or infra/sheets.py, in the virtual environment."""

from pathlib import Path

from tools import install


def migrate(project: str, *, yes: bool) -> int:
    """Counts what earlier versions stored otherwise; with `yes` moves it. Returns 0 on success."""
    return install.run_infra("migrate.py", "--project", project, *(["--yes"] if yes else []))


def take_sheet(
    file: Path, project: str, *, course: str, session: str, utc_offset: int, yes: bool
) -> int:
    """Says what a spreadsheet would add to a project; with `yes` adds it. Returns 0 on success."""
    words = {"--sheet": file, "--project": project, "--course": course, "--session": session}
    given = [str(part) for name, value in words.items() if value for part in (name, value)]
    given += ["--utc-offset", str(utc_offset), *(["--yes"] if yes else [])]
    return install.run_infra("sheets.py", *given)
