"""The settings of a project in config/.env.PROJECT, which a deploy hands to its functions."""

import re
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent / "config"
_LINE = re.compile(r"""^\s*(?:export\s+)?(\w+)\s*=\s*["']?([^"'#\r\n]*)""", re.MULTILINE)


def read(file: Path) -> dict[str, str]:
    """The settings in a file by name; none where there is no file."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return {name: value.strip() for name, value in _LINE.findall(text)}


def file_of(project: str, config: Path = CONFIG) -> Path:
    """Where the settings of a project are."""
    return config / f".env.{project}"
