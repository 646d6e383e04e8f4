"""Signed links and tokens of the kiosk. Keys rotate: the last one signs, every one verifies."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from flask import request
from itsdangerous import BadData, Signer, URLSafeSerializer

from shared import settings, timestamps

_LINK = "kiosk link"


def keys() -> list[str]:
    """The keys, the oldest first. Raises SettingError where one of them is missing or short."""
    found = [key.strip() for key in settings.KIOSK_KEYS.get().split(",")]
    if any(len(key) < settings.SHORTEST_SECRET for key in found):
        raise settings.SettingError(
            f"each of KIOSK_KEYS must have at least {settings.SHORTEST_SECRET} characters"
        )
    return found


def kiosk_path(uuid: str) -> str:
    """Where a machine's page is."""
    return f"/rvm-ui/{uuid}"


def signed_link(uuid: str, now: datetime) -> str:
    """A machine's page as a link that is good for some hours."""
    expires = int((now + timedelta(hours=float(settings.KIOSK_LINK_HOURS.get()))).timestamp())
    signature = _signatures(uuid, str(expires))[-1]
    return f"{public_url()}{kiosk_path(uuid)}?expires={expires}&signature={signature}"


def is_good_link(uuid: str, expires: str, signature: str, now: datetime) -> bool:
    """Whether a link is one of ours and not over."""
    # Compared as text: decoded, a signature could be spelt in several ways.
    good = [hmac.compare_digest(signature.encode(), s.encode()) for s in _signatures(uuid, expires)]
    return any(good) and timestamps.millis(now) < int(expires) * 1000


def sealed(kind: str, content: dict[str, Any]) -> str:
    """Content as a token that nobody else can make; it can be read by who holds it."""
    return str(_serializer(kind).dumps(content))


def opened(kind: str, token: str) -> dict[str, Any] | None:
    """What was sealed, or None where it is not one of ours or of another kind."""
    try:
        content = _serializer(kind).loads(token)
    except BadData:
        return None
    return content if isinstance(content, dict) else None


def public_url() -> str:
    """Where browsers find Hosting: the setting, else how this request came."""
    if told := settings.PUBLIC_URL.get():
        return told.rstrip("/")
    host = request.headers.get("X-Forwarded-Host", "").split(",")[0].strip() or request.host
    proto = request.headers.get("X-Forwarded-Proto", "").split(",")[0].strip() or request.scheme
    if host.endswith((".cloudfunctions.net", ".run.app")):
        return f"https://{settings.project_id()}.web.app"
    return f"{proto}://{host}"


def _signatures(uuid: str, expires: str) -> list[str]:
    """What each key makes of a link's path and expiry."""
    signed = f"{kiosk_path(uuid)}?expires={expires}"
    signers = (Signer(key, salt=_LINK, digest_method=hashlib.sha256) for key in keys())
    return [signer.get_signature(signed).decode() for signer in signers]


def _serializer(kind: str) -> URLSafeSerializer:
    return URLSafeSerializer(keys(), salt=kind, signer_kwargs={"digest_method": hashlib.sha256})
