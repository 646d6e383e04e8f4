"""Firebase ID tokens as the Auth emulator issues them: unsigned."""

import base64
import json
import time

from tests.conftest import LOADED_PROJECT


def token(uid: str, **claims: object) -> str:
    """The ID token of a user with these claims."""
    now = int(time.time())
    payload = {
        "iss": f"https://securetoken.google.com/{LOADED_PROJECT}", "aud": LOADED_PROJECT,
        "sub": uid, "user_id": uid, "iat": now, "auth_time": now, "exp": now + 3600, **claims,
    }  # fmt: skip
    parts = [{"alg": "none", "typ": "JWT"}, payload]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, ""])
