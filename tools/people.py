"""`dev.py people`: runs infra/enrolment.py in the project's virtual environment."""

import argparse
import subprocess
from collections.abc import Iterator

from tools import install
from tools.paths import PYTHON, ROOT

_OPTIONS = ("project", "course", "role", "email", "name", "user_id", "passwords", "links")
_FLAGS = ("remove", "yes")


def people(arguments: argparse.Namespace) -> int:
    """Imports a class, grants a role, lists or removes accounts. Returns 0 on success."""
    install.python_packages()
    command = [str(PYTHON), str(ROOT / "infra" / "enrolment.py"), *_words(arguments)]
    return subprocess.call(command)


def _words(arguments: argparse.Namespace) -> Iterator[str]:
    """The words of the command line again; it is infra/enrolment.py that refuses wrong ones."""
    yield arguments.action
    if arguments.file is not None:
        yield str(arguments.file)
    for name in _OPTIONS:
        if (value := getattr(arguments, name)) is not None:
            yield from (f"--{name.replace('_', '-')}", str(value))
    yield from (f"--{name}" for name in _FLAGS if getattr(arguments, name))
