"""The Firebase CLI that `npm ci` installs, run by Node."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gcloud import Problem

from tools import machine
from tools.console import say
from tools.paths import FIREBASE, ROOT

_LOGIN = ("have you run firebase login", "requires authentication", "no longer valid")
_SHOWN = 3  # lines of an output that was printed already


class CommandFailed(Problem):
    """A command of the CLI failed. The text is the end of its output, `output` all of it."""

    def __init__(self, output: str) -> None:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        super().__init__("\n".join(lines[-_SHOWN:]) or "The Firebase CLI said nothing.")
        self.output = output


@dataclass(frozen=True)
class Firebase:
    """The CLI for one project. It asks nothing."""

    project: str

    def ask(self, *words: str) -> Any:
        """The result of a command that answers in JSON. Raises Problem."""
        done = subprocess.run(
            [*self._command(*words), "--json"], cwd=ROOT, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        try:
            answer = json.loads(done.stdout[done.stdout.index("{") :])
        except ValueError as error:
            raise _failed(done.stdout + done.stderr) from error
        if answer.get("status") != "success":
            raise _failed(f"{done.stderr}\n{answer.get('error', '')}")
        return answer.get("result")

    def run(self, *words: str, env: dict[str, str] | None = None) -> None:
        """Runs a command and prints what it prints. Raises Problem unless it says it has succeeded.

        Its exit code is not enough: https://github.com/firebase/firebase-tools/issues/7949
        """
        say(f"$ firebase {' '.join(words)}")
        with subprocess.Popen(
            self._command(*words), cwd=ROOT, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8", errors="replace",
        ) as process:  # fmt: skip
            assert process.stdout
            lines = []
            for line in process.stdout:
                print("  " + line.rstrip(), flush=True)
                lines.append(line)
        output = "".join(lines)
        if process.returncode or ("deploy" in words and "Deploy complete!" not in output):
            raise _failed(output)

    def _command(self, *words: str) -> list[str | Path]:
        if not FIREBASE.exists():
            raise Problem("The Firebase CLI is not installed: npm ci --ignore-scripts")
        options = ("--project", self.project, "--non-interactive")
        return [machine.node(), FIREBASE, *words, *options]


def _failed(output: str) -> Problem:
    if any(words in output.lower() for words in _LOGIN):
        return Problem("The Firebase CLI is not signed in: npx firebase login")
    return CommandFailed(output)
