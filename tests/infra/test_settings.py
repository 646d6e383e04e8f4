"""What a project may set, and what must not come into the repository."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.base.settings import AUTH_MODE, SETTINGS, Setting
from tools.paths import ROOT

EXAMPLE = (ROOT / "config/env.example").read_text("utf-8")
LINE = re.compile(r"^(# )?([A-Z_]+)=(.*)$", re.MULTILINE)
DEPLOYING = (ROOT / "docs/deploy.md").read_text("utf-8")

PRIVATE = (
    "key.pem", "functions/presence/server.pem", "config/my-class-firebase-adminsdk-fbsvc-0a1b2c.json",
    "adminsdk.json", "old.p12", ".env", "config/.env.my-class", "functions/edge/.secret.local", ".firebaserc",
)  # fmt: skip
PUBLIC = (
    "config/env.example",
    "firebase.json",
    "package-lock.json",
    "functions/edge/requirements.txt",
)


def test_the_example_has_every_setting_with_its_default_and_no_secret() -> None:
    shown = {name: value for _, name, value in LINE.findall(EXAMPLE)}
    assert shown == {setting.name: setting.default for setting in SETTINGS if not setting.secret}


def test_only_the_mode_is_set_in_the_example() -> None:
    """Else a default that changes would not reach the projects that have copied it."""
    assert [name for mark, name, _ in LINE.findall(EXAMPLE) if not mark] == [AUTH_MODE.name]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: str(setting.name))
def test_the_page_on_deploying_explains_every_setting(setting: Setting) -> None:
    if setting.secret:
        assert f"functions:secrets:set {setting.name} " in DEPLOYING
    else:
        default = f"`{setting.default}`" if setting.default else "(empty)"
        assert f"| `{setting.name}` | {default} | " in DEPLOYING


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    shutil.copy(ROOT / ".gitignore", folder)
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def ignored(repository: Path, name: str) -> bool:
    command = ["git", "-C", str(repository), "check-ignore", "-q", name]
    return subprocess.run(command, check=False).returncode == 0


@pytest.mark.parametrize("name", PRIVATE)
def test_git_ignores_keys_and_settings(repository: Path, name: str) -> None:
    assert ignored(repository, name)


@pytest.mark.parametrize("name", PUBLIC)
def test_git_ignores_nothing_that_a_clone_needs(repository: Path, name: str) -> None:
    assert not ignored(repository, name)
