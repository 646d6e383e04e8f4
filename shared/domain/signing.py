"""Signed links and tokens of the kiosk. The last of KIOSK_KEYS signs; each of them verifies."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from flask import request
from itsdangerous import BadData, Signer, URLSafeSerializer

from shared.base import settings, timestamps

KIOSK_PREFIX = "/rvm-ui/"  # of the paths of machines' pages and their files
_LINK = "kiosk link"


def keys() -> list[str]:
    """The keys, the oldest first. Raises SettingError if one of them is missing or short."""
    secrets = [key.strip() for key in settings.KIOSK_KEYS.get().split(",")]
    if any(len(key) < settings.SHORTEST_SECRET for key in secrets):
        raise settings.SettingError(
            f"each of KIOSK_KEYS must have at least {settings.SHORTEST_SECRET} characters"
        )
    return secrets


def kiosk_path(uuid: str) -> str:
    """The path of a machine's page."""
    return f"{KIOSK_PREFIX}{uuid}"


def signed_link(uuid: str, now: datetime) -> str:
    """A link to a machine's page that expires after KIOSK_LINK_HOURS."""
    expires = int((now + timedelta(hours=float(settings.KIOSK_LINK_HOURS.get()))).timestamp())
    signature = _signatures(uuid, str(expires))[-1]
    return f"{public_url()}{kiosk_path(uuid)}?expires={expires}&signature={signature}"


def is_good_link(uuid: str, expires: str, signature: str, now: datetime) -> bool:
    """Whether one of our keys signed a link and it has not expired."""
    # Compared as text: decoded, a signature could be spelt in several ways.
    good = [hmac.compare_digest(signature.encode(), s.encode()) for s in _signatures(uuid, expires)]
    return any(good) and timestamps.millis(now) < int(expires) * 1000


def sealed(kind: str, content: dict[str, Any]) -> str:
    """Content as a signed token. Its holder can read it, and cannot change it."""
    return str(_serializer(kind).dumps(content))


def opened(kind: str, token: str) -> dict[str, Any] | None:
    """The content of a token; None if it is of another kind or no key of ours signed it."""
    try:
        content = _serializer(kind).loads(token)
    except BadData:
        return None
    return content if isinstance(content, dict) else None


def public_url() -> str:
    """The URL of Hosting: the setting PUBLIC_URL, else the origin of the current request."""
    if url := settings.PUBLIC_URL.get():
        return url.rstrip("/")
    host = request.headers.get("X-Forwarded-Host", "").split(",")[0].strip() or request.host
    proto = request.headers.get("X-Forwarded-Proto", "").split(",")[0].strip() or request.scheme
    if host.endswith((".cloudfunctions.net", ".run.app")):
        return f"https://{settings.project_id()}.web.app"
    return f"{proto}://{host}"


def _signatures(uuid: str, expires: str) -> list[str]:
    """The signature of a link by each key."""
    signed = f"{kiosk_path(uuid)}?expires={expires}"
    signers = (Signer(key, salt=_LINK, digest_method=hashlib.sha256) for key in keys())
    return [signer.get_signature(signed).decode() for signer in signers]


def _serializer(kind: str) -> URLSafeSerializer:
    return URLSafeSerializer(keys(), salt=kind, signer_kwargs={"digest_method": hashlib.sha256})
