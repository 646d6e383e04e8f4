"""How answers and errors are printed: one function each, one envelope a contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.base.errors import ApiError, FieldError, Missing, TooMany, ValidationFailed

Json = Mapping[str, object]


class Envelope(Protocol):
    """Turns data and errors into the bodies of one contract."""

    def data(self, data: object) -> Json: ...

    def error(self, error: ApiError) -> tuple[Json, int]: ...


@dataclass(frozen=True)
class OkEnvelope:
    """`{"ok": true, "data": …}` and `{"ok": false, "error": "code"}`: presence and telemetry."""

    def data(self, data: object) -> Json:
        return {"ok": True, "data": data}

    def error(self, error: ApiError) -> tuple[Json, int]:
        return {"ok": False, "error": str(error)}, error.status


@dataclass(frozen=True)
class SuccessEnvelope:
    """`{"success": true, …}`, `{"success": false, "message" | "errors"}`: devices and stations."""

    def data(self, data: object) -> Json:
        return {"success": True, "data": data}

    def error(self, error: ApiError) -> tuple[Json, int]:
        if isinstance(error := _with_field_errors(error), ValidationFailed):
            return {"success": False, "errors": error.errors}, error.status
        body: dict[str, object] = {
            "success": False,
            "message": error.message or _sentence(error.code),
        }
        if error.label:
            body["code"] = error.label
        if isinstance(error, TooMany):
            body["retry_after"] = error.retry_after
            if error.limit:
                body["limit"] = error.limit
        return body, error.status


@dataclass(frozen=True)
class StatusEnvelope:
    """`{"status": "success", "success": true, …}`, errors with an `error_code`: edge and kiosk."""

    def data(self, data: object) -> Json:
        return {"status": "success", "success": True, "data": data}

    def error(self, error: ApiError) -> tuple[Json, int]:
        error = _with_field_errors(error)
        body: dict[str, object] = {
            "status": "error",
            "success": False,
            "message": error.message or _sentence(error.code),
            "error_code": error.label or error.code.upper(),
        }
        if isinstance(error, ValidationFailed):
            body["errors"] = error.errors
        return {**body, **error.details}, error.status


def both(fields: Json) -> Json:
    """The answer with these fields at the top and nested, as one machine or another reads it."""
    return {"status": "success", "success": True, **fields, "data": fields}


def _with_field_errors(error: ApiError) -> ApiError:
    """A single field's error as a list of errors by field; any other as it is."""
    if not isinstance(error, FieldError):
        return error
    what = "is required" if isinstance(error, Missing) else "is invalid"
    return ValidationFailed({error.field: [f"The {error.field} field {what}."]})


def _sentence(code: str) -> str:
    """`too_many_requests` as `Too many requests`."""
    return code.replace("_", " ").capitalize()
