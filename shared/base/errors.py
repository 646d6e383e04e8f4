"""The one tree of errors. Rules raise them; `envelopes` alone knows how each is printed."""


class ApiError(Exception):
    """A refusal that the caller may read: an HTTP status and a code, never a stack trace."""

    status = 500
    code = "internal"
    message = ""  # for people, where a contract has a sentence; else it is made of the code
    label = ""  # a second code, where a contract has one beside its sentence

    def __init__(self, code: str | None = None) -> None:
        super().__init__(code or self.code)
        if code:
            self.code = code

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to the refusal, whatever the envelope."""
        return {}

    @property
    def details(self) -> dict[str, object]:
        """What an envelope with room for it prints beside the message."""
        return {}


class FieldError(ApiError):
    """Something is wrong with one field, named by its path (`samples.0.x`)."""

    status = 400

    def __init__(self, field: str) -> None:
        super().__init__(f"{self.code}: {field}")
        self.field = field


class Missing(FieldError):
    """A required field is absent, null or empty text."""

    code = "missing_field"


class Invalid(FieldError):
    """A field is there and cannot be read as what it must be."""

    code = "invalid_field"


class ValidationFailed(ApiError):
    """Several things are wrong; for each field, by its path, the sentences that say what."""

    status = 422
    code = "invalid_fields"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


class Malformed(ApiError):
    """The body is not a JSON object."""

    status = 400
    code = "invalid_json"
    message = "Invalid JSON format"


class Unauthorized(ApiError):
    """Nobody we know is calling."""

    status = 401
    code = "unauthorized"


class AppCheckRequired(Unauthorized):
    """App Check is on, and the request carries no valid token of an attested app."""

    code = "app_check_required"


class Forbidden(ApiError):
    """We know who is calling, and they may not."""

    status = 403
    code = "forbidden"


class NotFound(ApiError):
    """There is no such thing."""

    status = 404
    code = "not_found"


class Gone(ApiError):
    """It was there, and its time is over."""

    status = 410
    code = "gone"


class UnknownEndpoint(NotFound):
    """No route has this path."""

    code = "unknown_endpoint"


class MethodNotAllowed(ApiError):
    """The path exists, for other methods."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__()
        self.allowed = sorted(allowed)

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)} if self.allowed else {}


class Conflict(ApiError):
    """It exists already, or has been used."""

    status = 409
    code = "conflict"


class TooLarge(ApiError):
    """The body is over the size limit."""

    status = 413
    code = "request_too_large"


class RetryLater(ApiError):
    """The same request may succeed after `retry_after` seconds."""

    def __init__(self, retry_after: int = 1, code: str | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}

    @property
    def details(self) -> dict[str, object]:
        return {"retry_after": self.retry_after}


class TooMany(RetryLater):
    """The caller goes too fast; `limit` says what it may, for people."""

    status = 429
    code = "too_many_requests"
    limit = ""


class Unavailable(RetryLater):
    """A service behind us does not answer. The request may be stored; retrying is safe."""

    status = 503
    code = "unavailable"
