"""`dev.py people`: runs infra/enrolment.py in the project's virtual environment."""

import argparse
from collections.abc import Iterator

from tools import install

_OPTIONS = ("project", "course", "role", "email", "name", "user_id", "passwords", "links")
_FLAGS = ("remove", "yes")


def people(arguments: argparse.Namespace) -> int:
    """Imports a class, grants a role, lists or removes accounts. Returns 0 on success."""
    return install.run_infra("enrolment.py", *_words(arguments))


def _words(arguments: argparse.Namespace) -> Iterator[str]:
    """The words of the command line again; it is infra/enrolment.py that refuses wrong ones."""
    yield arguments.action
    if arguments.file is not None:
        yield str(arguments.file)
    for name in _OPTIONS:
        if (value := getattr(arguments, name)) is not None:
            yield from (f"--{name.replace('_', '-')}", str(value))
    yield from (f"--{name}" for name in _FLAGS if getattr(arguments, name))
