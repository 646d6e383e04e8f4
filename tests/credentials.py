"""Who the API's tests call as: a group whose callers need something has `tests/GROUP/credentials.py`."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from flask.testing import FlaskClient


@dataclass(frozen=True)
class Credentials:
    """Headers by the scheme of the API's document, and fields that name what exists."""

    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)


def credentials(group: str, client: FlaskClient) -> Credentials:
    """New ones, made by the group's own endpoints where it has any."""
    name = f"tests.{group}.credentials"
    if find_spec(f"tests.{group}") is None or find_spec(name) is None:
        return Credentials()
    found: Credentials = importlib.import_module(name).credentials(client)
    return found
