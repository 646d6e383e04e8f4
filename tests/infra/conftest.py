import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.infra import deploying
from tools.paths import STATE, groups

# What lies about in the folder of somebody who works in it, and must not leave the machine.
PRIVATE = (
    ".env", ".env.local", ".env.other-project", ".secret.local", "notes.local", "debug.log",
    "venv/bin/activate", ".venv/pyvenv.cfg", "__pycache__/main.cpython-312.pyc", "old.pyc",
    ".pytest_cache/README.md", ".mypy_cache/3.11/x.json", ".ruff_cache/x", ".git/config", ".DS_Store",
    "tests/test_it.py", "tests/fixture.json", "test_it.py", "key.pem", "my-project-firebase-adminsdk-x1.json",
)  # fmt: skip
GENERATED = "build/app.js"  # made by a build, ignored by git, and served by the function


@dataclass(frozen=True)
class Deployment:
    """A project's folder after the CLI has been through it, and the functions it would make."""

    project: Path
    functions: dict[str, dict[str, Any]]


@pytest.fixture
def project() -> Iterator[Path]:
    """A fresh copy of the checkout, with the settings of a project."""
    yield from _project("hooks")


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """One deploy, as far as it goes without a cloud, from folders full of private files."""
    for folder in _project("deploy"):
        for group in groups():
            for name in (*PRIVATE, f"{group}/{GENERATED}"):
                path = folder / "functions" / group / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("PRIVATE=1\n", encoding="utf-8")
        yield Deployment(folder, deploying.deploy(folder))


def _project(name: str) -> Iterator[Path]:
    folder = STATE / f"test-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    deploying.checkout(folder)
    settings = folder / "config" / f".env.{deploying.PROJECT}"
    settings.write_text("AUTH_MODE=open\nDEVICE_RATE=7\n", encoding="utf-8")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
