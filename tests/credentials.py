"""Who the API's tests call as: a group whose callers need something has `tests/GROUP/credentials.py`."""

import importlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec

import pytest
from flask.testing import FlaskClient

QUICK = {"n": 2, "r": 1, "p": 1}  # what hashing a PIN costs, where hundreds are entered


@dataclass(frozen=True)
class Credentials:
    """Headers by the scheme of the API's document, and fields that name what exists."""

    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)


def credentials(group: str, client: FlaskClient, keep: ExitStack) -> Credentials:
    """New ones, made by the group's own endpoints where it has any. `keep` ends what they need."""
    name = f"tests.{group}.credentials"
    if find_spec(f"tests.{group}") is None or find_spec(name) is None:
        return Credentials()
    found: Credentials = importlib.import_module(name).credentials(client, keep)
    return found


def set_env(keep: ExitStack, settings: Mapping[str, str]) -> pytest.MonkeyPatch:
    """Settings of functions, until `keep` ends."""
    patch = keep.enter_context(pytest.MonkeyPatch.context())
    for name, value in settings.items():
        patch.setenv(name, value)
    return patch
