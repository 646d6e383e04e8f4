"""CONTRIBUTING.md, followed to the letter in a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tools.paths import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
# A file's block comes after the paragraph that begins with its name.
FILE = re.compile(r"^`([\w/.]+)`[^`\n].*?```\w+\n(.*?)```", re.DOTALL | re.MULTILINE)
COPIED = ("functions", "shared", "tools", "tests", "public", "docs", "infra")
CALLS = """
import functions_framework, json
client = functions_framework.create_app("notes", "functions/notes/main.py").test_client()
saved = client.post("/notes/save", json={"name": "first", "text": "Halo"})
read = client.get("/notes/read?name=first")
missing = client.get("/notes/read?name=other")
empty = client.post("/notes/save", json={})
print(json.dumps([[a.status_code, a.get_json()] for a in (saved, read, missing, empty)]))
"""


def files() -> dict[str, str]:
    return {name: text for name, text in FILE.findall(PAGE) if not name.endswith(".json")}


def snippets() -> list[dict[str, Any]]:
    """The two JSON blocks of the page for firebase.json: a codebase and a rewrite."""
    return [json.loads(text) for kind, text in BLOCK.findall(PAGE) if kind == "json"]


class Copy:
    """The project in another folder, with its own Python path and this environment's packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__", "venv", "*.local", "node_modules")
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        for path in ROOT.iterdir():
            if path.is_file() and not path.name.startswith("."):
                shutil.copy(path, folder / path.name)

    def write(self) -> None:
        """Writes every file that the page shows."""
        for name, text in files().items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (self.folder / "tests/notes/__init__.py").touch()

    def declare(self) -> None:
        """Adds the two JSON blocks of the page to firebase.json."""
        codebase, rewrite = snippets()
        path = self.folder / "firebase.json"
        config = json.loads(path.read_text("utf-8"))
        codebase["ignore"] = config["functions"][0]["ignore"]
        config["functions"].append(codebase)
        config["hosting"]["rewrites"].append(rewrite)
        path.write_text(json.dumps(config), encoding="utf-8")

    def name_collection(self) -> None:
        """Adds the line of the page to the table of infra/forget.py."""
        (line,) = [
            text for kind, text in BLOCK.findall(PAGE) if kind == "text" and '"notes":' in text
        ]
        path = self.folder / "infra/forget.py"
        table = "OTHER_DATA = {\n"
        path.write_text(path.read_text("utf-8").replace(table, table + line), encoding="utf-8")

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        packages = [self.folder, *sorted((self.folder / "functions").iterdir())]
        path = os.pathsep.join(str(package) for package in packages)
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": path, "MYPYPATH": path, **env},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def pytest(self, *arguments: str, **env: str) -> tuple[int, str]:
        done = self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, **env)
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("newcomer"))


def test_a_newcomer_adds_a_group_by_the_page_alone(
    copy: Copy, firestore_host: str, loaded: Callable[[str], FlaskClient]
) -> None:
    copy.write()

    code, output = copy.pytest("tests/test_layout.py", "-k", "notes or rewrite")
    assert code == 1
    assert "functions/notes lacks ['requirements.txt']" in output
    locked = copy.run("-m", "tools.lock")
    assert locked.returncode == 0, locked.stdout + locked.stderr
    code, output = copy.pytest("tests/infra/test_lock.py", "-k", "notes")
    assert code == 0, output
    code, output = copy.pytest("tests/test_layout.py", "-k", "notes or rewrite")
    assert code == 1
    assert 'add to "functions" in firebase.json: {"codebase": "notes"' in output
    assert 'add to "rewrites" in firebase.json: {"source": …' in output

    copy.declare()
    code, output = copy.pytest("tests/test_layout.py", "-k", "notes or rewrite")
    assert code == 0, output

    code, output = copy.pytest("tests/api/test_document.py", "-k", "the_file_is_what_the_code_says")
    assert code == 1
    assert "run: python3 dev.py openapi" in output
    generated = copy.run("-m", "tools.api")
    assert generated.returncode == 0, generated.stdout + generated.stderr
    code, output = copy.pytest("tests/api/test_document.py", "-k", "the_file or served")
    assert code == 0, output
    document = json.loads((copy.folder / "public/openapi.json").read_text("utf-8"))
    assert {"/notes/save", "/notes/read"} <= set(document["paths"])

    every_collection = ("tests/infra/test_forget.py", "-k", "every_collection")
    code, output = copy.pytest(*every_collection, FIRESTORE_EMULATOR_HOST=firestore_host)
    assert code == 1
    assert "say in infra/forget.py" in output
    copy.name_collection()
    code, output = copy.pytest(*every_collection, FIRESTORE_EMULATOR_HOST=firestore_host)
    assert code == 0, output

    calls = copy.run("-c", CALLS)
    assert calls.returncode == 0, calls.stderr
    saved, read, missing, empty = json.loads(calls.stdout)
    assert saved == read
    assert (read[0], read[1]["data"]["text"]) == (200, "Halo")
    assert missing == [404, {"ok": False, "error": "note_not_found"}]
    assert empty == [400, {"ok": False, "error": "missing_field: name"}]

    code, output = copy.pytest("tests/notes", FIRESTORE_EMULATOR_HOST=firestore_host)
    assert code == 0, output


def test_what_the_page_shows_is_formatted_linted_and_typed(copy: Copy) -> None:
    copy.write()
    names = [name for name in files() if name.endswith(".py")]
    for command in (["format", "--check"], ["check"]):
        done = copy.run("-m", "ruff", *command, "--no-cache", *names)
        assert done.returncode == 0, done.stdout + done.stderr
    done = copy.run("-m", "mypy", "--no-error-summary", "functions/notes/notes", "tests/notes")
    assert done.returncode == 0, done.stdout
    assert len(names) == 9
