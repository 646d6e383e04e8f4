"""What the kiosk endpoints are sent."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.fields import Fields, OptionalText, StoredObject, Text
from shared.machines import COMMANDS


class Named(Fields):
    """A request that may name its machine."""

    machine_uuid: OptionalText = None


class Ending(Named):
    session_id: OptionalText = None


class PinEntry(Named):
    pin: Text


class Command(Named):
    command: Literal[COMMANDS]  # type: ignore[valid-type]
    params: StoredObject = Field(default_factory=dict)


class Claim(Fields):
    token: Text
