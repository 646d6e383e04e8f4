"""What the kiosk group refuses.

The first line of each docstring is published in the API's document.
"""

from shared.base.errors import Conflict, Forbidden, Gone, NotFound, TooMany, Unauthorized


class LinkRefused(Forbidden):
    """The link was changed, is over, or is of no machine."""

    label = "LINK_REFUSED"


class MachineRequired(Unauthorized):
    """The request does not say at which machine."""

    message = "Machine UUID required"
    label = "MISSING_MACHINE_UUID"


class PageProofRequired(Unauthorized):
    """The page's proof is missing, over, or of a key that was replaced: its link opens it again."""

    message = "Open the machine's link again"
    label = "PAGE_PROOF_INVALID"


class WrongPin(Unauthorized):
    """The machine has no such PIN."""

    message = "Wrong PIN"
    label = "WRONG_PIN"

    def __init__(self, remaining: int) -> None:
        super().__init__()
        self.remaining = remaining

    @property
    def details(self) -> dict[str, object]:
        return {"remaining_attempts": self.remaining}


class PinLocked(TooMany):
    """Too many wrong PINs came from this client."""

    message = "Too many wrong PINs"
    label = "PIN_LOCKED"

    @property
    def details(self) -> dict[str, object]:
        return {**super().details, "remaining_attempts": 0}


class PinSessionRequired(Unauthorized):
    """No PIN session, or one that is over."""

    message = "PIN session required"
    label = "PIN_SESSION_INVALID"


class OtherMachine(Forbidden):
    """The PIN session is of another machine."""

    message = "This PIN session is of another machine"
    label = "PIN_SESSION_OTHER_MACHINE"


class NotPermitted(Forbidden):
    """The technician may not send this command."""

    message = "This PIN does not permit the command"
    label = "COMMAND_NOT_PERMITTED"


class TooManyCodes(TooMany):
    """Codes are requested faster than anybody could scan them."""

    label = "TOO_MANY_CODES"


class LoginTokenUnknown(NotFound):
    """There is no such code."""

    message = "Unknown code"
    label = "TOKEN_UNKNOWN"


class LoginTokenUsed(Conflict):
    """Somebody has claimed the token."""

    message = "This code has been used already"
    label = "TOKEN_CLAIMED"


class LoginTokenExpired(Gone):
    """The token is over."""

    message = "This code has expired"
    label = "TOKEN_EXPIRED"


class MachineInUse(Conflict):
    """Somebody else is logged in."""

    message = "Somebody is logged in at this machine"
    label = "MACHINE_IN_USE"


class MachineInMaintenance(Conflict):
    """A technician is at work, or an admin has switched maintenance on."""

    message = "This machine is in maintenance"
    label = "MACHINE_IN_MAINTENANCE"
