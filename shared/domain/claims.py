"""Claim links: who opens one becomes the first admin of the project.

Standard library only: `infra/cloud.py`, which runs without packages, makes them.

claims/{nonce}   a link that was used: when, and by which account
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURS = 24  # that a link is good for
_TOKEN = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{22,64})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Claim:
    """What a link says that was signed with the project's secret."""

    nonce: str  # of this link only; a legal document id
    expires: int  # seconds since 1970

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return now.timestamp() >= self.expires


def sealed(project: str, secret: str, nonce: str, now: datetime) -> str:
    """The token of a new link. `nonce`: 22 to 64 random letters as of `secrets.token_urlsafe`."""
    expires = int((now + timedelta(hours=HOURS)).timestamp())
    return f"{expires}.{nonce}.{_signature(project, secret, expires, nonce)}"


def opened(project: str, secret: str, token: str) -> Claim | None:
    """What a token says, also when its time has passed; None unless this secret signed it."""
    found = _TOKEN.fullmatch(token)
    if not found:
        return None
    expires, nonce = int(found[1]), found[2]
    is_ours = hmac.compare_digest(found[3], _signature(project, secret, expires, nonce))
    return Claim(nonce, expires) if is_ours else None


def _signature(project: str, secret: str, expires: int, nonce: str) -> str:
    text = f"first admin of {project}, until {expires}, {nonce}"
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()
