"""Signed links and tokens of the kiosk. The last of KIOSK_KEYS signs; each of them verifies."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Any

from flask import request
from itsdangerous import BadData, Signer, URLSafeSerializer

from shared.base import settings, timestamps

KIOSK_PREFIX = "/rvm-ui/"  # of the paths of machines' pages and their files
_LINK = "kiosk link"
_GENERATION = re.compile(r"[1-9][0-9]{0,8}")


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


def signed_link(uuid: str, generation: int, now: datetime) -> str:
    """A link to a machine's page, of this generation of its key.

    It expires after KIOSK_LINK_HOURS.
    """
    expires = int((now + timedelta(hours=settings.KIOSK_LINK_HOURS.number())).timestamp())
    signature = f"{generation}.{_signatures(uuid, str(expires), str(generation))[-1]}"
    return f"{public_url()}{kiosk_path(uuid)}?expires={expires}&signature={signature}"


def link_generation(uuid: str, expires: str, signature: str, now: datetime) -> int | None:
    """The generation in a link; None if no key of ours signed it, or if it has expired."""
    generation, _, sent = signature.partition(".")
    if not _GENERATION.fullmatch(generation):
        return None
    # Compared as text: decoded, a signature could be spelt in several ways.
    good = [
        hmac.compare_digest(sent.encode(), own.encode())
        for own in _signatures(uuid, expires, generation)
    ]
    is_good = any(good) and timestamps.millis(now) < int(expires) * 1000
    return int(generation) if is_good else None


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


def _signatures(uuid: str, expires: str, generation: str) -> list[str]:
    """The signature of a link by each key."""
    signed = f"{kiosk_path(uuid)}?expires={expires}&generation={generation}"
    signers = (Signer(key, salt=_LINK, digest_method=hashlib.sha256) for key in keys())
    return [signer.get_signature(signed).decode() for signer in signers]


def _serializer(kind: str) -> URLSafeSerializer:
    return URLSafeSerializer(keys(), salt=kind, signer_kwargs={"digest_method": hashlib.sha256})
