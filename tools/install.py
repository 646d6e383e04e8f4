"""Installs the Python and npm packages, bundles the pages, prepares the functions emulator."""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import machine
from tools.console import run, say
from tools.paths import BIN, PYTHON, ROOT, STATE, VENV, WINDOWS, groups

_CONSTRAINTS = ROOT / "constraints.txt"
_PYTHON_STAMP = VENV / "simpul.stamp"
_NODE_STAMP = ROOT / "node_modules" / "simpul.stamp"
_PAGES_STAMP = ROOT / "public" / "lib" / ".simpul.stamp"


def ensure() -> None:
    """Installs all pinned packages that are not installed yet. Raises Problem."""
    with ThreadPoolExecutor() as pool:  # one unpacks while the other downloads
        for task in [pool.submit(python_packages), pool.submit(node_packages)]:
            task.result()
    remove_copies()
    pages()
    for group in groups():
        folder = ROOT / "functions" / group
        _write_activation(folder / "venv")
        _write_secrets(folder)


def is_complete() -> bool:
    """Whether the installed packages and pages are those that are pinned now."""
    return PYTHON.exists() and all(
        _is(stamp, wanted())
        for stamp, wanted in (
            (_PYTHON_STAMP, _python_pins),
            (_NODE_STAMP, _node_pins),
            (_PAGES_STAMP, _page_sources),
        )
    )


def python_packages() -> None:
    """Installs all that the functions and the tests import into the virtual environment."""
    if PYTHON.exists() and _is(_PYTHON_STAMP, _python_pins()):
        return
    say("Installing Python packages (once, about a minute):")
    log = STATE / "install-python.log"
    if not _PYTHON_STAMP.exists():  # also after an installation that was interrupted
        command: list[str | Path] = [machine.python(), "-m", "venv", "--clear", VENV]
        run("Virtual environment", command, cwd=ROOT, log=log)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    files = [part for path in _requirements() for part in ("-r", path)]
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    run("Python packages", [*pip, "-c", _CONSTRAINTS, *files], cwd=ROOT, env=env, log=log)
    editable = [*pip, "--no-deps", "--no-build-isolation", "-e", ROOT]
    run("This checkout", editable, cwd=ROOT, env=env, log=log)
    _PYTHON_STAMP.write_text(_python_pins(), encoding="utf-8")


def remove_copies() -> None:
    """Removes the copies of `shared` that an interrupted deploy leaves in the functions' folders.

    A function would load such a copy instead of the package that you edit.
    """
    for mark in sorted((ROOT / "functions").glob("*/*/.gitignore")):
        if mark.read_text(encoding="utf-8").startswith("# copied for a deploy"):
            shutil.rmtree(mark.parent)
            say(f"Removed {mark.parent.relative_to(ROOT)}, left over by a deploy that broke off.")


def node_packages() -> None:
    """Installs the Firebase CLI, the libraries of the pages, the tools of the browser tests."""
    if _is(_NODE_STAMP, _node_pins()):
        return
    say("Installing npm packages (once, about two minutes):")
    # None of these packages needs its install script for what is used here, and some would
    # compile or download something.
    command = [machine.npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run("npm packages", command, cwd=ROOT, log=STATE / "install-node.log")
    _NODE_STAMP.write_text(_node_pins(), encoding="utf-8")


def run_infra(script: str, *words: str) -> int:
    """Runs a script of infra/ in the virtual environment. Returns its exit code."""
    python_packages()
    return subprocess.call([str(PYTHON), str(ROOT / "infra" / script), *words])


def pages() -> None:
    """Bundles pages/ for the browsers, if a source has changed."""
    if _is(_PAGES_STAMP, _page_sources()):
        return
    command = [machine.npm(), "run", "--silent", "bundle"]
    run("Pages", command, cwd=ROOT, log=STATE / "bundle.log")
    _PAGES_STAMP.write_text(_page_sources(), encoding="utf-8")


def forget_pages() -> None:
    """Makes the next command bundle the pages again."""
    _PAGES_STAMP.unlink(missing_ok=True)


def _write_activation(venv: Path) -> None:
    """Writes the file that the functions emulator sources before it starts a function.

    On POSIX `exec` replaces the shell by the server, so the emulator stops the server itself. If
    it stopped only a shell, the server would stay.
    """
    if WINDOWS:
        path, text = venv / "Scripts/activate.bat", f'@set "PATH={BIN};%PATH%"\r\n'
    else:
        path, text = venv / "bin/activate", f'exec "{BIN}/functions-framework"\n'
    # A batch file is read in the code page of the machine.
    _put(path, text.encode("mbcs" if WINDOWS else "utf-8"))


def _write_secrets(folder: Path) -> None:
    """Writes the secrets that the manifest names into the file that the emulator reads.

    A secret is generated once per machine: functions that name the same one get the same.
    """
    if names := secrets_of(folder):
        lines = [f"{name}={_secret(name)}\n" for name in names]
        _put(folder / ".secret.local", "".join(lines).encode())


def secrets_of(folder: Path) -> list[str]:
    """The secrets that the manifest of a function names."""
    manifest = (folder / "functions.yaml").read_text(encoding="utf-8")
    return re.findall(r"^ *- key: (\w+)", manifest, re.MULTILINE)


def _put(path: Path, content: bytes) -> None:
    """Writes a file unless it has this content already: a running emulator may be reading it."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _secret(name: str) -> str:
    path = STATE / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _requirements() -> list[Path]:
    """What functions and tests import. Pip reads no file with hashes next to one without them."""
    files = [ROOT / "functions" / group / "requirements.in" for group in groups()]
    return [*files, ROOT / "requirements-dev.txt"]


def _python_pins() -> str:
    return _digest([_CONSTRAINTS, ROOT / "setup.py", *_requirements()], groups())


def _node_pins() -> str:
    return _digest([ROOT / "package.json", ROOT / "package-lock.json"], [])


def _page_sources() -> str:
    sources = sorted(path for path in (ROOT / "pages").rglob("*") if path.is_file())
    names = [path.relative_to(ROOT).as_posix() for path in sources]
    return _digest([ROOT / "package-lock.json", ROOT / "tools" / "bundle.mjs", *sources], names)


def _digest(paths: Iterable[Path], words: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes() + b"\0")
    digest.update("\0".join([str(ROOT), *words]).encode())
    return digest.hexdigest()


def _is(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == wanted
