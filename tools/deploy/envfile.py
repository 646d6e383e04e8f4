"""The settings of a project, config/.env.PROJECT, and the example that they begin with."""

import re
from pathlib import Path

import configuration

from shared.base.settings import SETTINGS, Setting
from tools.paths import ROOT

EXAMPLE = ROOT / "config" / "env.example"
_HEAD = """\
# Settings of your project's functions. `dev.py deploy` makes config/.env.YOUR-PROJECT-ID of this
# file; the Firebase CLI hands what is in it to every function. It has no secrets: docs/deploy.md.
# A line that begins with "# NAME=" shows a default: remove the "# " to change it.
# `python3 dev.py settings` writes this file from shared/base/settings.py.
"""


def example() -> str:
    """The text of config/env.example: every setting with its default, and what it means."""
    return _HEAD + "".join(_lines(setting) for setting in SETTINGS if not setting.secret)


def _lines(setting: Setting) -> str:
    mark = "" if setting.explicit else "# "
    return f"\n# {setting.help}\n{mark}{setting.name}={setting.default}\n"


def write_example() -> int:
    """Writes config/env.example. Returns 0."""
    EXAMPLE.write_text(example(), encoding="utf-8", newline="\n")
    return 0


def path(project: str) -> Path:
    """Where the settings of a project are."""
    return configuration.file_of(project)


def create(project: str, mode: str) -> None:
    """Writes the settings of a new project: the example, with this AUTH_MODE."""
    path(project).write_text(example(), encoding="utf-8", newline="\n")
    put(project, "AUTH_MODE", mode)


def read(project: str) -> dict[str, str]:
    """The settings that a project has. Empty where there is no file."""
    return configuration.read(path(project))


def put(project: str, name: str, value: str) -> None:
    """Sets one setting, in the place where the example shows it, else at the end."""
    file = path(project)
    text = file.read_text(encoding="utf-8")
    line = f"{name}={value}"
    shown = re.compile(rf"^#? ?{name}=.*$", re.MULTILINE)
    text = shown.sub(line, text, count=1) if shown.search(text) else f"{text.rstrip()}\n{line}\n"
    file.write_text(text, encoding="utf-8", newline="\n")
