"""Runs the commands of the Google Cloud CLI, or only prints them."""

import shutil
import subprocess
from dataclasses import dataclass

_NOT_FOUND = ("not_found", "not found", "does not exist", "notfound")


class Problem(Exception):
    """Something that only the person who runs the command can fix; the text says what."""


@dataclass(frozen=True)
class Cloud:
    """One Google Cloud project, through its command line. A dry run runs no command."""

    project: str
    dry_run: bool

    def run(self, *command: str, given: str = "") -> None:
        """Prints and runs a command that changes something. Raises Problem if it fails.

        `given` goes to its standard input: a secret, which the words of a command must not have.
        """
        print("$", *command, flush=True)
        if not self.dry_run and (process := _run(command, given)).returncode:
            raise _failure(command, process.stderr)

    def read(self, *command: str, in_dry_run: str = "") -> str:
        """The output of a command that only reads; empty if the resource does not exist.

        Raises Problem if the command fails. A dry run returns `in_dry_run`.
        """
        if self.dry_run:
            return in_dry_run
        process = _run(command)
        if not process.returncode:
            return process.stdout.strip()
        output = process.stderr + process.stdout
        if any(words in output.lower() for words in _NOT_FOUND):
            return ""
        raise _failure(command, output)


def _failure(command: tuple[str, ...], output: str) -> Problem:
    return Problem(f"{' '.join(command[:4])} … failed:\n{output.strip()}")


def _run(command: tuple[str, ...], given: str = "") -> "subprocess.CompletedProcess[str]":
    program = shutil.which(command[0])  # on Windows gcloud.cmd
    if program is None:
        raise Problem(f"{command[0]} was not found: https://cloud.google.com/sdk/docs/install")
    return subprocess.run(
        [program, *command[1:]],
        input=given, capture_output=True, text=True, encoding="utf-8",
        errors="replace", check=False,
    )  # fmt: skip
