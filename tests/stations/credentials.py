"""A public station, registered at the devices' door."""

from contextlib import ExitStack

from flask.testing import FlaskClient

from tests.conftest import load
from tests.credentials import Credentials
from tests.devices import credentials as devices


def credentials(_: FlaskClient, keep: ExitStack) -> Credentials:
    """Nothing is asked of the public."""
    return Credentials(known=devices.credentials(load("devices"), keep).known)
