"""The rules that a deploy uploads and `dev.py up` loads: those of the functions' AUTH_MODE."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rules.bench import RULES, opened
from tools.machine import node
from tools.paths import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What the hook reads of a checkout."""
    shutil.copytree(
        ROOT / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "firestore.rules", tmp_path)
    (tmp_path / "config").mkdir()
    return tmp_path


def hook(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What firebase.json runs before it uploads the rules, for the project my-class."""
    return subprocess.run(
        [node(), "infra/rules.mjs", *words], cwd=project,
        env={**os.environ, "GCLOUD_PROJECT": "my-class"},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("mode", "rules"), [("verified", RULES), ("open", opened(RULES))])
def test_one_setting_decides_functions_and_rules(project: Path, mode: str, rules: str) -> None:
    (project / "config/.env.my-class").write_text(f"AUTH_MODE={mode}\n", encoding="utf-8")
    configuration = json.loads((ROOT / "firebase.json").read_text("utf-8"))["firestore"]
    assert configuration["predeploy"] == ["node infra/rules.mjs"]
    assert hook(project).returncode == 0
    assert (project / configuration["rules"]).read_text("utf-8") == rules


@pytest.mark.parametrize("settings", ["", "AUTH_MODE=\n", "AUTH_MODE=Open\n"])
def test_without_a_mode_no_rules_are_deployed(project: Path, settings: str) -> None:
    (project / "config/.env.my-class").write_text(settings, encoding="utf-8")
    done = hook(project)
    assert (done.returncode, "AUTH_MODE must be open or verified" in done.stderr) == (1, True)
    assert not (project / "build").exists()


def test_rules_without_the_switch_are_not_deployed_as_they_are(project: Path) -> None:
    """Else a deploy in open mode would leave its apps without listeners, and say nothing."""
    text = RULES.replace("isOpen()", "isOpened()")
    (project / "firestore.rules").write_text(text, encoding="utf-8")
    done = hook(project, "open", "out.rules")
    assert (done.returncode, "no function isOpen()" in done.stderr) == (1, True)
    assert "Error:" not in done.stderr


def test_the_rules_in_the_repository_are_those_of_verified_mode() -> None:
    assert opened(RULES) != RULES
    assert "return true;" not in RULES
