"""Technicians' PINs: six digits, so the hash is slow, and keyed by a secret the database lacks.

machines/{uuid}/pins/{pin}   a PIN by its hash: whose it is, what it may, until when
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import settings
from shared.ids import fingerprint

DIGITS = 6
_COST = {"n": 2**14, "r": 8, "p": 1}  # 16 MiB and some 40 ms a guess


@dataclass(frozen=True, slots=True)
class Pin:
    """What is kept of a PIN. It is found by its hash: no comparison tells anything by its time."""

    pin_id: str
    technician_name: str
    permissions: Sequence[str]
    created_at: datetime
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Whether it is not over yet."""
        return now < self.expires_at


def pin_id(uuid: str, digits: str) -> str:
    """The name under which a machine's PIN is kept. Raises SettingError without the secret."""
    salt = hmac.digest(settings.PIN_SECRET.get().encode(), f"pins of {uuid}".encode(), "sha256")
    return fingerprint(hashlib.scrypt(digits.encode(), salt=salt, **_COST).hex(), length=26)


def pin(stored: dict[str, Any]) -> Pin:
    """A PIN as it is stored."""
    return Pin(**{name: stored[name] for name in Pin.__dataclass_fields__})
