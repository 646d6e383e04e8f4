"""The way to the emulators: plain channels, and for Firestore a header that says who is calling.

Without a name on it that emulator applies the security rules, as to an anonymous phone.
"""

from typing import Any

import grpc

from shared.google.channels import OPTIONS
from shared.google.firestore import PATIENCE, Database

ADMINISTRATOR = "owner"


def signed(token: str = ADMINISTRATOR) -> tuple[tuple[str, str], ...]:
    """The headers of a call by the holder of this token; none for an empty one: nobody."""
    return (("authorization", f"Bearer {token}"),) if token else ()


def channel(host: str, *interceptors: Any) -> grpc.Channel:
    """A channel to an emulator, made as the one to the cloud is."""
    made = grpc.insecure_channel(host, options=OPTIONS)
    return grpc.intercept_channel(made, *interceptors) if interceptors else made


def database(host: str, project: str, *interceptors: Any, patience: float = PATIENCE) -> Database:
    """A project's database in the emulator, as its administrator."""
    return Database(channel(host, *interceptors), project, headers=signed(), patience=patience)
