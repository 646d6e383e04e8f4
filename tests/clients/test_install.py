"""The Python client as a stranger installs it: by pip, into an environment of its own."""

import ast
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.machine import python
from tools.paths import ROOT, WINDOWS

CLIENT = ROOT / "clients/python"


@pytest.mark.slow
def test_pip_installs_it_with_requests_and_nothing_of_google(tmp_path: Path) -> None:
    source = tmp_path / "python"
    shutil.copytree(
        CLIENT, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    )
    subprocess.run([python(), "-m", "venv", tmp_path / "venv"], check=True)
    commands = tmp_path / "venv" / ("Scripts" if WINDOWS else "bin")
    pip = [str(commands / "python"), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", source], check=True)
    listed = subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True)
    names = {package["name"] for package in json.loads(listed.stdout)}
    assert {"simpul-client", "requests"} <= names
    assert len(names) <= 8, names
    told = subprocess.run(
        [commands / "simpul", "send", "temperature", "31.5"],
        capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, check=False,
    )  # fmt: skip
    assert told.returncode == 1
    assert "device.json" in told.stderr


@pytest.mark.parametrize("path", sorted(CLIENT.rglob("*.py")), ids=lambda path: path.stem)
def test_its_source_is_python_3_9(path: Path) -> None:
    ast.parse(path.read_text("utf-8"), feature_version=(3, 9))
