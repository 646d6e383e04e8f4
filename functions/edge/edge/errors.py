"""What the edge group refuses.

The first line of each docstring is published in the API's document.
"""

from shared.base.errors import Conflict, Gone, NotFound, Unauthorized, Unavailable


class ApiKeyRequired(Unauthorized):
    """No key was sent."""

    message = "API key required"
    label = "MISSING_API_KEY"


class ApiKeyInvalid(Unauthorized):
    """No machine has this key, or has it any more."""

    message = "Invalid API key"
    label = "INVALID_API_KEY"


class CommandNotFound(NotFound):
    """This machine was sent no such command."""

    message = "Command not found"
    label = "COMMAND_NOT_FOUND"


class CommandExpired(Gone):
    """Its time passed before it reached the machine: it must not be executed."""

    message = "Command has expired and must not be executed"
    label = "COMMAND_EXPIRED"


class CommandFinished(Conflict):
    """It was reported otherwise before."""

    message = "Command was already reported with another status"
    label = "COMMAND_FINISHED"


class PinNotFound(NotFound):
    """The machine has no such PIN."""

    message = "PIN not found"
    label = "PIN_NOT_FOUND"


class ModelNotFound(NotFound):
    """The bucket has no model of this name."""

    message = "Model not found"
    label = "MODEL_NOT_FOUND"


class ModelStoreUnavailable(Unavailable):
    """The bucket does not answer, or there is none."""

    message = "The model store cannot be reached"
    label = "MODEL_STORE_UNAVAILABLE"


class BucketDown(ModelStoreUnavailable):
    """The bucket itself does not answer, so a request for another model would fail too."""
