"""Firebase ID tokens, by a password or by a machine's custom token."""

from __future__ import annotations

import os
from typing import Any

from simpul_client.http import Api


def sign_in(base_url: str, email: str, password: str) -> str:
    """The ID token of an account of the project that serves `base_url`. Raises Refused."""
    api = Api(base_url, {})
    key = api.call("GET", "/__/firebase/init.json")["apiKey"]
    return exchange(api, "signInWithPassword", key, {"email": email, "password": password})


def exchange(api: Api, method: str, api_key: str, credentials: dict[str, Any]) -> str:
    """The ID token that the account service gives for credentials."""
    emulator = os.environ.get("FIREBASE_AUTH_EMULATOR_HOST")
    host = "identitytoolkit.googleapis.com"
    base = f"http://{emulator}/{host}" if emulator else f"https://{host}"
    url = f"{base}/v1/accounts:{method}"
    body = {**credentials, "returnSecureToken": True}
    return str(api.call("POST", url, body, query={"key": api_key})["idToken"])
