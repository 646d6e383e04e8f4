"""A client of a Simpul server for devices and for machines."""

from simpul_client.buffer import Buffer
from simpul_client.devices import TYPES, Device, register
from simpul_client.http import Refused, SimpulError, Unavailable
from simpul_client.machines import Machine, Memory
from simpul_client.signin import sign_in

__all__ = [
    "TYPES",
    "Buffer",
    "Device",
    "Machine",
    "Memory",
    "Refused",
    "SimpulError",
    "Unavailable",
    "register",
    "sign_in",
]
