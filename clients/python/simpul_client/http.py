"""Requests of the API, and the two kinds of failure that a caller treats differently."""

from __future__ import annotations

import threading
from typing import Any

import requests

TIMEOUT = 15  # seconds
LONGEST_PAUSE = 60.0  # seconds between two attempts


class SimpulError(Exception):
    """A request that the server has not accepted."""


class Unavailable(SimpulError):
    """No answer, or a busy server: the same request may succeed after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float = 0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(SimpulError):
    """The server refuses the request, and would refuse it again."""

    def __init__(self, status: int, code: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code
        self.errors = errors or {}  # by field, of a 422


class Api:
    """One server, called with the headers of one caller."""

    def __init__(self, base_url: str, headers: dict[str, str]) -> None:
        self._base = base_url.rstrip("/")
        self._headers = headers
        self._own = threading.local()  # a session is not for several threads

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The JSON object of a good answer. Raises Refused and Unavailable."""
        url = path if path.startswith("http") else self._base + path
        try:
            answer = self._session.request(
                method, url, json=body, params=query, headers=headers, timeout=TIMEOUT
            )
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unavailable(f"no answer: {type(error).__name__}") from error
        if answer.ok and isinstance(found, dict):
            return found
        code = code_of(found)
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise Unavailable(f"{answer.status_code} {code}", retry_after(answer))
        errors = found.get("errors") if isinstance(found, dict) else None
        raise Refused(answer.status_code, code, errors)

    @property
    def _session(self) -> requests.Session:
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.headers.update(self._headers)
        session: requests.Session = self._own.session
        return session


class Pauses:
    """Seconds to wait after failures: doubled after each, and never less than the server says."""

    def __init__(self) -> None:
        self._failures = 0

    def succeed(self) -> None:
        """Begins again with a short pause."""
        self._failures = 0

    def after(self, failure: Unavailable) -> float:
        """The pause after this failure."""
        usual = min(2.0 ** min(self._failures, 10), LONGEST_PAUSE)
        self._failures += 1
        return max(usual, failure.retry_after)


def code_of(found: Any) -> str:
    """The machine-readable name of a refusal, else its message."""
    fields = found if isinstance(found, dict) else {}
    if isinstance(fields.get("error"), dict):  # as Google's services answer
        return code_of({"message": fields["error"].get("message")})
    for name in ("error_code", "code", "error", "message"):
        if isinstance(fields.get(name), str):
            return str(fields[name])
    return ""


def retry_after(answer: requests.Response) -> float:
    """The seconds of Retry-After; 0 where there are none."""
    try:
        return max(0.0, float(answer.headers.get("Retry-After", "0")))
    except ValueError:
        return 0.0
