"""Who can make accounts: settings of Firebase Auth, not reached by gcloud."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from gcloud import Cloud, Problem

AUTH_API = "https://identitytoolkit.googleapis.com"
_TIMEOUT = 30  # seconds
_FIELDS = "client.permissions.disabledUserSignup,signIn.anonymous.enabled"


@dataclass(frozen=True)
class SignUp:
    """How a stranger who knows the web API key, which every page has, gets an account."""

    by_themselves: bool  # with a password of their own
    anonymously: bool


CLOSED = SignUp(by_themselves=False, anonymously=False)
# Apps sign in anonymously where the functions ask for no account. Firebase makes an account for
# each, so both ways are on; an account without a role gets no more than an anonymous one.
OPEN = SignUp(by_themselves=True, anonymously=True)


@dataclass(frozen=True)
class Accounts:
    """The accounts of one project, through the API of Firebase Auth at this address."""

    cloud: Cloud
    api: str = AUTH_API

    def sign_up(self) -> SignUp:
        """Who can sign up now. Raises Problem."""
        return _sign_up(self._call("GET", self._url))

    def set_sign_up(self, wanted: SignUp) -> None:
        """Switches both ways on or off. An admin can make accounts in any case.

        Prints what it sends. Raises Problem, also where the project does not accept it.
        """
        settings = {
            "client": {"permissions": {"disabledUserSignup": not wanted.by_themselves}},
            "signIn": {"anonymous": {"enabled": wanted.anonymously}},
        }
        url, body = f"{self._url}?updateMask={_FIELDS}", json.dumps(settings)
        print("$", "curl", "-X", "PATCH", url, "-d", f"'{body}'", flush=True)
        if self.cloud.dry_run:
            return
        if _sign_up(self._call("PATCH", url, body)) != wanted:
            state = "on" if wanted.anonymously else "off"
            raise Problem(f"The project did not switch sign-up {state}: do it by hand, at\n{WHERE}")

    def by_password(self) -> bool:
        """Whether accounts may sign in with a password. Raises Problem."""
        email = self._call("GET", self._url).get("signIn", {}).get("email", {})
        return bool(email.get("enabled", False))

    def create(self, email: str, password: str, role: str) -> str:
        """Creates an account with a role and returns its uid. Raises Problem."""
        accounts = f"{self.api}/v1/projects/{self.cloud.project}/accounts"
        new = {"email": email, "password": password, "emailVerified": True}
        uid: str = self._call("POST", accounts, json.dumps(new))["localId"]
        claims = {"localId": uid, "customAttributes": json.dumps({"role": role})}
        self._call("POST", f"{accounts}:update", json.dumps(claims))
        return uid

    def delete(self, uid: str) -> None:
        """Deletes an account. Raises Problem."""
        url = f"{self.api}/v1/projects/{self.cloud.project}/accounts:delete"
        self._call("POST", url, json.dumps({"localId": uid}))

    @property
    def _url(self) -> str:
        return f"{self.api}/admin/v2/projects/{self.cloud.project}/config"

    def _call(self, method: str, url: str, body: str | None = None) -> Any:
        headers = {
            "Authorization": f"Bearer {self.cloud.read('gcloud', 'auth', 'print-access-token')}",
            "Content-Type": "application/json",
            "X-Goog-User-Project": self.cloud.project,
        }
        content = body.encode() if body else None
        request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise Problem(_reason(error)) from error
        except (OSError, ValueError) as error:
            raise Problem(f"{self.api} does not answer: {error}") from error


WHERE = "Authentication → Settings → User actions, and Authentication → Sign-in method → Anonymous"


def _sign_up(config: Any) -> SignUp:
    """Fields that are false are left out of an answer."""
    permissions = config.get("client", {}).get("permissions", {})
    anonymous = config.get("signIn", {}).get("anonymous", {})
    return SignUp(
        not permissions.get("disabledUserSignup", False), bool(anonymous.get("enabled", False))
    )


def _reason(error: urllib.error.HTTPError) -> str:
    text = error.read(2000).decode(errors="replace")
    if "CONFIGURATION_NOT_FOUND" in text:
        return "The project has no accounts yet. In the console: Authentication → Get started."
    return f"The settings of Firebase Auth could not be used ({error.code}):\n{text.strip()}"
