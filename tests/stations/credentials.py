"""A public station, registered at the devices' door."""

from contextlib import ExitStack

from flask.testing import FlaskClient

from tests.conftest import load
from tests.credentials import Credentials
from tests.devices import credentials as devices


def credentials(_: FlaskClient, keep: ExitStack) -> Credentials:
    """The public needs no credentials."""
    return Credentials(known=devices.credentials(load("devices"), keep).known)
