"""The commands of the Google Cloud CLI: run, or only shown."""

import shutil
import subprocess
from dataclasses import dataclass

_NOT_THERE = ("not_found", "not found", "does not exist", "notfound")


class Problem(Exception):
    """Something only the person at the machine can mend; the text says what."""


@dataclass(frozen=True)
class Cloud:
    """One project, by the commands that a person would type."""

    project: str
    dry_run: bool

    def do(self, *words: str) -> None:
        """Runs a command that changes something, and shows it. Raises Problem where it fails."""
        print("$", *words, flush=True)
        if not self.dry_run and (done := _run(words)).returncode:
            raise Problem(f"{' '.join(words[:4])} … failed:\n{done.stderr.strip()}")

    def look(self, *words: str, in_a_dry_run: str = "") -> str:
        """What a command prints, nothing where what it asks for is not there. Raises Problem."""
        if self.dry_run:
            return in_a_dry_run
        done = _run(words)
        said = done.stderr + done.stdout
        if done.returncode and not any(word in said.lower() for word in _NOT_THERE):
            raise Problem(f"{' '.join(words[:4])} … failed:\n{said.strip()}")
        return "" if done.returncode else done.stdout.strip()


def _run(words: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    program = shutil.which(words[0])  # on Windows gcloud.cmd
    if program is None:
        raise Problem(f"{words[0]} was not found: https://cloud.google.com/sdk/docs/install")
    return subprocess.run(
        [program, *words[1:]],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
        errors="replace", check=False,
    )  # fmt: skip
