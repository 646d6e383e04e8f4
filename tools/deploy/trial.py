"""A check-in at the deployed address, and its removal."""

import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from accounts import Accounts
from gcloud import Problem

from tools.console import say
from tools.deploy.firebase import Firebase

_TIMEOUT = 60  # seconds: the first call starts an instance
_SESSION = "trial"


@dataclass(frozen=True)
class Site:
    """The deployed service, and how to sign in there."""

    url: str
    mode: str
    web_api_key: str
    domain: str = ""  # an address of it may have a role; empty: any


def check_in(site: Site, accounts: Accounts, firebase: Firebase, pause: float) -> str:
    """Checks one user in to a course of its own, and removes all of it. Returns the presence_id.

    Raises Problem if a call is refused, or if something could not be removed.
    """
    course, tokens = f"trial-{secrets.token_hex(6)}", []
    with _account(site, accounts) as (uid, header):
        try:
            _wait(site, pause)
            session = {"course_id": course, "session_id": _SESSION}
            code = _call(site, "/presence/qr/generate", header, session)
            tokens.append(code["qr_token"])
            fields = {**session, "user_id": uid, "device_id": "trial", "qr_token": code["qr_token"]}
            stored = _call(site, "/presence/checkin", header, fields)
            query = f"user_id={uid}&course_id={course}&session_id={_SESSION}"
            status = _call(site, f"/presence/status?{query}", header)
            if status["status"] != "checked_in":
                raise Problem(f"The check-in was accepted and not found again: {status}")
        finally:
            _remove(firebase, course, tokens)
    return str(stored["presence_id"])


def _wait(site: Site, pause: float) -> None:
    """Waits until Hosting leads to the function: a release is everywhere after some seconds."""
    for attempt in range(10):
        try:
            _open(urllib.request.Request(f"{site.url}/presence/__/health"))
        except Problem as problem:
            if attempt == 9:
                raise
            say(f"  not there yet: {str(problem).splitlines()[0]}")
            time.sleep(pause)
        else:
            return


def _remove(firebase: Firebase, course: str, tokens: list[str]) -> None:
    paths = [("-r", f"courses/{course}"), *(("--shallow", f"tokens/{token}") for token in tokens)]
    for option, path in paths:
        firebase.run("firestore:delete", path, option, "--force")


@contextmanager
def _account(site: Site, accounts: Accounts) -> Iterator[tuple[str, dict[str, str]]]:
    """A user id and headers to call with; in verified mode those of an account that is deleted."""
    if site.mode == "open":
        yield f"trial-{secrets.token_hex(6)}", {}
        return
    email = f"trial-{secrets.token_hex(6)}@{site.domain or 'example.com'}"
    password = secrets.token_urlsafe(24)
    uid = accounts.create(email, password, role="instructor")
    try:
        url = f"{accounts.api}/v1/accounts:signInWithPassword?key={site.web_api_key}"
        signed_in = {"email": email, "password": password, "returnSecureToken": True}
        answer = _open(_request(url, {}, signed_in))
        yield uid, {"Authorization": f"Bearer {answer['idToken']}"}
    finally:
        accounts.delete(uid)


def _call(site: Site, path: str, headers: dict[str, str], body: Any = None) -> Any:
    """The data of an answer of the presence contract."""
    return _open(_request(site.url + path, headers, body))["data"]


def _request(url: str, headers: dict[str, str], body: Any) -> urllib.request.Request:
    content = json.dumps(body).encode() if body is not None else None
    return urllib.request.Request(url, content, {**headers, "Content-Type": "application/json"})


def _open(request: urllib.request.Request) -> Any:
    where = request.full_url.partition("?")[0]
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read(500).decode(errors="replace").strip()
        raise Problem(f"{where} answered {error.code}: {text}") from error
    except (OSError, ValueError) as error:
        raise Problem(f"{where} does not answer as it should: {error}") from error
