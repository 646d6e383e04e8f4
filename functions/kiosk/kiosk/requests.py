"""What the kiosk endpoints are sent."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.domain.machines import COMMANDS
from shared.web.fields import Fields, OptionalText, Text
from shared.web.objects import StoredObject


class MachineRequest(Fields):
    """A request whose body may name its machine."""

    machine_uuid: OptionalText = None


class PinEntryRequest(MachineRequest):
    pin: Text


class CommandRequest(MachineRequest):
    command: Literal[COMMANDS]  # type: ignore[valid-type]
    params: StoredObject = Field(default_factory=dict)


class LoginCodeRequest(Fields):
    token: Text


class EndingRequest(MachineRequest):
    session_id: OptionalText = None


class LinkRequest(Fields):
    """The query of a machine's link, for the API's document: the page reads it as it came."""

    expires: Text
    signature: Text
