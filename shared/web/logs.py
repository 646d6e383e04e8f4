"""Log lines: one JSON object each, as Cloud Logging reads them."""

import json
import sys
import traceback
from typing import Literal

from flask import has_request_context, request

Severity = Literal["INFO", "WARNING", "ERROR", "CRITICAL"]


def write(severity: Severity, message: str, **fields: object) -> None:
    """One line to standard error. Never pass a body, a token or a key."""
    line = {"severity": severity, "message": message, **_execution(), **fields}
    print(json.dumps(line, ensure_ascii=False, default=str), file=sys.stderr, flush=True)


def _execution() -> dict[str, object]:
    """The label by which the log viewer groups the lines of one request."""
    execution = has_request_context() and request.headers.get("Function-Execution-Id")
    return {"logging.googleapis.com/labels": {"execution_id": execution}} if execution else {}


def failure(message: str, error: BaseException, **fields: object) -> None:
    """One line about an error of ours: its types and where it was raised, never its text.

    The text of an exception may quote what a client sent.
    """
    kinds = [type(error).__name__]
    while cause := error.__cause__:
        kinds.append(type(cause).__name__)
        error = cause
    frames = traceback.extract_tb(error.__traceback__)
    trail = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    write("ERROR", message, error=" < ".join(kinds), trail=trail, **fields)
