"""A deploy against the stand-ins: a clone of this checkout, a person's machine, and a project."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy import commands, database, project, serverless, site
from tests.deploy.google import REFRESH_TOKEN, TOKEN, Google
from tests.deploy.wire import answering
from tests.infra import deploying
from tools.paths import FIREBASE, ROOT, STATE, WINDOWS

SERVICES = (commands, database, project, serverless, site)  # imported: they register their answers


@dataclass
class Rehearsal:
    """One clone and one project. `google` is what the project has become."""

    folder: Path
    google: Google
    env: dict[str, str]
    stack: ExitStack = field(default_factory=ExitStack)

    def run(self, *command: str | Path, answers: str = "") -> "subprocess.CompletedProcess[str]":
        """Runs a command in the clone, with what is typed in."""
        return subprocess.run(
            [str(word) for word in command], cwd=self.folder, env=self.env, input=answers,
            capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip

    def deploy(self, *options: str, answers: str = "") -> "subprocess.CompletedProcess[str]":
        """`dev.py deploy` for the project of the rehearsal."""
        words = ("deploy", "--project", "kelas-a", "--pause", "0", *options)
        return self.run(sys.executable, "dev.py", *words, answers=answers)

    def firebase(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """The Firebase CLI itself."""
        cli = "node_modules/firebase-tools/lib/bin/firebase.js"
        return self.run("node", cli, *words, "--project", "kelas-a")


@contextmanager
def rehearsing(folder: Path, google: Google) -> Iterator[Rehearsal]:
    """A rehearsal whose clone lies below the checkout, so that npm's packages are found."""
    clone = STATE / f"test-rehearsal-{os.getpid()}"
    shutil.rmtree(clone, ignore_errors=True)
    machine = folder / "machine"
    machine.mkdir()
    try:
        deploying.checkout(clone)
        for name in ("dev.py", "package-lock.json", "constraints.txt"):
            shutil.copy(ROOT / name, clone / name)
        _link_to_the_cli(clone)
        with answering(google, machine) as proxy:
            yield Rehearsal(clone, google, {**_environment(machine), **proxy})
    finally:
        shutil.rmtree(clone, ignore_errors=True)


def _link_to_the_cli(clone: Path) -> None:
    """Stands for what `npm ci` installs: the same CLI, at the place where it would be."""
    place = clone / FIREBASE.relative_to(ROOT)
    place.parent.mkdir(parents=True)
    place.write_text(f"require({json.dumps(str(FIREBASE))});\n", encoding="utf-8")
    note = "from tools import install as i; i._NODE_STAMP.write_text(i._node_pins())"
    subprocess.run([sys.executable, "-c", note], cwd=clone, check=True)


def _environment(machine: Path) -> dict[str, str]:
    """A machine where a person is signed in, with a gcloud of ours and settings of their own."""
    programs, config = machine / "programs", machine / "config"
    programs.mkdir()
    fake = Path(__file__).parent / "fake_gcloud.py"
    for name in ("gcloud", "bq"):
        words = f'"{sys.executable}" -S "{fake}" {name}'
        if WINDOWS:
            (programs / f"{name}.cmd").write_text(f"@{words} %*\r\n", encoding="utf-8")
        else:
            (programs / name).write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
            (programs / name).chmod(0o755)
    store = config / "configstore" / "firebase-tools.json"
    store.parent.mkdir(parents=True)
    tokens: dict[str, Any] = {"refresh_token": REFRESH_TOKEN, "access_token": TOKEN, "scopes": []}
    user = {"email": "ani@kampus.ac.id"}
    store.write_text(json.dumps({"user": user, "tokens": tokens}), encoding="utf-8")
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    hidden = ("GOOGLE_", "FIREBASE_", "FIRESTORE_", "PUBSUB_", "GCLOUD_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**own, "PATH": path, "XDG_CONFIG_HOME": str(config), "NO_UPDATE_NOTIFIER": "1",
            "PYTHONUTF8": "1"}  # fmt: skip
