"""`dev.py screenshots`: takes the pictures of the docs in a browser, from a running `up`."""

import hashlib
import json
import subprocess
from pathlib import Path

from tools import install
from tools.console import Problem, say
from tools.paths import PYTHON, ROOT

FOLDER = ROOT / "docs" / "images"
LANGUAGES = {"en": ".png", "id": ".id.png"}
# Each picture with its page. The order matters: the sensors' phone is on a later map.
PICTURES = {
    "console": "console",
    "projector": "console",
    "checkin": "checkin",
    "map": "map",
    "sensors": "sensors",
    "kiosk": "kiosk",
    "people": "people",
    "me": "me",
}
RECORD = FOLDER / "sources.json"
_SOURCES = (
    "pages/shared/**/*.js",
    "pages/{page}/**/*.js",
    "public/{page}/*.html",
    "public/css/simpul.css",
    "public/css/{page}.css",
    "functions/{page}/{page}/static/*.css",
    "functions/{page}/{page}/templates/*.html",
)


def screenshots(state: Path, *, everything: bool) -> int:
    """Takes the pictures whose page has changed, or all, in both languages. Returns 0."""
    demo = state / "demo.json"
    if not demo.exists():
        raise Problem(f"{demo} is missing: start `python3 dev.py up` in another terminal first.")
    names = list(PICTURES) if everything else outdated()
    if not names:
        say("No page has changed since its pictures. --all takes all of them again.")
        return 0
    install.python_packages()
    install.pages()  # `up` serves what was bundled when it started
    for name in names:
        command: list[str | Path] = [PYTHON, "-m", "tools.camera", demo, FOLDER, name]
        if subprocess.call(command, cwd=ROOT) != 0:
            raise Problem(f"No picture of {name}: see above. Repeat the command for the rest.")
        _record(name)
    return 0


def outdated() -> list[str]:
    """The pictures whose page has changed since they were made."""
    recorded = _recorded()
    return [name for name, page in PICTURES.items() if recorded.get(name) != digest(page)]


def digest(page: str) -> str:
    """A short name of a page's sources: equal on all machines, with any line ends."""
    patterns = [pattern.format(page=page) for pattern in _SOURCES]
    paths = {path for pattern in patterns for path in ROOT.glob(pattern)}
    names = sorted(path.relative_to(ROOT).as_posix() for path in paths)
    parts = [f"{name}\n{(ROOT / name).read_text(encoding='utf-8')}" for name in names]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _record(name: str) -> None:
    """Writes down from which sources a picture was made."""
    made = {**_recorded(), name: digest(PICTURES[name])}
    text = json.dumps({name: made[name] for name in PICTURES if name in made}, indent=2)
    RECORD.write_text(text + "\n", encoding="utf-8")


def _recorded() -> dict[str, str]:
    if not RECORD.exists():
        return {}
    made: dict[str, str] = json.loads(RECORD.read_text(encoding="utf-8"))
    return made
